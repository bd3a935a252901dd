/** JSON Schema of .ratchet/config.yaml: what the editor offers and marks while it is written. The checks have the last word. */
import { keysOfKind, requiredOfKind } from './sourceKeys.js';

type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const key: Schema = { ...text, description: 'A reference such as ${env:NAME}; never the key itself.' };
const count = (maximum: number): Schema => ({ type: 'integer', minimum: 1, maximum });

function object(properties: Record<string, Schema>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }), additionalProperties: false };
}

const sourceHints: Readonly<Record<string, Schema>> = {
  path: { type: ['string', 'array'], description: 'A file of the workspace, or a pattern such as logs/*.jsonl.' },
  url: { ...text, description: 'Address of the server.' },
  key,
  project: { type: ['string', 'number'] },
  scores: { type: 'object', description: 'What the names of scores mean.', additionalProperties: { $ref: '#/$defs/score' } },
  tables: { $ref: '#/$defs/tables' },
  map: { type: 'object', description: 'Which field of a record is what.' },
};

function sources(): Schema {
  const kinds = Object.entries(keysOfKind).map(([kind, keys]) => ({
    ...object(
      {
        name: { ...text, description: 'What the source is called here.' },
        kind: { const: kind },
        ...Object.fromEntries(keys.map((name) => [name, sourceHints[name] ?? {}])),
      },
      ['name', 'kind', ...(requiredOfKind[kind] ?? [])],
    ),
  }));
  return { type: 'array', items: { type: 'object', properties: { kind: { enum: Object.keys(keysOfKind) } }, anyOf: kinds } };
}

const model: Schema = object(
  {
    name: { ...text, description: 'What suites and defaults call it.' },
    provider: { enum: ['openai', 'llama', 'replay', 'echo', 'vscode', 'http'] },
    model: text,
    baseUrl: { ...text, description: 'Address of an OpenAI-compatible endpoint, with /v1.' },
    key,
    keyHeader: text,
    headers: { type: 'object' },
    api: { enum: ['chat', 'responses', 'completions', 'embeddings'] },
    http: object({ method: text, body: {}, transformResponse: text, validateStatus: text }),
    file: text,
    record: { type: 'boolean' },
    params: { type: 'object', description: 'Such as temperature and max_tokens.' },
    price: object({ in: { type: 'number', minimum: 0 }, out: { type: 'number', minimum: 0 } }),
    concurrency: count(64),
    rpm: count(1_000_000),
    tpm: count(1_000_000_000),
    timeoutMs: count(3_600_000),
  },
  ['name', 'provider'],
);

export function configSchema(): Schema {
  const table = object({ table: text, columns: { type: 'object' } }, ['table']);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Prompt Ratchet',
    ...object({
      version: { const: 1 },
      threshold: { type: 'number', minimum: 0, maximum: 1, description: 'Prompts whose quality is below it are low. Default 0.7.' },
      prompts: { anyOf: [text, { type: 'array', items: text }], description: 'Patterns of prompt files; default all.' },
      sources: sources(),
      redaction: {
        description: 'What is taken out of texts before they are kept. Default: everything.',
        anyOf: [
          { enum: ['off', false] },
          object({
            kinds: { type: 'array', items: text },
            patterns: { type: 'array', items: object({ name: text, pattern: text }, ['name', 'pattern']) },
          }),
        ],
      },
      retention: object({ interactions: { type: ['string', 'number'] }, feedback: { type: ['string', 'number'] } }),
      models: { type: 'array', items: model },
      defaults: object({ model: text, judge: text, reflection: text, embedding: text }),
      python: { ...text, description: 'The Python that runs code of suites.' },
    }),
    $defs: {
      tables: object({ interactions: table, feedback: table }, ['feedback']),
      score: object({ signal: text, actor: text, min: { type: 'number' }, max: { type: 'number' }, higherIsBetter: { type: 'boolean' } }),
    },
  };
}
