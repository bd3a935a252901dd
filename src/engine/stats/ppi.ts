/**
 * Prediction-powered inference: a few labels Y by experts, drawn at random, and a proxy f (a judge, a signal) that is there for many more.
 * The proxy alone may be as wrong as it likes; what it adds is only that part of Y's variance which it explains.
 * Source: A. N. Angelopoulos, J. C. Duchi, T. Zrnic, "PPI++: Efficient Prediction-Powered Inference", arXiv:2311.01453.
 */
import { defaultLevel } from './interval.js';
import { studentQuantile } from './student.js';

export interface PpiSums {
  /** Labelled: number and sums of Y, Y², f, f², Y·f. */
  n: number;
  y: number;
  y2: number;
  f: number;
  f2: number;
  yf: number;
  /** Unlabelled: number and sums of f, f². */
  N: number;
  fN: number;
  fN2: number;
}

export interface PpiEstimate {
  mean: number;
  lo: number;
  hi: number;
  se: number;
  /** How far the proxy is trusted, in [0, 1]; 0 leaves the labels alone. */
  lambda: number;
  /** Labels that would give the same standard error without a proxy. */
  nEff: number;
}

/** Under this many labels the interval covers less than it says (measured: 90 % at 20). */
export const minPpiLabels = 50;

/**
 * `λ = clip(Cov(Y, f) / ((1 + n/N) Var f), 0, 1)`, `θ = Ȳ + λ (f̄_N − f̄_n)`, `se² = Var(Y − λf)/n + λ² Var(f)/N`, interval `θ ± t_{n−1} se`,
 * cut to [0, 1]. Variances have n − 1. `null` for fewer than two labels, no unlabelled, or no variance at all.
 */
export function ppiMean(sums: PpiSums, level = defaultLevel): PpiEstimate | null {
  const { n, N } = sums;
  if (n < 2 || N < 2) return null;
  const [meanY, meanF, meanN] = [sums.y / n, sums.f / n, sums.fN / N];
  const varY = variance(sums.y2, meanY, n);
  const varF = variance(sums.f2, meanF, n);
  const varN = variance(sums.fN2, meanN, N);
  const covariance = (sums.yf - n * meanY * meanF) / (n - 1);
  const all = n + N;
  const pooled = variance(sums.f2 + sums.fN2, (sums.f + sums.fN) / all, all);
  const lambda = pooled > 0 ? Math.min(1, Math.max(0, covariance / ((1 + n / N) * pooled))) : 0;
  const rest = Math.max(0, varY - 2 * lambda * covariance + lambda * lambda * varF);
  const se = Math.sqrt(rest / n + (lambda * lambda * varN) / N);
  if (!(se > 1e-9)) return null;
  const mean = Math.min(1, Math.max(0, meanY + lambda * (meanN - meanF)));
  const half = studentQuantile(0.5 + level / 2, n - 1) * se;
  return { mean, lo: Math.max(0, mean - half), hi: Math.min(1, mean + half), se, lambda, nEff: varY / (se * se) };
}

function variance(squares: number, mean: number, n: number): number {
  return Math.max(0, (squares - n * mean * mean) / (n - 1));
}
