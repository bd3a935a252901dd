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
  const errors = new Rate(columns, interactions, systemSignals.error);
  const retried = new Rate(columns, interactions, systemSignals.retry);
  let real = 0;
  for (const n of interactions) {
    if (implied.array[n] === 0) real++;
    errors.add(n, status.array[n] ?? -1);
    retried.add(n, retries.array[n] ?? -1);
  }
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

/** How often something happened to the interactions, by their own word or by signals. */
class Rate {
  hits = 0;
  known = 0;
  private readonly isReported: boolean;
  private readonly named = new Set<number>();

  constructor(columns: IndexColumns, interactions: Int32Array, signals: Rows) {
    this.isReported = signals.length > 0;
    if (!this.isReported) return;
    const served = new Set(interactions);
    for (const n of signals.numbers) {
      const row = columns.feedback.columns.row.array[n] ?? -1;
      if (served.has(row)) this.named.add(row);
      else if (row < 0 && interactions.length > 0) this.hits++;
    }
    this.known = this.hits;
  }

  /** `state`: negative is unknown, 0 no. */
  add(n: number, state: number): void {
    if (state < 0 && !this.isReported) return;
    this.known++;
    if (state > 0 || (this.isReported && this.named.has(n))) this.hits++;
  }
}

function latencies(rows: Int32Array, recorded: Float64Array): Pick<SystemSums, 'latencyP50' | 'latencyP95'> {
  const known = new Float64Array(rows.length);
  let count = 0;
  for (const n of rows) {
    const value = recorded[n] ?? -1;
    if (value >= 0) known[count++] = value;
  }
  if (count === 0) return { latencyP50: null, latencyP95: null };
  const values = known.subarray(0, count);
  return { latencyP50: quantileOf(values, 0.5), latencyP95: quantileOf(values, 0.95) };
}

/** Without sorting them all: only the two order statistics that count are brought to their places. */
function quantileOf(values: Float64Array, p: number): number {
  const below = Math.floor((values.length - 1) * p);
  select(values, below);
  // The next one is the least of those behind it.
  let next = below;
  for (let i = below + 1; i < values.length; i++) if (next === below || (values[i] ?? 0) < (values[next] ?? 0)) next = i;
  const pair = [values[below] ?? 0, values[next] ?? 0];
  return quantile(pair, (values.length - 1) * p - below);
}

/** C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4, 1961, with the median of three as pivot. */
function select(values: Float64Array, k: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const [a, b, c] = [values[low] ?? 0, values[(low + high) >> 1] ?? 0, values[high] ?? 0];
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const swap = values[i] ?? 0;
      values[i] = values[j] ?? 0;
      values[j] = swap;
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}
