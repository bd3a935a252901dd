/** What the recorded-shape servers have in common. Their limits and shapes are those of `test/fixtures/servers/<name>.json`. */
import type { Answer, Asked } from '../httpServer.js';

export type Row = Record<string, unknown>;

export const refused = (status: number, message: string): Answer => ({ status, json: { message } });

/** A whole number of a query; `null` where it is none or out of bounds. */
export function bounded(text: string | null, { fallback, max }: { fallback: number; max: number }): number | null {
  if (text === null) return fallback;
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= max ? value : null;
}

/** Rows whose `field` is in `[from, to)`, oldest first. */
export function within(rows: readonly Row[], field: string, from: string | null, to: string | null): Row[] {
  return rows
    .filter((row) => {
      const time = Date.parse(zoned(String(row[field])));
      return (from === null || time >= Date.parse(zoned(from))) && (to === null || time < Date.parse(zoned(to)));
    })
    .sort((a, b) => Date.parse(zoned(String(a[field]))) - Date.parse(zoned(String(b[field]))));
}

/** Servers that write no zone mean UTC. */
function zoned(time: string): string {
  return /(?:Z|[+-]\d\d:\d\d)$/u.test(time) ? time : `${time}Z`;
}

export const basicOf = (asked: Asked): string => {
  const header = asked.headers['authorization'];
  return typeof header === 'string' && header.startsWith('Basic ') ? Buffer.from(header.slice(6), 'base64').toString('utf8') : '';
};

/** Opaque to whoever reads it, as these servers' are. */
export const cursorOf = (position: number): string => Buffer.from(JSON.stringify({ position })).toString('base64url');

export function positionOf(cursor: string | null): number {
  if (cursor === null || cursor === '') return 0;
  return (JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { position: number }).position;
}
