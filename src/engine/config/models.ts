import { isAbsolute, isInside, normalise } from '../paths.js';
import type { Checks, Path } from './checks.js';
import { readKey } from './keyReference.js';
import { nearest } from './nearest.js';
import type { ModelProfile, WorkspaceConfig } from './types.js';
import { isRecord } from './yaml.js';

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

function readModel(checks: Checks, value: unknown, path: Path, taken: Set<string>): ModelProfile | undefined {
  const record = checks.record(value, path, 'The model');
  if (record === undefined) return undefined;
  checks.keys(
    record,
    path,
    ['name', 'provider', 'model', 'baseUrl', 'key', 'file', 'params', 'price', 'concurrency', 'timeoutMs'],
    'a model',
  );
  const name = checks.text(record['name'], [...path, 'name'], 'The name of the model', true);
  const provider = checks.oneOf(record['provider'], [...path, 'provider'], 'The provider', ['openai', 'llama', 'replay', 'echo'] as const);
  const named = provider === 'openai' || provider === 'llama';
  const model =
    checks.text(record['model'], [...path, 'model'], 'The "model" that the provider shall use', named) ?? (named ? undefined : name);
  const baseUrl = checks.url(record['baseUrl'], [...path, 'baseUrl'], 'The address "baseUrl"');
  const key = readKey(checks, record['key'], [...path, 'key']);
  const params = readParams(checks, record['params'], [...path, 'params']);
  const price = readPrice(checks, record['price'], [...path, 'price']);
  const concurrency = checks.number(record['concurrency'], [...path, 'concurrency'], 'The value of "concurrency"', 1, 64, true);
  const timeoutMs = checks.number(record['timeoutMs'], [...path, 'timeoutMs'], 'The value of "timeoutMs"', 1, 3_600_000, true);
  const file = readFile(checks, record, path);
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
