/** A server with the shapes and limits of MLflow 3.17.2, as the real one returned them. */
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../httpServer.js';
import { basicOf, type Row } from './answers.js';
import { hex } from './phoenix.js';

export interface MlflowTrace {
  info: Row;
  spans: Row[];
  /** `name/version` of prompts that were linked afterwards. */
  linked: string[];
}

export interface MlflowData {
  traces: MlflowTrace[];
  /** Texts by `name/version`. */
  prompts: string[];
  version: string;
  /** `user:password`. */
  basic: string | null;
  /** The server keeps no spans, as one with a store of another kind. */
  noSpans: boolean;
}

const base64 = (digits: string): string => Buffer.from(digits, 'hex').toString('base64');
const text = (value: string): Row => ({ string_value: value });
const attribute = (key: string, value: Row): Row => ({ key, value });

/** `n` counts from 1 and gives all ids. `model`: attributes of the call of a model. */
export function mlflowTrace(
  n: number,
  at: string,
  more: { model?: Record<string, string>; info?: Row; linked?: string[]; plain?: boolean } = {},
): MlflowTrace {
  const trace = hex(n, 32);
  const start = BigInt(Date.parse(at)) * 1_000_000n;
  const span = (id: string, parent: string | null, name: string, attributes: Row[]): Row => ({
    trace_id: base64(trace),
    span_id: base64(id),
    ...(parent === null ? {} : { parent_span_id: base64(parent) }),
    name,
    start_time_unix_nano: `@${String(start + 123n)}@`,
    end_time_unix_nano: `@${String(start + 800_000_123n)}@`,
    attributes,
    status: { code: 'STATUS_CODE_OK' },
  });
  const root = hex(n * 16, 16);
  const model = Object.entries({ 'mlflow.spanType': 'LLM', ...more.model }).map(([key, value]) => attribute(key, text(value)));
  const inputs = { kvlist_value: { values: [{ key: 'q', value: text(`question ${String(n)}`) }] } };
  return {
    info: {
      trace_id: `tr-${trace}`,
      trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } },
      request_time: new Date(at).toISOString(),
      execution_duration: '0.800s',
      state: 'OK',
      request_preview: `"question ${String(n)}"`,
      response_preview: `"answer ${String(n)}"`,
      trace_metadata: { 'mlflow.trace.user': `user-${String(n)}`, 'mlflow.trace.session': `session-${String(n)}` },
      tags: { 'mlflow.artifactLocation': '/x', tier: 'gold' },
      ...more.info,
    },
    spans: [
      span(root, null, 'chat', [attribute('mlflow.spanInputs', inputs), attribute('mlflow.spanOutputs', text(`answer ${String(n)}`))]),
      ...(more.plain === true
        ? []
        : [span(hex(n * 16 + 1, 16), root, 'answer', [...model, attribute('mlflow.spanOutputs', text(`answer ${String(n)}`))])]),
    ],
    linked: more.linked ?? [],
  };
}

let count = 0;
export function assessment(name: string, what: Row, more: Row = {}): Row {
  count += 1;
  return {
    assessment_id: `a-${String(count)}`,
    assessment_name: name,
    source: { source_type: 'HUMAN', source_id: 'ann' },
    create_time: '2026-11-20T13:00:00.000Z',
    last_update_time: '2026-11-20T13:00:00.000Z',
    valid: true,
    ...what,
    ...more,
  };
}

export const mlflowData = (more: Partial<MlflowData> = {}): MlflowData => ({
  traces: [],
  prompts: [],
  version: '3.17.2',
  basic: null,
  noSpans: false,
  ...more,
});

export function startMlflow(data: MlflowData, before?: (asked: Asked) => Answer | null): Promise<HttpServer> {
  return startHttpServer((asked) => {
    const early = before?.(asked) ?? null;
    const answer = early ?? answerOf(data, asked);
    return typeof answer === 'function' ? answer : { ...answer, headers: { date: 'Tue, 24 Nov 2026 00:00:00 GMT', ...answer.headers } };
  });
}

