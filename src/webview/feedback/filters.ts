/** What is filtered, in words and as a query: plain functions over the filter. */
import { signalName } from '../../shared/words.js';
import type { FeedbackListParams } from '../../shared/protocol.js';
import type { Period, ViewFilter } from '../../shared/webviewProtocol.js';

const HOUR = 3_600_000;
const periods: Record<Exclude<Period, 'custom'>, { label: string; ms: number }> = {
  '24h': { label: 'Last 24 hours', ms: 24 * HOUR },
  '7d': { label: 'Last 7 days', ms: 168 * HOUR },
  '30d': { label: 'Last 30 days', ms: 720 * HOUR },
};

export const periodChoices = Object.entries(periods).map(([value, { label }]) => ({ value, label }));

/** Thirds of the scale, because sources rate on scales of their own; and what somebody was unhappy about, rated or not. */
export const ratingChoices: readonly { value: string; label: string; filter: Pick<ViewFilter, 'low' | 'minY' | 'maxY'> }[] = [
  { value: 'low', label: 'Low (under 0.34)', filter: { maxY: 0.3399 } },
  { value: 'mid', label: 'Middle (0.34 to 0.66)', filter: { minY: 0.34, maxY: 0.66 } },
  { value: 'high', label: 'High (over 0.66)', filter: { minY: 0.6601 } },
  { value: 'complaints', label: 'Complaints', filter: { low: true } },
];

export type FilterKey = 'prompt' | 'version' | 'signal' | 'rating' | 'segment' | 'source' | 'period' | 'search';

/** Which of the choices a filter stands for; `range` for bounds of one's own. */
export function ratingOf(filter: ViewFilter): string {
  const { low, minY, maxY } = filter;
  if (low === undefined && minY === undefined && maxY === undefined) return '';
  const known = ratingChoices.find((choice) => choice.filter.low === low && choice.filter.minY === minY && choice.filter.maxY === maxY);
  return known?.value ?? 'range';
}

/** The filter without one of its parts. */
export function without(filter: ViewFilter, key: FilterKey): ViewFilter {
  const result = { ...filter };
  const parts: (keyof ViewFilter)[] = key === 'rating' ? ['low', 'minY', 'maxY'] : key === 'period' ? ['period', 'since', 'until'] : [key];
  for (const part of parts) Reflect.deleteProperty(result, part);
  return result;
}

const day = (time: string | undefined): string | null => time?.slice(0, 10) ?? null;

function ratingWords(filter: ViewFilter): string | null {
  const value = ratingOf(filter);
  if (value === '') return null;
  const known = ratingChoices.find((choice) => choice.value === value);
  return known?.label ?? `${(filter.minY ?? 0).toFixed(2)} to ${(filter.maxY ?? 1).toFixed(2)}`;
}

function periodWords({ period, since, until }: ViewFilter): string | null {
  if (period !== undefined && period !== 'custom') return periods[period].label;
  const [from, to] = [day(since), day(until)];
  if (from !== null && to !== null) return `${from} to ${to}`;
  return from !== null ? `since ${from}` : to !== null ? `before ${to}` : null;
}

export function activeFilters(filter: ViewFilter): { key: FilterKey; name: string; value: string }[] {
  const parts: { key: FilterKey; name: string; value: string | null }[] = [
    { key: 'search', name: 'Text', value: filter.search ?? null },
    { key: 'prompt', name: 'Prompt', value: filter.prompt ?? null },
    { key: 'version', name: 'Version', value: filter.version === null ? 'unknown' : (filter.version ?? null) },
    { key: 'signal', name: 'Signal', value: filter.signal === undefined ? null : signalName(filter.signal) },
    { key: 'rating', name: 'Rating', value: ratingWords(filter) },
    { key: 'segment', name: filter.segment?.key ?? '', value: filter.segment?.value ?? null },
    { key: 'source', name: 'Source', value: filter.source ?? null },
    { key: 'period', name: 'Time', value: periodWords(filter) },
  ];
  return parts.flatMap(({ key, name, value }) => (value === null || value === '' ? [] : [{ key, name, value }]));
}

/** The query of a filter at `now` (ms). */
export function toQuery({ period, ...filter }: ViewFilter, now: number): FeedbackListParams {
  if (filter.search?.trim() === '') delete filter.search;
  if (filter.segment?.value === '') delete filter.segment;
  if (period === undefined || period === 'custom') return filter;
  return { ...filter, since: new Date(now - periods[period].ms).toISOString() };
}
