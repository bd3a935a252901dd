/** Paired comparison of two sets of case values. Cases that ended in a fault on either side are left out on both. */
import type { CaseValues } from './types.js';

export interface PairedStats {
  cases: number;
  /** Mean of (a - b). */
  delta: number;
  /** Standard error of the mean, never 0: a few equal pairs do not prove that two prompts are equal. */
  se: number;
}

/** Mean over the replicates that were answered; `null` where none was. */
export function meanOf(values: readonly (number | null)[] | undefined): number | null {
  const known = (values ?? []).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length;
}

/** Differences a - b by case id, in the order of `ids`. */
export function differences(a: CaseValues, b: CaseValues, ids: readonly string[]): { id: string; d: number }[] {
  return ids.flatMap((id) => {
    const left = meanOf(a.get(id));
    const right = meanOf(b.get(id));
    return left === null || right === null ? [] : [{ id, d: left - right }];
  });
}

export function paired(a: CaseValues, b: CaseValues, ids: readonly string[]): PairedStats {
  const all = differences(a, b, ids);
  const n = all.length;
  if (n === 0) return { cases: 0, delta: 0, se: 1 };
  const delta = all.reduce((total, { d }) => total + d, 0) / n;
  // A quarter of a squared unit is added, as if one more half-discordant pair had been seen.
  const spread = all.reduce((total, { d }) => total + (d - delta) ** 2, 0) + 0.25;
  return { cases: n, delta, se: Math.sqrt(spread / n / n) };
}

export function overallMean(values: CaseValues, ids: readonly string[]): { mean: number; variance: number; cases: number; faults: number } {
  const means = ids.map((id) => meanOf(values.get(id)));
  const known = means.filter((mean) => mean !== null);
  const mean = known.reduce((total, value) => total + value, 0) / (known.length || 1);
  const variance = known.reduce((total, value) => total + (value - mean) ** 2, 0) / (known.length || 1);
  return { mean, variance, cases: known.length, faults: means.length - known.length };
}
