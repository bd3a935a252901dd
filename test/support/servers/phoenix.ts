/** A server with the shapes and limits of Phoenix 20.26.1, as the real one returned them. */
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../httpServer.js';
import { bounded, type Row } from './answers.js';

export interface PhoenixData {
  spans: Row[];
  span: Row[];
  trace: Row[];
  session: Row[];
  configs: Row[];
  version: string;
  key: string | null;
  /** Id of the project `support`; another one is another project of that name. */
  project: string;
}

const idOf = (number: number): string => Buffer.from(`Span:${String(number)}`).toString('base64');
const numberOf = (id: string): number => Number(/^Span:(\d+)$/u.exec(Buffer.from(id, 'base64').toString('utf8'))?.[1] ?? NaN);
export const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', '+00:00').replace('Z', '000+00:00');

/** Two spans: what an application did, and its call of a model. `n` counts from 1 and gives all ids. */
export function phoenixTrace(n: number, at: string, more: { attributes?: Row; root?: Row; version?: string } = {}): Row[] {
  const start = Date.parse(at);
  const base = { events: [], status_code: 'OK', status_message: '' };
  return [
    {
      ...base,
      name: 'answer',
      context: { trace_id: hex(n, 32), span_id: hex(n * 16 + 1, 16) },
      span_kind: 'LLM',
      parent_id: hex(n * 16, 16),
      start_time: iso(start + 5),
      end_time: iso(start + 800),
      attributes: {
        'prompt.id': 'support/answer',
        'llm.prompt_template.version': more.version ?? 'v1',
        'llm.prompt_template.variables': JSON.stringify({ q: `question ${String(n)}` }),
        'output.value': `answer ${String(n)}`,
        ...more.attributes,
      },
    },
    {
      ...base,
      name: 'chat',
      context: { trace_id: hex(n, 32), span_id: hex(n * 16, 16) },
      span_kind: 'CHAIN',
      parent_id: null,
      start_time: iso(start),
      end_time: iso(start + 900),
      attributes: { 'user.id': `user-${String(n)}`, 'session.id': `session-${String(n % 3)}`, ...more.root },
    },
  ];
}

export function annotation(on: Row, name: string, result: Row, more: Row = {}): Row {
  return {
    id: Buffer.from(`Annotation:${name}:${JSON.stringify(on)}`).toString('base64'),
    created_at: '2026-11-20T13:00:00+00:00',
    updated_at: '2026-11-20T13:00:00+00:00',
    source: 'API',
    user_id: null,
    name,
    annotator_kind: 'HUMAN',
    result: { label: null, score: null, explanation: null, ...result },
    metadata: {},
    identifier: '',
    ...on,
    ...more,
  };
}

export const phoenixData = (more: Partial<PhoenixData> = {}): PhoenixData => ({
  spans: [],
  span: [],
  trace: [],
  session: [],
  configs: [],
  version: '20.26.1',
  key: null,
  project: 'UHJvamVjdDoy',
  ...more,
});

/** `before` answers first where it has something to say. */
export function startPhoenix(data: PhoenixData, before?: (asked: Asked) => Answer | null): Promise<HttpServer> {
  return startHttpServer((asked) => {
    const early = before?.(asked) ?? null;
    const answer = early ?? answerOf(data, asked);
    if (typeof answer === 'function') return answer;
    return { ...answer, headers: { 'x-phoenix-server-version': data.version, date: 'Tue, 24 Nov 2026 00:00:00 GMT', ...answer.headers } };
  });
}

function answerOf(data: PhoenixData, { path, query, headers }: Asked): Answer {
  if (data.key !== null && headers['authorization'] !== `Bearer ${data.key}`) return { status: 401, text: 'Invalid token' };
  if (path === '/v1/projects') return { json: { data: [{ id: data.project, name: 'support', description: null }], next_cursor: null } };
  if (path === '/v1/annotation_configs') return { json: { data: data.configs, next_cursor: null } };
  const [, project, what = ''] =
    /^\/v1\/projects\/([^/]+)\/(spans|span_annotations|trace_annotations|session_annotations)$/u.exec(path) ?? [];
  // Unknown paths are the web application's.
  if (project === undefined)
    return { headers: { 'content-type': 'text/html; charset=utf-8' }, text: '<!doctype html><title>Phoenix</title>' };
  if (decodeURIComponent(project) !== data.project && project !== 'support')
    return { status: 404, text: `Project with name ${project} not found` };
  if (what === 'spans') return spans(data, query);
  return annotations(data, what.replace('_annotations', '') as 'span' | 'trace' | 'session', query);
}

function spans(data: PhoenixData, query: URLSearchParams): Answer {
  const limit = bounded(query.get('limit'), { fallback: 100, max: 1000 });
  if (limit === null)
    return {
      status: 422,
      json: { detail: [{ type: 'less_than_equal', loc: ['query', 'limit'], msg: 'Input should be less', input: '' }] },
    };
  const cursor = query.get('cursor');
  const from = cursor === null ? Infinity : numberOf(cursor);
  if (Number.isNaN(from)) return { status: 422, text: 'Invalid cursor' };
  const since = query.get('start_time');
  const traces = query.getAll('trace_id');
  const rows = data.spans
    .map((span, index): Row & { id: string; number: number } => ({ ...span, id: idOf(index + 1), number: index + 1 }))
    .filter(({ number }) => number <= from)
    .filter((row) => since === null || !(Date.parse(String(row['start_time'])) < Date.parse(since)))
    .filter((row) => traces.length === 0 || traces.includes((row['context'] as Row)['trace_id'] as string))
    .reverse();
  const next = rows[limit];
  return {
    json: { data: rows.slice(0, limit).map(({ number: _number, ...row }) => row), next_cursor: next === undefined ? null : next.id },
  };
}

function annotations(data: PhoenixData, type: 'span' | 'trace' | 'session', query: URLSearchParams): Answer {
  const ids = query.getAll(`${type}_ids`);
  if (ids.length > 1000) return { status: 422, text: `Too many ${type}_ids supplied: ${String(ids.length)} (max 1000)` };
  const known = (id: string): boolean =>
    data.spans.some((span) => {
      const context = span['context'] as Row;
      return type === 'session' ? (span['attributes'] as Row)['session.id'] === id : context[`${type}_id`] === id;
    });
  if (!ids.some(known)) return { status: 404, text: `None of the supplied ${type}_ids exist in this project` };
  const limit = bounded(query.get('limit'), { fallback: 10, max: 10_000 }) ?? 10;
  const at = Number(query.get('cursor') ?? 0);
  const rows = data[type].filter((row) => ids.includes(String(row[`${type}_id`])));
  return { json: { data: rows.slice(at, at + limit), next_cursor: at + limit < rows.length ? String(at + limit) : null } };
}
