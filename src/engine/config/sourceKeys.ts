/** Which keys a source of each kind has: a key that its adapter does not read would silently change nothing. */

const file = ['path', 'map', 'scores', 'format'];
const server = ['url', 'project', 'key', 'user', 'map', 'scores', 'since', 'lookback'];
const database = ['url', 'key', 'user', 'tables'];

export const keysOfKind: Readonly<Record<string, readonly string[]>> = {
  jsonl: file,
  json: file,
  csv: file,
  'otlp-file': file,
  phoenix: server,
  mlflow: server,
  langfuse: server,
  langsmith: server,
  opik: server,
  postgres: database,
  clickhouse: [...database, 'project'],
  collector: ['scores'],
};

/** Keys without which nothing can be read. A secret is not one of them: in the editor it is kept for the address, without a word here. */
export const requiredOfKind: Readonly<Record<string, readonly string[]>> = {
  jsonl: ['path'],
  json: ['path'],
  csv: ['path'],
  'otlp-file': ['path'],
  phoenix: ['url'],
  mlflow: ['url'],
  langfuse: ['url', 'user'],
  langsmith: ['url', 'project'],
  opik: ['url'],
  // Without tables those that the README gives are looked for.
  postgres: ['url'],
  clickhouse: ['url'],
};

/** What to write for a key that is missing. */
export const hintOfKey: Readonly<Record<string, string>> = {
  path: 'Say where its file is.',
  url: 'Write the address of the server.',
  user: 'Write the public key, or a reference such as ${env:NAME}.',
  project: 'Write the name or the id of the project.',
};

/** Schemes of `url`; kinds that are not named take http and https. */
export const schemesOfKind: Readonly<Record<string, readonly string[]>> = { postgres: ['postgres:', 'postgresql:'] };
