/** How small an effect a paired comparison can find (Miller 2024, "Adding Error Bars to Evals", arXiv:2411.00640, §5). */

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

/** Inverse of the standard normal distribution, |relative error| < 1.2e-9 (Acklam 2003). */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968) * q + 2.938163982698783) /
      ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    );
  }
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r + 2.506628277459239) * q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
}
