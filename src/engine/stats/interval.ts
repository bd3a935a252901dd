/** Intervals for proportions and other means of values in [0, 1], with weights. Pure functions. */
import type { Estimate } from '../../shared/documents.js';

/** Confidence level of every interval that the product shows. */
export const defaultLevel = 0.95;

/**
 * Standard normal distribution function by Marsaglia's series, exact to double precision for |x| < 7.
 * Source: G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004.
 */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let sum = x;
  let term = x;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.9189385332046727);
}

/**
 * Quantile of the standard normal distribution, `0 < p < 1`; ±Infinity at the ends.
 * Rational approximation of Abramowitz & Stegun 26.2.23 (error < 4.5e-4) as the start, then Newton steps on `normalCdf`.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return -Infinity;
  if (!(p < 1)) return Infinity;
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const start = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  let x = p < 0.5 ? -start : start;
  for (let step = 0; step < 4; step++) {
    const density = Math.exp(-0.5 * x * x) / 2.5066282746310002;
    x -= (normalCdf(x) - p) / density;
  }
  return x;
}

const zDefault = normalQuantile(0.5 + defaultLevel / 2);

/**
 * Wilson's score interval for a mean in [0, 1] and an (effective, hence perhaps fractional) sample size `n` > 0:
 * `centre = (m + z²/2n) / (1 + z²/n)`, `half = z / (1 + z²/n) · √(m(1−m)/n + z²/4n²)`.
 * For values in [0, 1] that are not only 0 and 1 it is conservative, because Var(y) ≤ m(1−m).
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.
 */
export function wilson(mean: number, n: number, level = defaultLevel): Estimate {
  const z = level === defaultLevel ? zDefault : normalQuantile(0.5 + level / 2);
  const scale = 1 + (z * z) / n;
  const centre = (mean + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((Math.max(0, mean * (1 - mean)) + (z * z) / (4 * n)) / n);
  // At a mean of 0 or 1 the end is exact; rounding must not put it beside the mean.
  return {
    mean,
    lo: mean <= 0 ? 0 : Math.max(0, centre - half),
    hi: mean >= 1 ? 1 : Math.min(1, centre + half),
  };
}

/** Wilson's interval of `count` in `n`; `null` where there is nothing to count. */
export function proportion(count: number, n: number, level = defaultLevel): Estimate | null {
  return n > 0 ? wilson(count / n, n, level) : null;
}

/**
 * Sum whose rounding error does not grow with the number of terms, so that the order in which records arrived cannot
 * be seen in the result. Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
 */
export class ExactSum {
  private sum = 0;
  private lost = 0;

  add(value: number): void {
    const next = this.sum + value;
    this.lost += Math.abs(this.sum) >= Math.abs(value) ? this.sum - next + value : value - next + this.sum;
    this.sum = next;
  }

  get value(): number {
    return this.sum + this.lost;
  }
}

/**
 * Weighted mean with Kish's effective sample size, `nEff = (Σw)² / Σw²`: the number of equally weighted units that would
 * carry as much information. It does not change when all weights are multiplied. `null` for no unit of positive weight.
 * Source: L. Kish, "Survey Sampling", 1965, §11.7.
 */
export class WeightedMean {
  private readonly weights = new ExactSum();
  private readonly squares = new ExactSum();
  private readonly values = new ExactSum();

  add(value: number, weight: number): void {
    this.weights.add(weight);
    this.squares.add(weight * weight);
    this.values.add(weight * value);
  }

  get result(): { mean: number; nEff: number } | null {
    const total = this.weights.value;
    if (!(total > 0)) return null;
    const mean = Math.min(1, Math.max(0, this.values.value / total));
    return { mean, nEff: (total * total) / this.squares.value };
  }
}

/**
 * Quantile of sorted values by linear interpolation between order statistics (type 7 of R. J. Hyndman and Y. Fan,
 * "Sample Quantiles in Statistical Packages", 1996; the default of R and NumPy). `sorted` must not be empty.
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (at - below);
}
