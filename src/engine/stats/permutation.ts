/**
 * Paired tests without a distribution assumption. Under "no effect" each paired difference is as likely to be +d as -d,
 * so the observed sum is compared with the sums under random signs (Fisher 1935; Good, Permutation Tests, 2000).
 */
import { randomStream } from './random.js';

export interface TestResult {
  /** In (0, 1]; never 0. */
  p: number;
  /** False where the p-value comes from random sign flips. */
  exact: boolean;
}

export interface SignFlipOptions {
  seed?: number;
  /** `greater`: is the sum over 0? `two`: does it differ from 0? Default `two`. */
  sides?: 'greater' | 'two';
  /** Up to this many non-zero differences all 2^n sign patterns are enumerated. */
  exactLimit?: number;
  flips?: number;
}

/**
 * Paired sign-flip permutation test. One entry per independent unit (a cluster's sum where cases hang together).
 * Random flips use (1 + hits) / (1 + flips), which keeps the test valid (Phipson & Smyth 2010).
 * No non-zero difference gives p = 1. Throws RangeError on a value that is not finite.
 */
export function signFlipTest(differences: readonly number[], options: SignFlipOptions = {}): TestResult {
  const { seed = 1, sides = 'two', exactLimit = 20, flips = 10_000 } = options;
  const values = differences.filter((d) => d !== 0);
  if (values.some((d) => !Number.isFinite(d))) throw new RangeError('differences must be finite numbers');
  if (values.length === 0) return { p: 1, exact: true };
  const observed = sum(values);
  // Sums of the same numbers in another order differ in the last bits; a tie must count as a hit.
  const slack = 1e-9 * sum(values.map(Math.abs));
  const hit =
    sides === 'two' ? (total: number) => Math.abs(total) >= Math.abs(observed) - slack : (total: number) => total >= observed - slack;
  if (values.length <= exactLimit) return { p: enumerate(values, hit), exact: true };
  return { p: sample(values, hit, seed, flips), exact: false };
}

/** Walks all sign patterns in Gray-code order: one sign changes per step. */
function enumerate(values: readonly number[], hit: (total: number) => boolean): number {
  const patterns = 2 ** values.length;
  const signs = values.map(() => 1);
  let total = sum(values);
  let hits = hit(total) ? 1 : 0;
  for (let k = 1; k < patterns; k++) {
    const i = 31 - Math.clz32(k & -k);
    const sign = signs[i] ?? 1;
    total -= 2 * sign * (values[i] ?? 0);
    signs[i] = -sign;
    if (hit(total)) hits += 1;
  }
  return hits / patterns;
}

function sample(values: readonly number[], hit: (total: number) => boolean, seed: number, flips: number): number {
  const random = randomStream(seed, 'sign-flip');
  let hits = 0;
  let draw = 0;
  for (let k = 0; k < flips; k++) {
    let total = 0;
    let bits = 0;
    values.forEach((value, i) => {
      if (i % 24 === 0) bits = random.int(draw++, 16_777_216);
      total += (bits & 1) === 1 ? value : -value;
      bits >>>= 1;
    });
    if (hit(total)) hits += 1;
  }
  return (1 + hits) / (1 + flips);
}

/**
 * Exact McNemar test of `wins` against `losses` (discordant pairs), with the mid-p correction: half the probability of the
 * observed table. Plain exact p-values are far under their nominal size in small samples (Fagerland et al. 2013).
 */
export function mcNemarMidP(wins: number, losses: number, sides: 'greater' | 'two' = 'greater'): number {
  const n = wins + losses;
  if (n === 0) return 1;
  const upper = midTail(n, wins);
  if (sides === 'greater') return upper;
  return Math.min(1, 2 * Math.min(upper, midTail(n, losses)));
}

/** P(X > k) + P(X = k) / 2 for X ~ Binomial(n, 1/2). */
function midTail(n: number, k: number): number {
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let x = 0; x <= n; x++) {
    if (x > k) tail += Math.exp(logTerm);
    else if (x === k) tail += Math.exp(logTerm) / 2;
    logTerm += Math.log(n - x) - Math.log(x + 1);
  }
  return Math.min(1, tail);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
