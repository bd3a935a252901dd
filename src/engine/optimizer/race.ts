/** Races candidates on the development cases in growing blocks of common cases and drops those that fall behind. */
import type { EvalCase } from '../evaluation/types.js';
import type { Bench, Measurable } from './bench.js';
import { changeSize } from './hunks.js';
import { paired, type PairedStats } from './paired.js';
import type { Candidate, CaseValues } from './types.js';

export interface Raced {
  candidate: Candidate;
  /** Against the parent, on the cases it was measured on. */
  dev: PairedStats | null;
  values: CaseValues;
  outcome: string;
  /** It ran on every development case. */
  finished: boolean;
}

/** First blocks; then half of the cases, then all. */
const SCREENS = [4, 8];
/** After each block: how many go on, and by how many standard errors behind the leader a candidate is given up. */
const AFTER = [
  { keep: 12, slack: 2 },
  { keep: 8, slack: 1.5 },
  { keep: 4, slack: 1 },
];

/**
 * Successive halving with early drops: worse than the parent, clearly behind the leader, or not among the best few. Ties with
 * the parent pass the screens. Deterministic for given values.
 */
export async function race(
  bench: Bench,
  parent: Measurable,
  candidates: readonly Candidate[],
  cases: readonly EvalCase[],
  onStep: (message: string) => void,
): Promise<Raced[]> {
  const entries: Raced[] = candidates.map((candidate) => ({ candidate, dev: null, values: new Map(), outcome: '', finished: false }));
  const sizes = blockSizes(cases.length);
  let running = entries;
  for (const [step, size] of sizes.entries()) {
    const block = cases.slice(0, size);
    const ids = block.map((item) => item.id);
    const base = await bench.values(parent, block, 1);
    const measured: Raced[] = [];
    for (const entry of running) {
      if (!bench.canSpend(size - entry.values.size)) {
        entry.outcome =
          entry.dev === null ? 'not tried: the budget ended before it' : `the budget ended after ${String(entry.dev.cases)} cases`;
        continue;
      }
      onStep(`${entry.candidate.summary} (${String(size)} cases)`);
      entry.values = await bench.values({ ...entry.candidate, version: 'candidate' }, block, 1);
      entry.dev = paired(entry.values, base, ids);
      measured.push(entry);
    }
    const last = step === sizes.length - 1;
    for (const entry of measured) entry.finished = last;
    running = last ? measured : survivors(measured, ids, step);
    if (!last && size > Math.max(...SCREENS) && running.every((entry) => (entry.dev?.delta ?? 0) <= 0)) {
      for (const entry of running) entry.outcome = `no better after ${String(size)} cases`;
      return entries;
    }
  }
  for (const entry of running)
    entry.outcome = isBetter(entry) ? 'better on the development cases' : 'not clearly better on the development cases';
  return entries;
}

/** 4, 8, half, all: what is clearly worse is seen early, where a chatty prompt would cost most. */
export function blockSizes(cases: number): number[] {
  const half = Math.ceil(cases / 2);
  return [...SCREENS.filter((size) => size < half), ...(half < cases ? [half] : []), cases];
}

/**
 * Worth a question to the held-out cases: the gain is at least 1.5 of its standard errors. Each question makes the next one
 * harder, and the best of a dozen is one standard error up by chance alone.
 */
export function isBetter(entry: Raced): boolean {
  return entry.finished && entry.dev !== null && entry.dev.delta >= 1.5 * entry.dev.se;
}

function survivors(measured: readonly Raced[], ids: readonly string[], step: number): Raced[] {
  const ranked = [...measured].sort(byGain);
  const leader = ranked[0];
  const { keep, slack } = AFTER[step] ?? { keep: 4, slack: 1 };
  const kept: Raced[] = [];
  for (const entry of ranked) {
    const dev = entry.dev;
    if (dev === null || leader === undefined) continue;
    const behind = paired(entry.values, leader.values, ids);
    if (dev.delta + (step === 1 ? 0 : dev.se) < 0) entry.outcome = `worse after ${String(dev.cases)} cases`;
    else if (behind.delta + slack * behind.se < 0) entry.outcome = `behind a better one after ${String(dev.cases)} cases`;
    else if (kept.length >= keep) entry.outcome = `not among the best after ${String(dev.cases)} cases`;
    else kept.push(entry);
  }
  return kept;
}

/** Larger gain first, then the smaller change, then the text: never by chance. */
export function byGain(a: Raced, b: Raced): number {
  return (
    (b.dev?.delta ?? -1) - (a.dev?.delta ?? -1) ||
    changeSize(a.candidate.hunks) - changeSize(b.candidate.hunks) ||
    (a.candidate.sha < b.candidate.sha ? -1 : 1)
  );
}
