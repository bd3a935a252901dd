/** Sums over units as values with their uncertainty. */
import type { Estimate, ScoreValue } from '../../shared/documents.js';
import type { UnitSums } from '../feedback/backend.js';
import { defaultLevel, proportion, wilson } from '../stats/interval.js';
import { size4, unit6 } from './rounding.js';

export const dayMs = 86_400_000;

export function roundEstimate({ mean, lo, hi }: Estimate): Estimate {
  return { mean: unit6(mean), lo: unit6(lo), hi: unit6(hi) };
}

/**
 * Mean `Σw·y / Σw` and Kish's effective sample size `(Σw)² / Σw²` of a channel; `null` where there is no unit of positive weight.
 * Source: L. Kish, "Survey Sampling", 1965, §11.7.
 */
export function meanOf(sums: UnitSums): { mean: number; nEff: number } | null {
  // Weights of ages of centuries are 0 in double precision.
  if (!(sums.w > 0) || !(sums.w2 > 0)) return null;
  return { mean: Math.min(1, Math.max(0, sums.wy / sums.w)), nEff: (sums.w * sums.w) / sums.w2 };
}

/** With Wilson's interval at the effective size. */
export function scoreOf(sums: UnitSums | undefined): ScoreValue | null {
  const result = sums === undefined ? null : meanOf(sums);
  if (sums === undefined || result === null) return null;
  const { users, events } = sums;
  return { ...roundEstimate(wilson(result.mean, result.nEff)), level: defaultLevel, nEff: size4(result.nEff), users, events };
}

export function shareOf(count: number, n: number): Estimate | null {
  const estimate = proportion(count, n);
  return estimate === null ? null : roundEstimate(estimate);
}
