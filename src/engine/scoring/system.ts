/** What the system itself says of a version: rates by count, and latency. */
import type { Estimate, SystemChannel } from '../../shared/documents.js';
import type { IndexColumns } from '../feedback/columns.js';
import { proportion, quantile } from '../stats/interval.js';
import type { VersionGroup } from './groups.js';

/**
 * The error rate is over interactions whose outcome is known: all of them where errors are reported by `system.error`
 * signals, else those with a `system.status`. A failed call that has no interaction of its own counts as one. The retry
 * rate is the share of interactions with at least one retry, over those that report retries, in the same way.
 * Latency quantiles interpolate linearly between order statistics. Unknown is `null`.
 */
export function systemOf(columns: IndexColumns, group: VersionGroup): SystemChannel {
  const { status, retries, latency } = columns.interactions.columns;
  const { interactions, systemSignals } = group;
  return {
    interactions: interactions.length,
    errorRate: rate(columns, interactions, systemSignals.error, (n) => code(status.array[n])),
    retryRate: rate(columns, interactions, systemSignals.retry, (n) => code(retries.array[n])),
    latencyMs: latencies(interactions.map((n) => latency.array[n] ?? -1)),
  };
}

/** -1 unknown, 0 no, 1 yes. */
function code(value = -1): number {
  return Math.min(1, value);
}

function rate(
  columns: IndexColumns,
  interactions: readonly number[],
  signals: readonly number[],
  stateOf: (n: number) => number,
): Estimate | null {
  let alone = 0;
  const named = new Set<number>();
  if (signals.length > 0) {
    const served = new Set(interactions);
    for (const n of signals) {
      const row = columns.feedback.columns.interaction.array[n] ?? -1;
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
  return proportion(hits, known);
}

function latencies(recorded: readonly number[]): SystemChannel['latencyMs'] {
  const sorted = Float64Array.from(recorded.filter((value) => value >= 0)).sort();
  if (sorted.length === 0) return null;
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}