/** Nanoseconds are numbers that no JavaScript writes. */
const raw = (value: unknown): Answer => ({
  headers: { 'content-type': 'application/json' },
  text: JSON.stringify(value).replace(/"@(\d+)@"/gu, '$1'),
});
const missing = (message: string): Answer => ({ status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message } });

function answerOf(data: MlflowData, asked: Asked): Answer {
  const { path, query, method } = asked;
  const html = { 'content-type': 'text/html; charset=utf-8' };
  if (data.basic !== null && basicOf(asked) !== data.basic)
    return { status: 401, headers: { ...html, 'www-authenticate': 'Basic realm="mlflow"' }, text: 'You are not authenticated.' };
  if (asked.headers['origin'] !== undefined) return { status: 403, text: 'Cross-origin request blocked' };
  switch (`${method} ${path}`) {
    case 'GET /version':
      return { headers: html, text: data.version };
    case 'GET /api/2.0/mlflow/experiments/get-by-name':
      return query.get('experiment_name') === 'support'
        ? { json: { experiment: { experiment_id: '1', name: 'support' } } }
        : missing('no such name');
    case 'GET /api/2.0/mlflow/experiments/get':
      return query.get('experiment_id') === '1' ? { json: { experiment: { experiment_id: '1', name: 'support' } } } : missing('no such id');
    case 'GET /api/2.0/mlflow/registered-models/search':
      return { json: { registered_models: [...new Set(data.prompts.map((prompt) => prompt.split('/')[0]))].map((name) => ({ name })) } };
    case 'GET /api/2.0/mlflow/model-versions/search': {
      const name = /name = '([^']*)'/u.exec(query.get('filter') ?? '')?.[1] ?? '';
      const versions = data.prompts
        .filter((prompt) => prompt.startsWith(`${name}/`))
        .map((prompt) => ({ name, version: prompt.split('/')[1] }));
      return { json: query.get('filter')?.includes('is_prompt') === true ? { model_versions: versions } : {} };
    }
    case 'POST /api/3.0/mlflow/traces/search':
      return search(data, JSON.parse(asked.body) as Row);
    case 'GET /api/3.0/mlflow/traces/batchGet': {
      if (data.noSpans) return { status: 404, headers: html, text: '<title>404 Not Found</title>' };
      const ids = query.getAll('trace_ids');
      const found = data.traces.filter(({ info }) => ids.includes(String(info['trace_id'])));
      return raw({ traces: found.map(({ info, spans }) => ({ trace_info: info, spans })) });
    }
    default:
      return { status: 404, headers: html, text: '<title>404 Not Found</title>' };
  }
}

function search(data: MlflowData, body: Row): Answer {
  const limit = Number(body['max_results'] ?? 100);
  if (limit < 1 || limit > 500) return { status: 400, json: { error_code: 'INVALID_PARAMETER_VALUE', message: 'max_results' } };
  const filter = String(body['filter']);
  const from = Number(/timestamp_ms >= (\d+)/u.exec(filter)?.[1] ?? 0);
  const to = Number(/timestamp_ms < (\d+)/u.exec(filter)?.[1] ?? Infinity);
  const prompt = /prompt = '([^']*)'/u.exec(filter)?.[1];
  const time = ({ info }: MlflowTrace): number => Date.parse(String(info['request_time']));
  const rows = data.traces
    .filter((trace) => !(time(trace) < from) && !(time(trace) >= to))
    .filter(({ linked }) => prompt === undefined || linked.includes(prompt))
    .sort((a, b) => time(a) - time(b));
  const token = body['page_token'];
  const at = typeof token === 'string' ? (JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { offset: number }).offset : 0;
  const page = rows.slice(at, at + limit);
  // Nothing found is an empty object; a full last page has a token all the same.
  if (page.length === 0) return { json: {} };
  const next = page.length === limit ? { next_page_token: Buffer.from(JSON.stringify({ offset: at + limit })).toString('base64') } : {};
  return { json: { traces: page.map(({ info }) => info), ...next } };
}
