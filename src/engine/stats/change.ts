/**
 * Did the mean change at some day? However often one looks: the evidence is an e-process, so over all looks together a stable mean is called
 * changed with probability at most `level`. Only sums are needed.
 *
 * For values in [0, 1] with mean m given the past, `E[exp(λ y)] ≤ 1 − m + m e^λ` (convexity), so the likelihood ratio of coins
 * `q^S (1−q)^(n−S) / (m^S (1−m)^(n−S))` with S the sum of n values is a test supermartingale for every q, and so is its mean over q. The first
 * week is not bet on but learnt from: q is spread by the beta density that it leaves behind before a day k, and by another, chosen from what came
 * before k, from k on. With k itself spread over the days of a year, this is a bet that the mean is another one from some day on. The mean m of "nothing changed" is not known: the smallest value
 * over all m counts, which is at m = S/n. It is an e-process for "the mean is the same on all days, whatever it is", and by Ville's inequality it
 * ever reaches 1/level with probability at most `level`.
 *
 * Sources: J. Ville 1939; I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024 (bets on bounded
 * values); L. Wasserman, A. Ramdas, S. Balakrishnan, "Universal inference", PNAS 117, 2020 (the smallest over the null); J. Shin, A. Ramdas,
 * A. Rinaldo, "E-detectors", 2024 (mixing over when it changed).
 */
import { logBeta } from './gamma.js';

/** The chance of a false warning, over all looks at one version. */
export const changeLevel = 0.05;
/** k is spread over the days of a year after the first week with weights 1/k, whether they have come or not: an early change is soon seen. */
export const changeDays = 366;
const weekDays = 7;
const harmonic = Array.from({ length: changeDays + 1 }, (_, k) => k).reduce<number[]>(
  (sums, k) => [...sums, (sums[k - 1] ?? 0) + (k === 0 ? 0 : 1 / k)],
  [],
);

/** Pseudo-users of the guess that the mean after a change lies near the one before: a standard deviation of 0.13 around 0.8. */
const nearness = 8;

/** Users who are counted on that day and on no other, and the sum of their values. Oldest first, `day` rising. */
export interface DayCount {
  day: number;
  n: number;
  sum: number;
}

export interface Change {
  /** The first day after the change. */
  day: number;
  before: number;
  after: number;
  /** Natural logarithm of the evidence; a warning from `ln(1 / level)` = 3.0 on. */
  logE: number;
}

/** The likeliest change with the evidence that there is one at all, warning or not; `null` where nobody came after the first week. */
export function changeEvidence(days: readonly DayCount[]): Change | null {
  const used = days.filter((each) => each.n > 0);
  const [first] = used;
  if (first === undefined) return null;
  const start = first.day + weekDays;
  const learnt = total(used.filter((each) => each.day < start));
  const bet = used.filter((each) => each.day >= start);
  const all = total(bet);
  const last = bet.at(-1);
  if (last === undefined) return null;
  const terms: number[] = [];
  let best: Omit<Change, 'logE'> | null = null;
  let bestTerm = -Infinity;
  let [n, sum] = [0, 0];
  const old = { a: learnt.sum + 0.5, b: learnt.n - learnt.sum + 0.5 };
  let reached = 0;
  for (const day of bet) {
    const [before, beforeSum] = [learnt.n + n, learnt.sum + sum];
    const guess = (beforeSum + 1) / (before + 2);
    const fresh = { a: Math.max(0.5, nearness * guess), b: Math.max(0.5, nearness * (1 - guess)) };
    const term = mixture(sum, n, old) + mixture(all.sum - sum, all.n - n, fresh);
    // The bets of days on which nobody came begin with the next day that has somebody.
    const k = Math.min(changeDays, day.day - start + 1);
    terms.push(term + Math.log(weightBetween(reached, k)));
    reached = k;
    if (term > bestTerm) {
      bestTerm = term;
      best = { day: day.day, before: clip(beforeSum / before), after: clip((all.sum - sum) / (all.n - n)) };
    }
    n += day.n;
    sum += day.sum;
  }
  // Bets on days that have not come yet are, so far, bets that nothing has changed.
  terms.push(mixture(all.sum, all.n, old) + Math.log(weightBetween(reached, changeDays)));
  const top = Math.max(...terms);
  const evidence = top + Math.log(terms.reduce((rest, each) => rest + Math.exp(each - top), 0));
  return best === null ? null : { ...best, logE: evidence - coin(all.sum, all.n) };
}

/** Weight of the days `from + 1` to `to`; all together weigh 1. */
function weightBetween(from: number, to: number): number {
  return ((harmonic[to] ?? 0) - (harmonic[from] ?? 0)) / (harmonic[changeDays] ?? 1);
}

function total(days: readonly DayCount[]): { n: number; sum: number } {
  return { n: days.reduce((rest, each) => rest + each.n, 0), sum: days.reduce((rest, each) => rest + each.sum, 0) };
}

/** Logarithm of the mean of `q^sum (1−q)^(n−sum)` over q of a beta density. */
function mixture(sum: number, n: number, { a, b }: { a: number; b: number }): number {
  return logBeta(a + sum, b + Math.max(0, n - sum)) - logBeta(a, b);
}

/** Logarithm of the greatest `m^sum (1−m)^(n−sum)`. */
function coin(sum: number, n: number): number {
  const m = clip(sum / n);
  return (m > 0 ? sum * Math.log(m) : 0) + (m < 1 ? (n - sum) * Math.log(1 - m) : 0);
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}
