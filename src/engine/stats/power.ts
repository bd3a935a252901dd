/** How small an effect a paired comparison can find (Miller 2024, "Adding Error Bars to Evals", arXiv:2411.00640, §5). */
import { normalQuantile } from './interval.js';

/**
 * Smallest true mean difference that a one-sided paired test at `alpha` finds with probability `power`:
 * (z_{1-alpha} + z_{power}) · sqrt((betweenVar + 2·withinVar/r) / n). 2.49 for alpha 0.05 and power 0.8.
 */
export function minimumDetectableEffect(input: {
  /** Variance between cases of the paired difference's case part. */
  betweenVar: number;
  /** Variance of one replicate within a case. */
  withinVar: number;
  repeats: number;
  cases: number;
  alpha: number;
  power?: number;
}): number {
  const { betweenVar, withinVar, repeats, cases, alpha, power = 0.8 } = input;
  if (cases <= 0) return Infinity;
  return (normalQuantile(1 - alpha) + normalQuantile(power)) * Math.sqrt((betweenVar + (2 * withinVar) / repeats) / cases);
}
