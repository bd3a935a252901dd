import { isAbsolute, isInside, normalise } from '../paths.js';
import type { Checks, Path } from './checks.js';
import { readKey } from './keyReference.js';
import { nearest } from './nearest.js';
import type { HttpModel, ModelProfile, WorkspaceConfig } from './types.js';
import { isRecord } from './yaml.js';

const providers = ['openai', 'llama', 'replay', 'echo', 'vscode', 'http'] as const;
const apis = ['chat', 'responses', 'completions', 'embeddings'] as const;
const modelKeys = 'name provider model baseUrl key keyHeader headers api http file record params price concurrency rpm tpm timeoutMs'.split(
  ' ',
);
const secretNames = new Set(['key', 'apikey', 'api_key', 'token', 'secret', 'password', 'authorization', 'headers']);

function readParams(checks: Checks, value: unknown, path: Path): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  const record = checks.record(value, path, 'The value of "params"') ?? {};
  return Object.fromEntries(
    Object.entries(record).filter(([name]) => {
      if (!secretNames.has(name.toLowerCase())) return true;
      checks.report([...path, name], `"${name}" does not belong to the parameters of a model. Use key: \${env:NAME}.`);
      return false;
    }),
  );
}

function readPrice(checks: Checks, value: unknown, path: Path): ModelProfile['price'] | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The price');
  if (record === undefined) return undefined;
  checks.keys(record, path, ['in', 'out'], 'a price');
  const price = (key: string): number | undefined =>
    checks.number(record[key], [...path, key], `The price "${key}"`, 0, Number.MAX_SAFE_INTEGER);
  const paid = { in: price('in'), out: price('out') };
  return paid.in === undefined || paid.out === undefined ? undefined : { in: paid.in, out: paid.out };
}

function readFile(checks: Checks, record: Record<string, unknown>, path: Path): string | undefined {
  const file = checks.text(record['file'], [...path, 'file'], 'The file of recorded answers', record['provider'] === 'replay');
  if (file === undefined) return undefined;
  if (!isAbsolute(file) && isInside(normalise(file), '.')) return normalise(file);
  checks.report([...path, 'file'], 'The file of recorded answers is outside the workspace. Use a file inside it.');
  return undefined;
}

const secretHeader = /key|token|secret|auth|cookie|password/iu;
const onlyReference = /^(?:[A-Za-z]+ )?\$\{env:[A-Za-z_]\w*\}$/u;

/** Headers of each request; one that is or holds a key must name the variable that it stands in. Its text is never repeated. */
function readHeaders(checks: Checks, value: unknown, path: Path): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The value of "headers"') ?? {};
  const headers: Record<string, string> = {};
  for (const [name, given] of Object.entries(record)) {
    const text = checks.text(given, [...path, name], `The header "${name}"`, true);
    if (text === undefined) continue;
    if (!/^[\w!#$%&'*+.^`|~-]+$/u.test(name)) checks.report([...path, name], `"${name}" cannot be the name of a header.`);
    else if (secretHeader.test(name) && !onlyReference.test(text))
      checks.report([...path, name], `A key must not stand in a file. Write "${name}": "\${env:NAME}" and set that variable.`);
    else headers[name] = text;
  }
  return headers;
}

/** `http:` of a model with an endpoint of its own shape. */
function readHttp(checks: Checks, value: unknown, path: Path): HttpModel | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The value of "http"');
  if (record === undefined) return undefined;
  checks.keys(record, path, ['method', 'body', 'transformResponse', 'validateStatus'], '"http"');
  const transformResponse = checks.text(record['transformResponse'], [...path, 'transformResponse'], 'The value of "transformResponse"');
  const validateStatus = checks.text(record['validateStatus'], [...path, 'validateStatus'], 'The value of "validateStatus"');
  const method = checks.oneOf(record['method'] ?? 'POST', [...path, 'method'], 'The method', ['GET', 'POST', 'PUT', 'PATCH'] as const);
  return {
    method: method ?? 'POST',
    ...(record['body'] === undefined ? {} : { body: record['body'] }),
    ...(transformResponse === undefined ? {} : { transformResponse }),
    ...(validateStatus === undefined ? {} : { validateStatus }),
  };
}

