/** The REST API of MLflow (3.17.2), as far as feedback needs it. */
import type { SourceConfig } from '../../../config/types.js';
import { parseTime } from '../../time.js';
import { field, isObject, textOf, type Json } from '../../values.js';
import { basic, credentialsOf } from '../http/auth.js';
import { inChunks } from '../http/chunks.js';
import { ApiClient } from '../http/client.js';
import { apiFault } from '../http/faults.js';
import type { Page } from '../http/pages.js';
import type { SourceTools } from '../source.js';

export interface MlflowLimits {
  /** Of one search: at most 500. */
  traces: number;
  /** Whole traces at once. */
  spans: number;
}

export const mlflowLimits: MlflowLimits = { traces: 200, spans: 50 };

export interface TraceInfo {
  id: string;
  /** When the request came (ms). */
  time: number;
  info: Json;
}

/** `retries` 0: a probe, which does not wait long either. */
export function mlflowClient(config: SourceConfig, tools: SourceTools, signal: AbortSignal | undefined, retries: number): ApiClient {
  const { url, key, user } = credentialsOf(config, tools.http);
  const authorization = key === null ? null : user === null ? `Bearer ${key}` : basic(user, key);
  return new ApiClient({
    product: 'MLflow',
    url,
    headers: authorization === null ? {} : { authorization },
    secrets: key === null ? [] : [key],
    http: tools.http,
    clock: tools.clock,
    signal,
    retries,
    ...(retries === 0 ? { timeoutMs: 10_000 } : {}),
  });
}

/** Id of an experiment by its name or id. Throws SOURCE_FAILED where there is none. */
export async function findExperiment(client: ApiClient, wanted: string): Promise<{ id: string; name: string }> {
  const asked = [
    ['/api/2.0/mlflow/experiments/get-by-name', 'experiment_name'],
    ['/api/2.0/mlflow/experiments/get', 'experiment_id'],
  ] as const;
  for (const [path, key] of asked) {
    if (key === 'experiment_id' && !/^\d+$/u.test(wanted)) continue;
    const { status, body } = await client.get(path, [[key, wanted]], { accept: [404] });
    const experiment = status !== 404 && isObject(body) ? field(body, 'experiment') : null;
    const id = isObject(experiment) ? textOf(field(experiment, 'experiment_id')) : null;
    if (id !== null && isObject(experiment)) return { id, name: textOf(field(experiment, 'name')) ?? id };
  }
  throw apiFault({
    step: 'data',
    said: `${client.origin}: there is no experiment “${wanted}”`,
    todo: 'Write the name or the id of an experiment as project.',
  });
}

/** The version as `/version` says it, in plain text under a type of its own; `null` for a page of something else. */
export async function versionOf(client: ApiClient): Promise<string | null> {
  const { body } = await client.get('/version', [], { plain: true, accept: [404] });
  return typeof body === 'string' ? (/^\s*(\d+\.\d+[\w.+-]*)\s*$/u.exec(body)?.[1] ?? null) : null;
}

/** A comparison for a filter; quotes in names cannot be escaped in this language, and such a name is no filter. */
function quoted(text: string): string | null {
  return /['\\]/u.test(text) ? null : `'${text}'`;
}

/**
 * Traces of [from, to) in order of time, from a cursor. MLflow's own token is an offset, which loses rows where some are deleted meanwhile: the next page
 * begins at the time of the last row instead, and only where a whole page has one time at the token. A row may come twice.
 */
export async function searchTraces(
  client: ApiClient,
  experiment: string,
  range: { from: number; to: number; filter?: string },
  cursor: string | null,
  limit: number,
): Promise<Page<TraceInfo>> {
  const at = readCursor(cursor) ?? { from: range.from, token: null };
  const { body } = await client.post('/api/3.0/mlflow/traces/search', {
    locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }],
    filter: `${range.filter === undefined ? '' : `${range.filter} AND `}timestamp_ms >= ${String(at.from)} AND timestamp_ms < ${String(range.to)}`,
    order_by: ['timestamp_ms ASC'],
    max_results: Math.min(limit, 500),
    ...(at.token === null ? {} : { page_token: at.token }),
  });
  const traces = isObject(body) ? field(body, 'traces') : null;
  // Nothing found is `{}`.
  if (!isObject(body) || (traces !== null && !Array.isArray(traces))) {
    throw apiFault({
      step: 'data',
      said: `${client.origin}: its answer holds no list of traces`,
      todo: 'Check that url is the address of an MLflow server, and its version.',
    });
  }
  const items = (traces ?? []).flatMap((info: unknown): TraceInfo[] => {
    const id = isObject(info) ? textOf(field(info, 'trace_id')) : null;
    const time = isObject(info) ? parseTime(field(info, 'request_time')) : null;
    return id === null || time === null || !isObject(info) ? [] : [{ id, time, info }];
  });
  const token = textOf(field(body, 'next_page_token'));
  const last = items.at(-1)?.time ?? null;
  if (token === null || (traces ?? []).length === 0) return { items, next: null };
  const next = last !== null && last > at.from ? { from: last, token: null } : { from: at.from, token };
  return { items, next: JSON.stringify(next) };
}

