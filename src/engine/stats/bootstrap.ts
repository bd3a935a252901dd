/** Percentile bootstrap of a mean paired difference, resampling whole clusters (Efron & Tibshirani 1993, ch. 13; Davison & Hinkley 1997, §3.8). */
import { quantile } from './interval.js';
import { randomStream } from './random.js';

/** Mean over all differences, drawing clusters with replacement. `level` is two-sided. No cluster gives `null`. */
export function pairedBootstrap(
  clusters: readonly (readonly number[])[],
  options: { seed?: number; level?: number; resamples?: number } = {},
): { mean: number; lo: number; hi: number } | null {
  const { seed = 1, level = 0.9, resamples = 10_000 } = options;
  const units = clusters
    .filter((cluster) => cluster.length > 0)
    .map((cluster) => ({ sum: cluster.reduce((a, b) => a + b, 0), size: cluster.length }));
  if (units.length === 0) return null;
  const mean = units.reduce((a, unit) => a + unit.sum, 0) / units.reduce((a, unit) => a + unit.size, 0);
  const random = randomStream(seed, 'bootstrap');
  const means = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    let total = 0;
    let size = 0;
    for (let i = 0; i < units.length; i++) {
      const unit = units[random.int(b * units.length + i, units.length)];
      if (unit === undefined) continue;
      total += unit.sum;
      size += unit.size;
    }
    means[b] = total / size;
  }
  means.sort();
  return { mean, lo: quantile(means, (1 - level) / 2), hi: quantile(means, (1 + level) / 2) };
}