function readModel(checks: Checks, value: unknown, path: Path, taken: Set<string>): ModelProfile | undefined {
  const record = checks.record(value, path, 'The model');
  if (record === undefined) return undefined;
  checks.keys(record, path, modelKeys, 'a model');
  const name = checks.text(record['name'], [...path, 'name'], 'The name of the model', true);
  const provider = checks.oneOf(record['provider'], [...path, 'provider'], 'The provider', providers);
  const named = provider === 'openai' || provider === 'llama' || provider === 'vscode';
  const model =
    checks.text(record['model'], [...path, 'model'], 'The "model" that the provider shall use', named) ?? (named ? undefined : name);
  const baseUrl = checks.url(record['baseUrl'], [...path, 'baseUrl'], 'The address "baseUrl"');
  const key = readKey(checks, record['key'], [...path, 'key']);
  const params = readParams(checks, record['params'], [...path, 'params']);
  const price = readPrice(checks, record['price'], [...path, 'price']);
  const concurrency = checks.number(record['concurrency'], [...path, 'concurrency'], 'The value of "concurrency"', 1, 64, true);
  const timeoutMs = checks.number(record['timeoutMs'], [...path, 'timeoutMs'], 'The value of "timeoutMs"', 1, 3_600_000, true);
  const rpm = checks.number(record['rpm'], [...path, 'rpm'], 'The value of "rpm"', 1, 1_000_000, true);
  const tpm = checks.number(record['tpm'], [...path, 'tpm'], 'The value of "tpm"', 1, 1_000_000_000, true);
  const api = record['api'] === undefined ? undefined : checks.oneOf(record['api'], [...path, 'api'], 'The API', apis);
  const keyHeader = checks.text(record['keyHeader'], [...path, 'keyHeader'], 'The value of "keyHeader"');
  const headers = readHeaders(checks, record['headers'], [...path, 'headers']);
  const http = readHttp(checks, record['http'], [...path, 'http']);
  const file = readFile(checks, record, path);
  const isRecorded = record['record'] === true;
  if (record['record'] !== undefined && typeof record['record'] !== 'boolean')
    checks.report([...path, 'record'], 'The value of "record" must be true or false.');
  if (isRecorded && record['file'] === undefined)
    checks.report(
      [...path, 'record'],
      'There is no file for the recording. Add file: with a path in the workspace, such as recordings/model.jsonl.',
    );
  if (provider === 'http' && record['baseUrl'] === undefined) {
    checks.report([...path, 'provider'], 'A model of the provider http needs baseUrl, the address that is asked.');
    return undefined;
  }
  if (name === undefined || provider === undefined || model === undefined) return undefined;
  // A wrong address must not make the product call another one.
  if (record['baseUrl'] !== undefined && baseUrl === undefined) return undefined;
  if (taken.has(name)) {
    checks.report([...path, 'name'], `There is another model named "${name}". Give each model a name of its own.`);
    return undefined;
  }
  taken.add(name);
  return {
    name,
    provider,
    model,
    params,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(key === undefined ? {} : { key }),
    ...(file === undefined ? {} : { file }),
    ...(price === undefined ? {} : { price }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(api === undefined ? {} : { api }),
    ...(keyHeader === undefined ? {} : { keyHeader }),
    ...(headers === undefined || Object.keys(headers).length === 0 ? {} : { headers }),
    ...(http === undefined ? {} : { http }),
    ...(rpm === undefined ? {} : { rpm }),
    ...(tpm === undefined ? {} : { tpm }),
    ...(isRecorded && file !== undefined ? { record: true } : {}),
  };
}

/** `models:` of config.yaml. A model that cannot be used is left out and is a problem; the others stand. */
export function readModels(checks: Checks, value: unknown): ModelProfile[] {
  const taken = new Set<string>();
  return (checks.list(value, ['models'], 'The value of "models"') ?? []).flatMap(
    (entry, index) => readModel(checks, entry, ['models', index], taken) ?? [],
  );
}

/** `defaults:`; each names a model of the same file, also one that was left out for its own problem. */
export function readDefaults(checks: Checks, value: unknown, models: unknown): WorkspaceConfig['defaults'] {
  if (value === undefined || value === null) return {};
  const record = checks.record(value, ['defaults'], 'The value of "defaults"');
  if (record === undefined) return {};
  const kinds = ['model', 'judge', 'reflection', 'embedding'] as const;
  checks.keys(record, ['defaults'], kinds, '"defaults"');
  const names = Array.isArray(models)
    ? models.filter(isRecord).flatMap((model) => (typeof model['name'] === 'string' ? [model['name']] : []))
    : [];
  const defaults: WorkspaceConfig['defaults'] = {};
  for (const kind of kinds) {
    const name = checks.text(record[kind], ['defaults', kind], `The default "${kind}"`);
    if (name === undefined) continue;
    if (names.includes(name)) defaults[kind] = name;
    else {
      const [near] = nearest(name, names);
      checks.report(
        ['defaults', kind],
        `There is no model named "${name}". ${near === undefined ? 'Add it under models.' : `Did you mean "${near}"?`}`,
      );
    }
  }
  return defaults;
}
