/** What is known before any edit is tried: how good the prompt is, how noisy the model, how small an effect can be found. */
import { EngineError } from '../errors.js';
import type { EvalCase } from '../evaluation/types.js';
import { randomStream } from '../stats/random.js';
import { minimumDetectableEffect } from '../stats/power.js';
import type { Bench, Measurable } from './bench.js';
import { expectedText } from './examplePool.js';
import { overallMean } from './paired.js';
import type { CaseValues, Roles } from './types.js';

export const CEILING = 0.97;
/** Above this a suite cannot certify what a prompt edit usually gives. */
export const MAX_MDE = 0.25;
/** With fewer held-out clusters not even a win on every one of them is evidence enough. */
export const MIN_CLUSTERS = 8;
const AA_CASES = 20;
const AA_LEAST = 12;
/** Share of the budget that may go into finding out that there is nothing to gain. */
const FIRST_LOOK = 0.09;
const MAX_REPEATS = 3;
/** Variance of a paired difference where nothing is known yet: half of all cases change their side in the middle of the scale. */
const UNKNOWN_VARIANCE = 0.25;
const LEAST_VARIANCE = 0.09;

export interface GatePlan {
  cases: EvalCase[];
  repeats: number;
  /** Calls: both prompts, each case, each replicate. */
  calls: number;
}

/** Held-out cases and replicates that fit into about half of the budget: replicates give way first, then cases (in a stable order). */
export function planGate(roles: Roles, budget: number, deterministic: boolean, salt: string): GatePlan {
  const ordered = randomStream(1, `held-out ${salt}`).shuffle(roles.heldOut);
  const room = Math.floor(budget * 0.55);
  for (let repeats = deterministic ? 1 : MAX_REPEATS; repeats > 1; repeats--) {
    if (2 * ordered.length * repeats <= room) return { cases: ordered, repeats, calls: 2 * ordered.length * repeats };
  }
  const cases = ordered.slice(0, Math.floor(room / 2));
  return { cases, repeats: 1, calls: 2 * cases.length };
}

export function clusterCount(roles: Roles, cases: readonly EvalCase[]): number {
  return new Set(cases.map((item) => roles.cluster.get(item.id) ?? item.id)).size;
}

/** Development cases in a seeded order in which every expected answer comes up evenly, so that each block is a fair sample. */
export function orderDev(cases: readonly EvalCase[], seed: number, limit: number): EvalCase[] {
  const groups = new Map<string, EvalCase[]>();
  for (const item of randomStream(seed, 'development').shuffle(cases)) {
    const key = expectedText(item) ?? '';
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  const result: EvalCase[] = [];
  for (let i = 0; result.length < cases.length; i++)
    for (const group of groups.values()) if (group[i] !== undefined) result.push(...group.slice(i, i + 1));
  return result.slice(0, limit);
}

/** A candidate that runs on all of them costs a sixteenth of the search. */
export function devLimit(searchCalls: number): number {
  return Math.max(16, Math.floor(searchCalls / 16));
}

export interface Preflight {
  base: CaseValues;
  mean: number;
  faults: number;
  ceiling: boolean;
  /** The model gave the same value twice on every case. */
  deterministic: boolean;
  betweenVar: number;
  withinVar: number;
}

/** Spends less than a tenth of the budget where the prompt is already at the ceiling. */
export async function preflight(
  bench: Bench,
  parent: Measurable,
  dev: readonly EvalCase[],
  knownDeterministic: boolean,
): Promise<Preflight> {
  const calls = Math.max(8, Math.floor(bench.budget * FIRST_LOOK));
  // A model that may answer differently is asked twice: how much it does decides on the gate's replicates.
  const twice = knownDeterministic ? [] : dev.slice(0, Math.min(AA_CASES, Math.floor(calls / 2)));
  const pairs = twice.length === 0 ? new Map<string, (number | null)[]>() : await bench.values(parent, twice, 2);
  const first = dev.slice(0, Math.max(twice.length, calls - twice.length));
  const look = await measure(bench, parent, first);
  if (look.cases === 0 || look.faults > look.cases) throw faulty(bench, look.faults, first.length);
  const noise = { withinVar: within(pairs), deterministic: knownDeterministic || repeatsItself(pairs) };
  if (look.mean >= CEILING) return result(look, true, noise);
  const full = await measure(bench, parent, dev);
  return result(full, full.mean >= CEILING, noise);
}

type Look = Awaited<ReturnType<typeof measure>>;

function result(look: Look, ceiling: boolean, noise: Pick<Preflight, 'withinVar' | 'deterministic'>): Preflight {
  return {
    base: look.values,
    mean: look.mean,
    faults: look.faults,
    ceiling,
    betweenVar: Math.max(LEAST_VARIANCE, look.variance),
    ...noise,
  };
}

async function measure(bench: Bench, parent: Measurable, cases: readonly EvalCase[]) {
  const values = await bench.values(parent, cases, 1);
  return {
    values,
    ...overallMean(
      values,
      cases.map((item) => item.id),
    ),
  };
}

/** The same value twice everywhere. Where all values are alike (a prompt that always fails) that says nothing about the model. */
function repeatsItself(pairs: CaseValues): boolean {
  const lists = [...pairs.values()];
  const values = lists.flat().filter((value) => value !== null);
  return lists.length >= AA_LEAST && new Set(values).size > 1 && lists.every(([a, b]) => a === b && a !== null);
}

/** Mean variance within a case from two replicates: half of the squared difference. */
function within(values: CaseValues): number {
  const squares = [...values.values()].flatMap(([a, b]) =>
    a === null || a === undefined || b === null || b === undefined ? [] : [(a - b) ** 2 / 2],
  );
  return squares.reduce((total, value) => total + value, 0) / (squares.length || 1);
}

function faulty(bench: Bench, faults: number, cases: number): EngineError {
  const why = bench.lastFault === null ? '' : ` The last fault: ${bench.lastFault.message}`;
  return new EngineError(
    'MODEL_FAILED',
    `${String(faults)} of ${String(cases)} cases ended in a fault, so nothing can be compared.${why} Run "ratchet doctor" to see what the model needs.`,
    {
      faults,
      cases,
      ...(bench.lastFault === null ? {} : { code: bench.lastFault.code }),
    },
  );
}

/** Smallest detectable effect of a gate plan; before any call, with the variance of a coin. */
export function mdeOf(plan: GatePlan, alpha: number, known: Preflight | null): number | null {
  if (plan.cases.length === 0) return null;
  return minimumDetectableEffect({
    betweenVar: known?.betweenVar ?? UNKNOWN_VARIANCE,
    withinVar: known?.withinVar ?? 0,
    repeats: plan.repeats,
    cases: plan.cases.length,
    alpha,
  });
}

/** Held-out cases that would make the smallest detectable effect `MAX_MDE`. */
export function casesNeeded(mde: number, cases: number): number {
  return Math.ceil(cases * (mde / MAX_MDE) ** 2);
}
