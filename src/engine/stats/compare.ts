/** Two independent means of values in [0, 1], each with an (effective) sample size. */
import { defaultLevel, normalCdf, wilson } from './interval.js';

export interface Sample {
  mean: number;
  nEff: number;
}

/**
 * Interval of the difference `a − b`, made of the two Wilson intervals.
 * Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10.
 */
export function newcombe(a: Sample, b: Sample, level = defaultLevel): { delta: number; lo: number; hi: number } {
  const [x, y] = [wilson(a.mean, a.nEff, level), wilson(b.mean, b.nEff, level)];
  const delta = a.mean - b.mean;
  return {
    delta,
    lo: delta - Math.hypot(a.mean - x.lo, y.hi - b.mean),
    hi: delta + Math.hypot(x.hi - a.mean, b.mean - y.lo),
  };
}

/**
 * One-sided p of "a is not lower than b": the score test with the pooled mean m and Yates's correction,
 * `z = (a − b + (1/n_a + 1/n_b)/2) / √(m (1 − m) (1/n_a + 1/n_b))`. For values in [0, 1] that are not only 0 and 1 it is conservative, because
 * Var(y) ≤ m (1 − m). The pooled mean takes in one unit more, half good, so that a few units that all agree are no certainty.
 */
export function lowerThan(a: Sample, b: Sample): number {
  const pooled = (a.mean * a.nEff + b.mean * b.nEff + 0.5) / (a.nEff + b.nEff + 1);
  const both = 1 / a.nEff + 1 / b.nEff;
  return normalCdf((a.mean - b.mean + both / 2) / Math.sqrt(pooled * (1 - pooled) * both));
}

/**
 * Adjusted p-values by Holm: the chance that any of the hypotheses which hold is called false is at most the level, whatever the tests have to
 * do with one another. In the order given. Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6, 1979.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] ?? 1) - (values[j] ?? 1) || i - j);
  const adjusted = new Array<number>(values.length).fill(1);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (values.length - rank) * (values[index] ?? 1)));
    adjusted[index] = running;
  });
  return adjusted;
}
