/**
 * One user is one unit of evidence: the mean of that user's values in the window, as old as that user's latest event.
 * Who rates often does not count for more. No user: the session stands for one; no session either: the event itself.
 */
import type { ScoreValue } from '../../shared/documents.js';
import type { IndexColumns } from '../feedback/columns.js';
import { defaultLevel, WeightedMean, wilson } from '../stats/interval.js';

export const dayMs = 86_400_000;
/** Half-life of a unit's weight. For display only: a canary test must not decay. */
const halfLifeDays = 14;

interface Unit {
  sum: number;
  /** Rounding error of `sum` so far, so that the order of arrival cannot be seen. */
  lost: number;
  count: number;
  latest: number;
}

/** Number that is the same for the same user, and differs between users, sessions and events. */
export function unitKey(columns: IndexColumns, n: number): number {
  const { user, session, interaction } = columns.feedback.columns;
  const served = interaction.array[n] ?? -1;
  const by = columns.interactions.columns;
  const isServed = served >= 0 && by.live.array[served] === 1;
  const own = user.array[n] ?? -1;
  const who = own >= 0 || !isServed ? own : (by.user.array[served] ?? -1);
  if (who >= 0) return who * 2;
  const ownSession = session.array[n] ?? -1;
  const where = ownSession >= 0 || !isServed ? ownSession : (by.session.array[served] ?? -1);
  return where >= 0 ? where * 2 + 1 : -1 - n;
}

export function unitsOf(columns: IndexColumns, rows: readonly number[]): Map<number, Unit> {
  const units = new Map<number, Unit>();
  const { y } = columns.feedback.columns;
  for (const n of rows) {
    const value = y.array[n] ?? 0;
    const time = columns.timeOf(columns.feedback, n);
    const key = unitKey(columns, n);
    const unit = units.get(key);
    if (unit === undefined) {
      units.set(key, { sum: value, lost: 0, count: 1, latest: time });
      continue;
    }
    const next = unit.sum + value;
    unit.lost += unit.sum >= value ? unit.sum - next + value : value - next + unit.sum;
    unit.sum = next;
    unit.count++;
    if (time > unit.latest) unit.latest = time;
  }
  return units;
}

/**
 * Mean of the units weighted by `2^(-age / 14 d)` with Kish's effective sample size and Wilson's interval at it.
 * `null` where there is no unit.
 */
export function scoreRows(columns: IndexColumns, rows: readonly number[], asOf: number): ScoreValue | null {
  const units = unitsOf(columns, rows);
  const weighted = new WeightedMean();
  for (const unit of units.values()) {
    // A clock that is ahead makes nobody count for more than one.
    const ageDays = Math.max(0, asOf - unit.latest) / dayMs;
    weighted.add(meanOf(unit), 2 ** (-ageDays / halfLifeDays));
  }
  const { result } = weighted;
  if (result === null) return null;
  return { ...wilson(result.mean, result.nEff), level: defaultLevel, nEff: result.nEff, users: units.size, events: rows.length };
}

export function meanOf(unit: Unit): number {
  return Math.min(1, (unit.sum + unit.lost) / unit.count);
}
