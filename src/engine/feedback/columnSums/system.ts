/** What the system itself says of a version: rates by count, and latency. */
import type { Rows } from './rows.js';
import type { SystemSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import type { VersionGroup } from './groups.js';
import type { Known } from './systemLog.js';

/**
 * The error rate is over interactions whose outcome is known: all of them where errors are reported by `system.error`
 * signals, else those with a `system.status`. A failed call that has no interaction of its own counts as one. The retry
 * rate is the share of interactions with at least one retry, over those that report retries, in the same way.
 * Latency quantiles interpolate linearly between order statistics. Unknown is `null`.
 */
export function systemOf(columns: IndexColumns, group: VersionGroup): SystemSums {
  const { status, retries } = columns.interactions.columns;
  const { systemSignals, system } = group;
  const interactions = group.interactions.numbers;
  system.extend(columns, interactions, group.explicit.numbers);
  const errors = reported(columns, interactions, systemSignals.error, status.array) ?? system.errors;
  const retried = reported(columns, interactions, systemSignals.retry, retries.array) ?? system.retries;
  return {
    interactions: interactions.length,
    real: system.real,
    rated: system.rated,
    errors: errors.hits,
    errorsKnown: errors.known,
    retries: retried.hits,
    retriesKnown: retried.known,
    ...system.latencies(),
  };
}

/** How often something happened to the interactions, by signals and by their own word; `null` where no signal reports it. */
function reported(columns: IndexColumns, interactions: Int32Array, signals: Rows, states: ArrayLike<number>): Known | null {
  if (signals.length === 0) return null;
  const served = new Set(interactions);
  const named = new Set<number>();
  let alone = 0;
  for (const n of signals.numbers) {
    const row = columns.feedback.columns.row.array[n] ?? -1;
    if (served.has(row)) named.add(row);
    else if (row < 0 && interactions.length > 0) alone++;
  }
  let hits = alone;
  for (const n of interactions) if ((states[n] ?? -1) > 0 || named.has(n)) hits++;
  return { hits, known: alone + interactions.length };
}
