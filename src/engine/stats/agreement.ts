/** How far two raters agree beyond chance, from the table of their judgements. Pure functions. */
import type { Estimate } from '../../shared/documents.js';
import { normalQuantile, wilson } from './interval.js';

/** `table[i][j]`: how many items the first rater put into category i and the second into j. Square; counts. */
type AgreementTable = readonly (readonly number[])[];

const z = normalQuantile(0.975);

/**
 * Cohen's kappa, `(po − pe) / (1 − pe)` with `pe = Σ p_i· p_·i`, and its 95 % interval; `null` where it is not defined: no items, or both raters
 * always chose the same one category.
 * Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales", 1960; variance of J. L. Fleiss, J. Cohen and B. S. Everitt, "Large Sample
 * Standard Errors of Kappa and Weighted Kappa", 1969.
 */
export function cohenKappa(table: AgreementTable): Estimate | null {
  const shares = sharesOf(table);
  if (shares === null) return null;
  const { p, rows, columns, n } = shares;
  const chance = rows.reduce((sum, row, k) => sum + row * (columns[k] ?? 0), 0);
  return agreement(p, n, chance, (k, l) => (columns[k] ?? 0) + (rows[l] ?? 0));
}

/**
 * Gwet's AC1, `(po − pe) / (1 − pe)` with `pe = Σ π_k (1 − π_k) / (q − 1)`, π_k the mean share of category k, and its 95 % interval. Unlike kappa
 * it does not fall to 0 where nearly all items belong to one category. `null` for no items or fewer than two categories.
 * Source: K. L. Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement", 2008.
 */
export function gwetAc1(table: AgreementTable): Estimate | null {
  const shares = sharesOf(table);
  const q = table.length;
  if (shares === null || q < 2) return null;
  const { p, rows, columns, n } = shares;
  const pi = rows.map((row, k) => (row + (columns[k] ?? 0)) / 2);
  const chance = pi.reduce((sum, share) => sum + share * (1 - share), 0) / (q - 1);
  return agreement(p, n, chance, (k, l) => (1 - (pi[k] ?? 0) - (pi[l] ?? 0)) / (q - 1));
}

/** Table of two raters' judgements of the same items; categories are those that occur, sorted, with `also` added. */
export function agreementTable(pairs: readonly (readonly [string, string])[], also: readonly string[] = []): number[][] {
  const categories = [...new Set([...pairs.flat(), ...also])].sort();
  const place = new Map(categories.map((category, index) => [category, index]));
  const table = categories.map(() => categories.map(() => 0));
  for (const [first, second] of pairs) {
    const row = table[place.get(first) ?? 0];
    const at = place.get(second) ?? 0;
    if (row !== undefined) row[at] = (row[at] ?? 0) + 1;
  }
  return table;
}

function sharesOf(table: AgreementTable): { p: number[][]; rows: number[]; columns: number[]; n: number } | null {
  const n = table.flat().reduce((sum, count) => sum + count, 0);
  if (!(n > 0)) return null;
  const p = table.map((row) => row.map((count) => count / n));
  const rows = p.map((row) => row.reduce((sum, share) => sum + share, 0));
  const columns = p.map((_, k) => p.reduce((sum, row) => sum + (row[k] ?? 0), 0));
  return { p, rows, columns, n };
}

/**
 * The coefficient and its interval. The variance is that of the delta method over the multinomial table, which is Fleiss' for kappa and Gwet's for
 * AC1. It is 0 where all items agree, and too small in small samples; hence the interval also takes in what Wilson's interval of the observed
 * agreement says with chance agreement held fast. The result is conservative.
 */
function agreement(p: readonly number[][], n: number, chance: number, chanceSlope: (k: number, l: number) => number): Estimate | null {
  if (1 - chance < 1e-12) return null;
  const observed = p.reduce((sum, row, k) => sum + (row[k] ?? 0), 0);
  const corrected = (share: number): number => (share - chance) / (1 - chance);
  const mean = corrected(observed);
  let first = 0;
  let second = 0;
  for (const [k, row] of p.entries()) {
    for (const [l, share] of row.entries()) {
      const slope = (k === l ? 1 : 0) / (1 - chance) - (chanceSlope(k, l) * (1 - observed)) / (1 - chance) ** 2;
      first += share * slope;
      second += share * slope * slope;
    }
  }
  const half = z * Math.sqrt(Math.max(0, second - first * first) / n);
  const { lo, hi } = wilson(observed, n);
  return {
    mean,
    lo: Math.max(-1, Math.min(mean - half, corrected(lo))),
    hi: Math.min(1, Math.max(mean + half, corrected(hi))),
  };
}