function readCursor(cursor: string | null): { from: number; token: string | null } | null {
  return cursor === null ? null : (JSON.parse(cursor) as { from: number; token: string | null });
}

/** Times are integers beyond what a JSON number holds: as texts they stay whole. A quote within a text is escaped, so it matches names only. */
export function wholeNanos(text: string): string {
  return text.replace(/("\w+_unix_nano"\s*:\s*)(\d{16,20})\b/gu, '$1"$2"');
}

/** Spans by trace id. A trace that is not there, or whose spans lie elsewhere, is left out by the server. */
export async function spansOf(
  client: ApiClient,
  ids: readonly string[],
  limits: MlflowLimits,
  signal: AbortSignal | undefined,
): Promise<Map<string, Json[]>> {
  const traces = await inChunks(ids, limits.spans, signal, async (chunk): Promise<[string, Json[]][]> => {
    const query = chunk.map((id) => ['trace_ids', id] as const);
    const { status, body } = await client.get('/api/3.0/mlflow/traces/batchGet', query, { accept: [404, 405], prepare: wholeNanos });
    const found = status < 300 && isObject(body) ? field(body, 'traces') : null;
    return (Array.isArray(found) ? found.filter(isObject) : []).flatMap((trace): [string, Json[]][] => {
      const info = field(trace, 'trace_info');
      const id = isObject(info) ? textOf(field(info, 'trace_id')) : null;
      const spans = field(trace, 'spans');
      return id === null ? [] : [[id, Array.isArray(spans) ? spans.filter(isObject) : []]];
    });
  });
  return new Map(traces);
}

export interface PromptVersion {
  name: string;
  version: string;
}

const mostVersions = 50;

/** Registered prompts, which are models with a tag; the newest versions of each, in all at most 50. `more`: there are others. */
export async function promptVersions(client: ApiClient): Promise<{ versions: PromptVersion[]; more: boolean }> {
  const isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'";
  const versions: PromptVersion[] = [];
  const list = async (path: string, filter: string, key: string, limit: number): Promise<{ items: Json[]; more: boolean }> => {
    const { body } = await client.get(path, [
      ['filter', filter],
      ['max_results', String(limit)],
    ]);
    const found = isObject(body) ? field(body, key) : null;
    return {
      items: Array.isArray(found) ? found.filter(isObject) : [],
      more: isObject(body) && textOf(field(body, 'next_page_token')) !== null,
    };
  };
  const models = await list('/api/2.0/mlflow/registered-models/search', isPrompt, 'registered_models', mostVersions);
  let { more } = models;
  for (const model of models.items) {
    const name = textOf(field(model, 'name'));
    const literal = name === null ? null : quoted(name);
    if (name === null || literal === null) continue;
    // Without the tag's clause the answer is empty.
    const found = await list('/api/2.0/mlflow/model-versions/search', `name = ${literal} AND ${isPrompt}`, 'model_versions', mostVersions);
    more ||= found.more;
    for (const item of found.items) {
      const version = textOf(field(item, 'version'));
      if (version !== null && quoted(version) !== null) versions.push({ name, version });
    }
    if (versions.length >= mostVersions) break;
  }
  return { versions: versions.slice(0, mostVersions), more: more || versions.length > mostVersions };
}
