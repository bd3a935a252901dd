/** Paired comparison of two columns: one difference a case, and what so many cases can show. */
import type { EvalComparison } from '../../shared/evalDocument.js';
import { pairedBootstrap } from '../stats/bootstrap.js';
import { normalQuantile } from '../stats/interval.js';
import { signFlipTest } from '../stats/permutation.js';
import { minimumDetectableEffect } from '../stats/power.js';

export const alpha = 0.05;
/** Five pairs that all say the same have p = 2/32 > 0.05: with fewer than six nothing can be shown. */
export const leastPairs = 6;
/** Variance of a paired difference where hardly any case differs: one case in eleven changes its side. */
const leastVariance = 0.09;
/** What a reader wants to know about at least. */
const wantedEffect = 0.1;

/** A case in one column, its repeats averaged. `pass` is `null` where all of them ended in errors. */
export interface CaseMark {
  pass: number | null;
  score: number | null;
  /** Hash of its variables; `null` where the baseline does not say. */
  vars: string | null;
}

type Marks = ReadonlyMap<string, CaseMark>;

/**
 * Two-sided sign-flip test over cases and a percentile bootstrap interval (where all cases say the same: Agresti and Min's adjusted one, which
 * is never of no width). A case whose variables or assertions changed has another id and is not paired. `null` where there is no pair.
 */
export function comparePairs(now: Marks, before: Marks, known: ReadonlySet<string>): EvalComparison | null {
  const pairs: { id: string; pass: number; score: number | null }[] = [];
  const added: CaseMark[] = [];
  let errored = 0;
  for (const [id, mark] of now) {
    const old = before.get(id);
    if (old === undefined) added.push(mark);
    else if (mark.pass === null || old.pass === null) errored++;
    else pairs.push({ id, pass: mark.pass - old.pass, score: mark.score === null || old.score === null ? null : mark.score - old.score });
  }
  if (pairs.length === 0) return null;
  // Cases that were left out of this run are not gone.
  const gone = [...before].filter(([id]) => !now.has(id) && !known.has(id)).map(([, mark]) => mark);
  const changed = edited(added, gone);
  const differences = pairs.map(({ pass }) => pass);
  const { p } = signFlipTest(differences);
  const estimate = intervalOf(differences);
  const scores = pairs.map(({ score }) => score).filter((score) => score !== null);
  const verdict = p < alpha && estimate.delta !== 0 ? (estimate.delta > 0 ? 'better' : 'worse') : 'no-evidence';
  return {
    ...estimate,
    p,
    verdict,
    regressed: pairs.filter(({ pass }) => pass < 0).map(({ id }) => id),
    fixed: pairs.filter(({ pass }) => pass > 0).map(({ id }) => id),
    pairs: pairs.length,
    score: scores.length < pairs.length ? null : intervalOf(scores),
    unpaired: { changed, added: added.length - changed, gone: gone.length - changed, errored },
    notes: verdict === 'no-evidence' ? [needed(differences)] : [],
  };
}

/** A case that went and one that came with the same variables are one that was edited. */
function edited(added: readonly CaseMark[], gone: readonly CaseMark[]): number {
  const left = new Map<string, number>();
  for (const { vars } of gone) if (vars !== null) left.set(vars, (left.get(vars) ?? 0) + 1);
  let count = 0;
  for (const { vars } of added) {
    const rest = vars === null ? 0 : (left.get(vars) ?? 0);
    if (vars === null || rest === 0) continue;
    left.set(vars, rest - 1);
    count++;
  }
  return count;
}

function intervalOf(differences: readonly number[]): { delta: number; lo: number | null; hi: number | null } {
  const delta = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  if (differences.length < leastPairs) return { delta, lo: null, hi: null };
  const interval = pairedBootstrap(
    differences.map((value) => [value]),
    { level: 1 - alpha },
  );
  if (interval !== null && interval.lo < interval.hi) return { delta, lo: interval.lo, hi: interval.hi };
  return { delta, ...adjusted(differences) };
}

/**
 * A. Agresti and Y. Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in Medicine 24, 2005: Wald's
 * interval after one pair in favour of either side was added.
 */
function adjusted(differences: readonly number[]): { lo: number; hi: number } {
  const n = differences.length + 2;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const squares = differences.reduce((sum, value) => sum + value * value, 2) / n;
  const half = normalQuantile(1 - alpha / 2) * Math.sqrt(Math.max(0, squares - mean * mean) / n);
  const observed = differences[0] ?? 0;
  return { lo: Math.min(observed, Math.max(-1, mean - half)), hi: Math.max(observed, Math.min(1, mean + half)) };
}

/** What it takes: how large a difference so many cases show four times in five, and how many cases show one of 0.1. */
function needed(differences: readonly number[]): string {
  const n = differences.length;
  const few = `${n === 1 ? 'One case is' : `${String(n)} cases are`} on both sides`;
  if (n < leastPairs) return `${few}: with fewer than ${String(leastPairs)} nothing can be shown, whatever they say. Add cases.`;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const detectable = smallestEffect(n, variance);
  const wanted = Math.ceil(n * (detectable / wantedEffect) ** 2);
  const more = wanted > n ? ` For one of ${wantedEffect.toFixed(2)} it takes about ${String(wanted)} cases.` : '';
  return `${few}: they show a difference of about ${Math.min(1, detectable).toFixed(2)} or more.${more}`;
}

/** Smallest difference of the pass rate that `cases` pairs show with a chance of 0.8 in a two-sided test. */
export function smallestEffect(cases: number, variance = leastVariance): number {
  return minimumDetectableEffect({ betweenVar: Math.max(variance, leastVariance), withinVar: 0, repeats: 1, cases, alpha: alpha / 2 });
}

/** Adjusted p-values (S. Holm, "A simple sequentially rejective multiple test procedure", 1979), in the order given. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const result = [...values];
  let highest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (values.length - rank)));
    result[index] = highest;
  }
  return result;
}
