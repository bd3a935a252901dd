import { isRecord, parseYaml } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import { httpProblems, isHttpId } from './httpProvider.js';
import { meaningOf } from './modelParams.js';
import { isReference } from './references.js';
import type { References } from './references.js';
import { readCode } from './suiteCode.js';
import type { Path, SuiteSource } from './suiteSource.js';
import type { SuiteProvider } from './types.js';

const keys = ['id', 'label', 'config', 'prompts', 'transform', 'delay'];
const notRun = ['env', 'inputs', 'callApi'];
/** Values of `config` that may stand in a file of their own. */
const inFiles = new Set(['tools', 'functions', 'response_format', 'tool_choice', 'body', 'headers', 'passthrough']);
const maxFiles = 20;

export interface ProviderReader {
  source: SuiteSource;
  references: References;
  trusted: boolean;
  /** The suite's `env`. Other variables become references, which only whoever sends the request fills in. */
  env?: Readonly<Record<string, string>>;
}

/** `providers`: an id, a mapping with `id`, `label` and `config`, promptfoo's `{ id: { … } }`, or a `file://` with one or a list of these. */
export async function readProviders(reader: ProviderReader, value: unknown): Promise<SuiteProvider[]> {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const found: SuiteProvider[] = [];
  for (const [index, item] of list.entries()) {
    const path: Path = Array.isArray(value) ? ['providers', index] : ['providers'];
    found.push(...(await readItem(reader, path, item)));
  }
  return found;
}

async function readItem(reader: ProviderReader, path: Path, item: unknown): Promise<SuiteProvider[]> {
  if (isReference(item) && /\.(?:ya?ml|json)$/u.test(item)) return readFile(reader, path, item);
  const provider = await readProvider(reader, path, item, true);
  return provider === null ? [] : [provider];
}

/** A file of providers; whatever is wrong in it is told at the place that names it. */
async function readFile(reader: ProviderReader, path: Path, reference: string): Promise<SuiteProvider[]> {
  try {
    const value = await readData(reader.references, reference);
    const list: unknown[] = Array.isArray(value) ? value : [value];
    const found: SuiteProvider[] = [];
    for (const item of list.slice(0, maxFiles)) {
      const provider = await readProvider(reader, path, item, false);
      if (provider !== null) found.push(provider);
    }
    return found;
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    reader.source.report('error', 'provider-invalid', error.message, reader.source.range(path));
    return [];
  }
}

async function readData(references: References, reference: string): Promise<unknown> {
  if (!/\.(?:ya?ml|json)$/u.test(reference))
    throw new EngineError('SUITE_INVALID', `${reference} is no YAML or JSON. Write what it makes into such a file.`);
  const { file, text } = await references.read(reference);
  const { value, problems } = parseYaml(file, text);
  const [problem] = problems;
  if (problem !== undefined) throw new EngineError('SUITE_INVALID', `${reference} cannot be read: ${problem.message}`);
  return value;
}

async function readProvider(reader: ProviderReader, path: Path, item: unknown, checked: boolean): Promise<SuiteProvider | null> {
  const { source } = reader;
  const range = source.range(path);
  if (typeof item === 'string') return { id: withEnv(item, reader.env), label: null, config: {}, range };
  const named = namedIn(item);
  if (named === null) {
    source.report('error', 'provider-invalid', 'A provider must be a name of config.yaml, a promptfoo id, or a mapping with id.', range);
    return null;
  }
  const { id, options, inner } = named;
  const place = [...path, ...inner];
  if (checked) source.checkKeys(place, options, keys, notRun);
  const { label, prompts, delay, transform } = options;
  const { config, problem } = await readConfig(reader, [...place, 'config'], withEnv(id, reader.env), options['config'], checked);
  return {
    id: withEnv(id, reader.env),
    label: typeof label === 'string' ? label : null,
    config,
    range,
    ...(Array.isArray(prompts)
      ? { prompts: prompts.filter((each) => typeof each === 'string') }
      : typeof prompts === 'string'
        ? { prompts: [prompts] }
        : {}),
    ...(typeof transform === 'string' && transform.trim() !== ''
      ? { transform: await readCode(source, [...place, 'transform'], transform, reader.references, reader.trusted) }
      : {}),
    ...(typeof delay === 'number' && delay > 0 ? { delay } : {}),
    ...(problem === null ? {} : { problem }),
  };
}

