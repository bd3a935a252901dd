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

const SCREEN = 8;
/** How many go on after each block. */
const KEEP = [8, 4];

/**
 * Successive halving with early drops: worse than the parent by more than a standard error, worse than the leader by more
 * than one (1.5 in the screen), or not among the best few. Ties with the parent pass the screen. Deterministic for given values.
 */
export async function race(bench: Bench, parent: Measurable, candidates: readonly Candidate[], cases: readonly EvalCase[], onStep: (message: string) => void): Promise<Raced[]> {
  const entries: Raced[] = candidates.map((candidate) => ({ candidate, dev: null, values: new Map(), outcome: '', finished: false }));
  const sizes = [...new Set([Math.min(SCREEN, cases.length), Math.ceil(cases.length / 2), cases.length])].filter((size) => size >= Math.min(SCREEN, cases.length)).sort((a, b) => a - b);
  let running = entries;
  for (const [step, size] of sizes.entries()) {
    const block = cases.slice(0, size);
    const ids = block.map((item) => item.id);
    const base = await bench.values(parent, block, 1);
    const measured: Raced[] = [];
    for (const entry of running) {
      if (!bench.canSpend(size - entry.values.size)) {
        entry.outcome = entry.dev === null ? 'not tried: the budget ended before it' : `the budget ended after ${String(entry.dev.cases)} cases`;
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
    if (!last && step > 0 && running.every((entry) => (entry.dev?.delta ?? 0) <= 0)) {
      for (const entry of running) entry.outcome = `no better after ${String(size)} cases`;
      return entries;
    }
  }
  for (const entry of running) entry.outcome = isBetter(entry) ? 'better on the development cases' : 'not clearly better on the development cases';
  return entries;
}

/** Worth the gate's one question: the gain is at least its standard error. */
export function isBetter(entry: Raced): boolean {
  return entry.finished && entry.dev !== null && entry.dev.delta > 0 && entry.dev.delta >= entry.dev.se;
}

function survivors(measured: readonly Raced[], ids: readonly string[], step: number): Raced[] {
  const ranked = [...measured].sort(byGain);
  const leader = ranked[0];
  const slack = step === 0 ? 1.5 : 1;
  const kept: Raced[] = [];
  for (const entry of ranked) {
    const dev = entry.dev;
    if (dev === null || leader === undefined) continue;
    const behind = paired(entry.values, leader.values, ids);
    if (dev.delta + (step === 0 ? 0 : dev.se) < 0) entry.outcome = `worse after ${String(dev.cases)} cases`;
    else if (behind.delta + slack * behind.se < 0) entry.outcome = `behind a better one after ${String(dev.cases)} cases`;
    else if (kept.length >= (KEEP[step] ?? 4)) entry.outcome = `not among the best after ${String(dev.cases)} cases`;
    else kept.push(entry);
  }
  return kept;
}

/** Larger gain first, then the smaller change, then the text: never by chance. */
export function byGain(a: Raced, b: Raced): number {
  return (b.dev?.delta ?? -1) - (a.dev?.delta ?? -1) || changeSize(a.candidate.hunks) - changeSize(b.candidate.hunks) || (a.candidate.sha < b.candidate.sha ? -1 : 1);
}
