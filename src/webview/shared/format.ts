import type { Estimate } from '../../shared/documents.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `0.61 [0.56, 0.66]`: a mean is never shown without its interval. */
export function estimate(value: Estimate): string {
  return `${value.mean.toFixed(2)} [${value.lo.toFixed(2)}, ${value.hi.toFixed(2)}]`;
}

export function percentEstimate(value: Estimate): string {
  const percent = (share: number): string => String(Math.round(share * 100));
  return `${percent(value.mean)} % [${percent(value.lo)}, ${percent(value.hi)}]`;
}

/** How long ago, in one short unit; the exact time belongs into the title. */
export function age(time: string, now: number): string {
  const ms = Math.max(0, now - Date.parse(time));
  if (Number.isNaN(ms)) return '';
  if (ms < MINUTE) return 'now';
  if (ms < HOUR) return `${String(Math.floor(ms / MINUTE))} min`;
  if (ms < DAY) return `${String(Math.floor(ms / HOUR))} h`;
  return `${String(Math.floor(ms / DAY))} d`;
}

export function localTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString();
}

export function plural(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Cuts at `max` characters for a row; the whole text stands in the detail. */
export function clip(text: string, max: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= max ? flat : `${flat.slice(0, max - 1)}…`;
}

export function readable(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
