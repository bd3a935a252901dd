/** A server with the shapes and limits of Langfuse's documented API. `v3`: self-hosted before version 4, without the new listings. */
import { readFileSync } from 'node:fs';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../httpServer.js';
import { basicOf, bounded, cursorOf, positionOf, refused, within, type Row } from './answers.js';

interface Listing {
  path: string;
  limit: { default: number; max: number };
}
interface Grouped extends Listing {
  groups: Record<string, string[]>;
  always: string[];
  default?: string[];
}
interface Fixture {
  contract: { scores: Grouped; scoresV2: Listing; observations: Grouped; observationsV1: Listing; scoreConfigs: Listing };
  keys: { public: string; secret: string };
  observation: Row;
  score: Row;
  configs: Row[];
}

export const langfuse = JSON.parse(readFileSync(new URL('../../fixtures/servers/langfuse.json', import.meta.url), 'utf8')) as Fixture;

export interface LangfuseData {
  observations: Row[];
  scores: Row[];
}

export function startLangfuse(
  data: LangfuseData,
  edition: 'v4' | 'v3' = 'v4',
  before?: (asked: Asked) => Answer | null,
): Promise<HttpServer> {
  const { contract, keys, configs } = langfuse;
  return startHttpServer((asked) => {
    const early = before?.(asked);
    if (early !== undefined && early !== null) return early;
    if (basicOf(asked) !== `${keys.public}:${keys.secret}`)
      return refused(401, 'Invalid credentials. Confirm that you have configured the correct host.');
    switch (asked.path) {
      case '/api/public/health':
        return { json: { status: 'OK', version: edition === 'v4' ? '4.2.0' : '3.120.0' } };
      case '/api/public/projects':
        return { json: { data: [{ id: 'project-1', name: 'support', metadata: {} }] } };
      case contract.scoreConfigs.path:
        return numbered(asked, contract.scoreConfigs, configs);
      case contract.scores.path:
        return edition === 'v3'
          ? refused(404, 'Not found')
          : grouped(asked, contract.scores, data.scores, ['fromTimestamp', 'toTimestamp', 'timestamp']);
      case contract.scoresV2.path:
        return numbered(
          asked,
          contract.scoresV2,
          within(data.scores, 'timestamp', asked.query.get('fromTimestamp'), asked.query.get('toTimestamp')).map(asV2),
        );
      case contract.observations.path:
        if (edition === 'v3') return refused(404, 'This API is only available on Langfuse Cloud');
        if (asked.query.get('parseIoAsJson') === 'true') return refused(400, 'parseIoAsJson is not supported');
        return grouped(asked, contract.observations, ofType(asked, data.observations), ['fromStartTime', 'toStartTime', 'startTime']);
      case contract.observationsV1.path: {
        const rows = within(
          ofType(asked, data.observations),
          'startTime',
          asked.query.get('fromStartTime'),
          asked.query.get('toStartTime'),
        );
        return numbered(asked, contract.observationsV1, rows);
      }
      default:
        return refused(404, 'Not found');
    }
  });
}

function ofType(asked: Asked, rows: readonly Row[]): Row[] {
  const type = asked.query.get('type');
  return rows.filter((row) => type === null || row['type'] === type);
}

/** Newer listings: a cursor, and only the groups of fields that were asked for. */
function grouped(asked: Asked, listing: Grouped, rows: readonly Row[], [from, to, time]: readonly [string, string, string]): Answer {
  const limit = bounded(asked.query.get('limit'), { fallback: listing.limit.default, max: listing.limit.max });
  if (limit === null) return refused(400, 'Invalid request data: limit');
  const wanted = asked.query.get('fields')?.split(',') ?? listing.default ?? [];
  const unknown = wanted.find((group) => !Object.hasOwn(listing.groups, group));
  if (unknown !== undefined) return refused(400, `Invalid request data: fields ${unknown}`);
  const fields = [...listing.always, ...wanted].flatMap((group) => listing.groups[group] ?? []);
  const all = within(rows, time, asked.query.get(from), asked.query.get(to)).reverse();
  const start = positionOf(asked.query.get('cursor'));
  const data = all
    .slice(start, start + limit)
    .map((row) => Object.fromEntries(fields.filter((key) => key in row).map((key) => [key, row[key]])));
  const more = start + limit < all.length;
  return { json: { data, meta: { limit, ...(more ? { cursor: cursorOf(start + limit) } : {}) } } };
}

/** Older listings: numbers of pages. */
function numbered(asked: Asked, listing: Listing, rows: readonly Row[]): Answer {
  const limit = bounded(asked.query.get('limit'), { fallback: listing.limit.default, max: listing.limit.max });
  const page = bounded(asked.query.get('page'), { fallback: 1, max: Number.MAX_SAFE_INTEGER });
  if (limit === null || page === null) return refused(400, 'Invalid request data');
  const data = rows.slice((page - 1) * limit, page * limit);
  return { json: { data, meta: { page, limit, totalItems: rows.length, totalPages: Math.ceil(rows.length / limit) } } };
}

/** Version 2 of a score: a number and a text instead of one typed value, and what it belongs to in fields of its own. */
function asV2(row: Row): Row {
  const { value, subject, ...rest } = row;
  const target = subject as { kind: string; id: string; traceId?: string };
  const isText = typeof value === 'string';
  return {
    ...rest,
    value: isText ? null : Number(value),
    stringValue: isText ? value : typeof value === 'boolean' ? (value ? 'True' : 'False') : null,
    traceId: target.kind === 'trace' ? target.id : (target.traceId ?? null),
    observationId: target.kind === 'observation' ? target.id : null,
    sessionId: target.kind === 'session' ? target.id : null,
    trace: { userId: null, tags: [], environment: 'default' },
  };
}
