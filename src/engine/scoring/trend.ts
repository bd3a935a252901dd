/** Quality by day, and this week against the one before. */
import type { TrendPoint, VersionScore } from '../../shared/documents.js';
import type { DaySums, WeekSums } from '../feedback/backend.js';
import { toIso } from '../feedback/time.js';
import { changeEvidence, changeLevel } from '../stats/change.js';
import { newcombe } from '../stats/compare.js';
import { wilson } from '../stats/interval.js';
import { size4, unit6 } from './rounding.js';
import { dayMs, roundEstimate } from './values.js';

export const trendDays = 28;

/**
 * UTC days up to that of `asOf`, at most 28, oldest first, from the first that has anybody in it; the last ends at `asOf`, and is left out
 * where it has no length yet. A day without anybody has `null`. Users of a day count alike: a day is short against the half-life.
 */
export function trendOf(days: readonly DaySums[], asOf: number): TrendPoint[] {
  const byDay = new Map(days.filter((each) => each.day < trendDays).map((each) => [each.day, each]));
  const oldest = Math.max(-1, ...byDay.keys());
  const today = Math.floor(asOf / dayMs) * dayMs;
  const newest = asOf === today && !byDay.has(0) ? 1 : 0;
  return Array.from({ length: Math.max(0, oldest + 1 - newest) }, (_, index) => {
    const day = oldest - index;
    const from = today - day * dayMs;
    const sums = byDay.get(day);
    const span = { from: toIso(from), to: toIso(Math.min(asOf, from + dayMs)) };
    if (sums === undefined || sums.users === 0) return { ...span, mean: null, lo: null, hi: null, users: 0 };
    return { ...span, ...roundEstimate(wilson(clip(sums.sum / sums.users), sums.users)), users: sums.users };
  });
}

const minWeekUsers = 10;
/**
 * Mean of the users of the last seven days less that of the seven days before, with Newcombe's interval for a difference made of two of Wilson's
 * (R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10). Who
 * rated in both weeks is in both means, which makes the interval wider than it has to be, never narrower. `null` under ten users in a week.
 */
export function weekOf(weeks: WeekSums | undefined): NonNullable<VersionScore['week']> | null {
  if (weeks === undefined || weeks.last.users < minWeekUsers || weeks.before.users < minWeekUsers) return null;
  const { last, before } = weeks;
  const { delta, lo, hi } = newcombe(
    { mean: clip(last.sum / last.users), nEff: last.users },
    { mean: clip(before.sum / before.users), nEff: before.users },
  );
  return { delta: unit6(delta), lo: unit6(lo), hi: unit6(hi), users: last.users, usersBefore: before.users };
}

/**
 * A warning that the quality of new raters changed at some day, once the evidence is strong enough for any number of looks (`stats/change.ts`). Each
 * unit counts on its first day only: who comes back would bring the same opinion again, and days would not be independent. `days`: of the last year;
 * what is older is forgotten, and the first week of what is left is learnt from.
 */
export function changeOf(days: readonly DaySums[], asOf: number): NonNullable<VersionScore['change']> | null {
  const today = Math.floor(asOf / dayMs);
  const counts = days
    .map(({ day, firstUsers, firstSum }) => ({ day: today - day, n: firstUsers, sum: firstSum }))
    .sort((a, b) => a.day - b.day);
  const found = changeEvidence(counts);
  if (found === null) return null;
  const logE = size4(found.logE);
  if (logE < -Math.log(changeLevel)) return null;
  return {
    since: toIso(found.day * dayMs),
    direction: found.after < found.before ? 'down' : 'up',
    before: unit6(found.before),
    after: unit6(found.after),
    logE,
    level: changeLevel,
  };
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}
