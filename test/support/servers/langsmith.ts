/** A server with the shapes and limits of LangSmith's documented API. `v1`: before the newer query of runs. */
import { readFileSync } from 'node:fs';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../httpServer.js';
import { bounded, cursorOf, positionOf, refused, within, type Row } from './answers.js';

interface Fixture {
  contract: {
    sessions: { path: string };
    feedback: { path: string; limit: { default: number; max: number } };
    feedbackConfigs: { path: string };
    runs: { path: string; pageSize: { default: number; max: number }; defaultWindowHours: number };
    runsV1: { path: string; limit: { default: number; max: number } };
  };
  key: string;
  project: Row;
  run: Row;
  feedback: Row;
  configs: Row[];
}

export const langsmith = JSON.parse(readFileSync(new URL('../../fixtures/servers/langsmith.json', import.meta.url), 'utf8')) as Fixture;

export interface LangsmithData {
  runs: Row[];
  feedback: Row[];
}

export function startLangsmith(
  data: LangsmithData,
  {
    edition = 'v2',
    now = '2026-11-24T00:00:00Z',
    before,
  }: { edition?: 'v2' | 'v1'; now?: string; before?: (asked: Asked) => Answer | null } = {},
): Promise<HttpServer> {
  const { contract, key, project, configs } = langsmith;
  return startHttpServer((asked) => {
    const early = before?.(asked);
    if (early !== undefined && early !== null) return early;
    if (asked.headers['x-api-key'] !== key) return { status: 403, json: { detail: 'Forbidden' } };
    switch (asked.path) {
      case '/api/v1/info':
        return { json: { version: '0.16.2' } };
      case contract.sessions.path: {
        const name = asked.query.get('name');
        return { json: name === null || name === project['name'] ? [project] : [] };
      }
      case contract.feedbackConfigs.path:
        return { json: configs };
      case contract.feedback.path:
        return feedbackPage(asked, data.feedback, contract.feedback.limit);
      case contract.runs.path:
        return edition === 'v1' ? { status: 404, json: { detail: 'Not Found' } } : runsPage(asked, data.runs, now);
      case contract.runsV1.path:
        return runsV1Page(asked, data.runs, contract.runsV1.limit);
      default:
        return { status: 404, json: { detail: 'Not Found' } };
    }
  });
}

function feedbackPage(asked: Asked, rows: readonly Row[], limits: { default: number; max: number }): Answer {
  const limit = bounded(asked.query.get('limit'), { fallback: limits.default, max: limits.max });
  if (limit === null) return { status: 422, json: { detail: 'limit' } };
  const sessions = asked.query.getAll('session');
  const offset = Number(asked.query.get('offset') ?? 0);
  const inTime = within(rows, 'created_at', asked.query.get('min_created_at'), asked.query.get('max_created_at'));
  return {
    json: inTime.filter((row) => sessions.length === 0 || sessions.includes(String(row['session_id']))).slice(offset, offset + limit),
  };
}

const selected = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.map((name) => name.toLowerCase()).flatMap((name) => selectable(row, name)));

/** What a select is called, and which keys of the answer it fills. */
function selectable(row: Row, name: string): [string, unknown][] {
  if (name === 'project_id') return [['project_id', row['session_id']]];
  if (name === 'latency_seconds') return [['latency_seconds', 1.25]];
  if (name === 'metadata') return [['metadata', (row['extra'] as Row | undefined)?.['metadata']]];
  return name in row ? [[name, name === 'status' ? String(row[name]).toUpperCase() : row[name]]] : [];
}

function runsPage(asked: Asked, rows: readonly Row[], now: string): Answer {
  const { runs } = langsmith.contract;
  const body = JSON.parse(asked.body) as Row;
  const size = bounded(asText(body['page_size']), {
    fallback: runs.pageSize.default,
    max: runs.pageSize.max,
  });
  if (size === null) return { status: 422, json: { detail: 'page_size' } };
  const dayBefore = new Date(Date.parse(now) - runs.defaultWindowHours * 3_600_000).toISOString();
  const all = within(
    rows,
    'start_time',
    (body['min_start_time'] as string | undefined) ?? dayBefore,
    (body['max_start_time'] as string | undefined) ?? now,
  )
    .filter((row) => body['run_type'] === undefined || String(row['run_type']).toLowerCase() === asText(body['run_type'])?.toLowerCase())
    .reverse();
  const start = positionOf((body['cursor'] as string | undefined) ?? null);
  const selects = (body['selects'] as string[] | undefined) ?? ['ID'];
  const items = all.slice(start, start + size).map((row) => selected(row, ['id', ...selects]));
  return { json: { items, next_cursor: start + size < all.length ? cursorOf(start + size) : '' } };
}

function runsV1Page(asked: Asked, rows: readonly Row[], limits: { default: number; max: number }): Answer {
  const body = JSON.parse(asked.body) as Row;
  const limit = bounded(asText(body['limit']), { fallback: limits.default, max: limits.max });
  if (limit === null) return refused(422, 'limit');
  const all = within(
    rows,
    'start_time',
    (body['start_time'] as string | undefined) ?? null,
    (body['end_time'] as string | undefined) ?? null,
  )
    .filter((row) => body['run_type'] === undefined || row['run_type'] === body['run_type'])
    .reverse();
  const start = positionOf((body['cursor'] as string | undefined) ?? null);
  const select = (body['select'] as string[] | undefined) ?? Object.keys(langsmith.run);
  const runs = all
    .slice(start, start + limit)
    .map((row) => Object.fromEntries(['id', ...select].filter((name) => name in row).map((name) => [name, row[name]])));
  return { json: { runs, cursors: { next: start + limit < all.length ? cursorOf(start + limit) : null } } };
}

function asText(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
