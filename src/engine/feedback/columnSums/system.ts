/** What the system itself says of a version: rates by count, and latency. */
import { quantile } from '../../stats/interval.js';
import type { Rows } from './rows.js';
import type { SystemSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import type { VersionGroup } from './groups.js';

/**
 * The error rate is over interactions whose outcome is known: all of them where errors are reported by `system.error`
 * signals, else those with a `system.status`. A failed call that has no interaction of its own counts as one. The retry
 * rate is the share of interactions with at least one retry, over those that report retries, in the same way.
 * Latency quantiles interpolate linearly between order statistics. Unknown is `null`.
 */
export function systemOf(columns: IndexColumns, group: VersionGroup): SystemSums {
  const { status, retries, latency, implied } = columns.interactions.columns;
  const { systemSignals } = group;
  const interactions = group.interactions.numbers;
  let real = 0;
  for (const n of interactions) if (implied.array[n] === 0) real++;
  const errors = rate(columns, interactions, systemSignals.error, (n) => code(status.array[n]));
  const retried = rate(columns, interactions, systemSignals.retry, (n) => code(retries.array[n]));
  return {
    interactions: interactions.length,
    real,
    rated: ratedOf(columns, group),
    errors: errors.hits,
    errorsKnown: errors.known,
    retries: retried.hits,
    retriesKnown: retried.known,
    ...latencies(interactions, latency.array),
  };
}

/** Interactions of the group with an explicit y. */
function ratedOf(columns: IndexColumns, group: VersionGroup): number {
  // 1: served, 2: rated too. A mark a row is quicker than a set.
  const marks = new Uint8Array(columns.interactions.length);
  for (const n of group.interactions.numbers) marks[n] = 1;
  let rated = 0;
  for (const n of group.explicit.numbers) {
    const row = columns.feedback.columns.row.array[n] ?? -1;
    if (row < 0 || marks[row] !== 1) continue;
    marks[row] = 2;
    rated++;
  }
  return rated;
}

/** -1 unknown, 0 no, 1 yes. */
function code(value = -1): number {
  return Math.min(1, value);
}

function rate(
  columns: IndexColumns,
  interactions: Int32Array,
  signals: Rows,
  stateOf: (n: number) => number,
): { hits: number; known: number } {
  let alone = 0;
  const named = new Set<number>();
  if (signals.length > 0) {
    const served = new Set(interactions);
    for (const n of signals.numbers) {
      const row = columns.feedback.columns.row.array[n] ?? -1;
      if (served.has(row)) named.add(row);
      else if (row < 0) alone++;
    }
  }
  let hits = interactions.length > 0 ? alone : 0;
  let known = hits;
  for (const n of interactions) {
    const state = stateOf(n);
    if (state < 0 && signals.length === 0) continue;
    known++;
    if (state === 1 || named.has(n)) hits++;
  }
  return { hits, known };
}

function latencies(rows: Int32Array, recorded: Float64Array): Pick<SystemSums, 'latencyP50' | 'latencyP95'> {
  const known = new Float64Array(rows.length);
  let count = 0;
  for (const n of rows) {
    const value = recorded[n] ?? -1;
    if (value >= 0) known[count++] = value;
  }
  if (count === 0) return { latencyP50: null, latencyP95: null };
  const sorted = known.subarray(0, count).sort();
  return { latencyP50: quantile(sorted, 0.5), latencyP95: quantile(sorted, 0.95) };
}