/** `{ id, … }`, or promptfoo's `{ 'openai:chat:x': { … } }`. */
function namedIn(item: unknown): { id: string; options: Record<string, unknown>; inner: Path } | null {
  if (!isRecord(item)) return null;
  if (typeof item['id'] === 'string') return { id: item['id'], options: item, inner: [] };
  const [entry, ...more] = Object.entries(item);
  if (entry === undefined || more.length > 0 || !isRecord(entry[1])) return null;
  const [name, options] = entry;
  return { id: typeof options['id'] === 'string' ? options['id'] : name, options, inner: [name] };
}

/**
 * `config` with its files read and its variables of the environment filled in or turned into references. Each key that is not sent is
 * reported at its own place; `problem` is set where the request would not be the one that is meant.
 */
async function readConfig(
  { source, references, env }: ProviderReader,
  path: Path,
  id: string,
  given: unknown,
  checked: boolean,
): Promise<{ config: Record<string, unknown>; problem: string | null }> {
  if (!isRecord(given)) return { config: {}, problem: null };
  const config: Record<string, unknown> = {};
  let problem: string | null = null;
  const report = (severity: 'error' | 'warning', key: string, message: string): void => {
    source.report(severity, 'provider-config', message, checked ? source.keyRange(path, key) : source.range(path.slice(0, -1)));
  };
  const isEndpoint = !/^(?:file:\/\/|exec:|python:|echo$)/u.test(id);
  if (isHttpId(id)) for (const { key, message } of httpProblems(given)) report('error', key, message);
  for (const [key, value] of Object.entries(given)) {
    const filled = withEnv(value, env);
    // The suite names the variable that holds the key: what stands there is no key itself.
    const variable = key === 'apiKey' && typeof filled === 'string' ? /^\$\{env:(\w+)\}$/u.exec(filled)?.[1] : undefined;
    if (variable !== undefined) {
      config['apiKeyEnvar'] ??= variable;
      continue;
    }
    const meaning = meaningOf(key);
    if (isEndpoint && !isHttpId(id)) {
      if (meaning === null) {
        report(
          'warning',
          key,
          `"${key}" is not sent: it is no parameter that is known here. Put it under passthrough to send it as it is.`,
        );
        continue;
      }
      if ('refused' in meaning && !(key === 'n' && value === 1)) {
        report(key === 'apiKey' ? 'error' : 'warning', key, `${meaning.refused}. "${key}" is not used.`);
        continue;
      }
    }
    if (!inFiles.has(key) || !isReference(filled)) {
      config[key] = filled;
      continue;
    }
    try {
      config[key] = withEnv(await readData(references, filled), env);
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      problem = `Not asked: "${key}" of the provider ${id} cannot be read. ${error.message}`;
      report('error', key, error.message);
    }
  }
  return { config, problem };
}

/** `{{ env.NAME }}` in texts at any depth: the suite's own value, else a reference that is filled in when a request is sent. */
function withEnv<T>(value: T, env: Readonly<Record<string, string>> | undefined): T {
  if (typeof value === 'string') {
    return value.replace(/\{\{\s*env\.(\w+)\s*\}\}/gu, (_, name: string) =>
      env !== undefined && Object.hasOwn(env, name) ? (env[name] ?? '') : `\${env:${name}}`,
    ) as T & string;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => withEnv(item, env)) as T & unknown[];
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withEnv(item, env)])) as T & Record<string, unknown>;
  return value;
}
