/**
 * The one place where numbers of a score are rounded: 6 decimals for what lies in [-1, 1], 4 for effective sizes and evidence, 3 for ms.
 * A database adds up in an order of its own, so the last digits of a sum differ between back ends and between runs; what is printed,
 * and what a status is decided by, must not.
 */

/** The end of a tie, such as 1/128 at six decimals, must not depend on the last bit either: halves go up, and what is within 1e-6 of one. */
function round(value: number, scale: number): number {
  const rounded = Math.floor(value * scale + 0.5 + 1e-6) / scale;
  // -0 would be printed as 0 and compared as another value.
  return rounded === 0 ? 0 : rounded;
}

/** Means, ends of intervals, differences, shares. */
export function unit6(value: number): number {
  return round(value, 1e6);
}

/** Never 0: what is smaller than a millionth is said as one. */
export function pValue(value: number): number {
  return Math.max(1e-6, unit6(value));
}

/** Effective sample sizes, logarithms of evidence. */
export function size4(value: number): number {
  return round(value, 1e4);
}

export function ms3(value: number): number {
  return round(value, 1e3);
}
