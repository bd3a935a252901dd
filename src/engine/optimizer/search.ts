/** From proposals to one finalist: screen, race, combine, choose the smallest of the best, take away what does not help. */
import { throwIfAborted } from '../errors.js';
import type { EvalCase } from '../evaluation/types.js';
import type { TriedCandidate } from '../../shared/documents.js';
import type { PromptDocument } from '../prompts/types.js';
import type { Bench, Measurable } from './bench.js';
import { candidateOf, changeSize, mergeHunks } from './hunks.js';
import { paired } from './paired.js';
import { blockSizes, byGain, isBetter, race, type Raced } from './race.js';
import type { Candidate, Proposal } from './types.js';

/** Partners of the best edit in the combination round. */
const COMBINATIONS = 6;

export interface SearchInput {
  bench: Bench;
  parent: Measurable;
  document: PromptDocument;
  dev: readonly EvalCase[];
  proposals: readonly Proposal[];
  /** Why a candidate is rejected; `null` where it is clean. */
  lint: (candidate: Candidate) => string | null;
  /** Texts that the user has rejected before. */
  refusedShas: ReadonlySet<string>;
  onStep: (message: string) => void;
  signal?: AbortSignal;
}

export interface SearchResult {
  finalist: Candidate | null;
  tried: TriedCandidate[];
}

export async function search(input: SearchInput): Promise<SearchResult> {
  const seen = new Set<string>([input.parent.sha]);
  const tried: TriedCandidate[] = [];
  const admit = (proposals: readonly Proposal[]): Candidate[] => proposals.flatMap((proposal) => admitOne(input, proposal, seen, tried));
  const ids = input.dev.map((item) => item.id);

  const singles = await race(input.bench, input.parent, admit(input.proposals), input.dev, input.onStep);
  throwIfAborted(input.signal);
  const combined = await race(input.bench, input.parent, admit(combinations(singles)), input.dev, input.onStep);
  const all = [...singles, ...combined].sort(byGain);
  const best = smallestOfTheBest(all.filter(isBetter), ids);
  if (best === null) return { finalist: null, tried: [...all.map(report), ...tried] };
  const finalist = await minimise(input, best, ids);
  best.outcome = finalist.sha === best.candidate.sha ? 'finalist' : 'finalist, made smaller before the gate';
  return { finalist, tried: [...all.map(report), ...tried] };
}

function admitOne(input: SearchInput, proposal: Proposal, seen: Set<string>, tried: TriedCandidate[]): Candidate[] {
  const candidate = candidateOf(input.document, proposal);
  if (typeof candidate !== 'string') {
    if (seen.has(candidate.sha)) return [];
    seen.add(candidate.sha);
  }
  const problem = typeof candidate === 'string' ? candidate : input.refusedShas.has(candidate.sha) ? 'was rejected by a person before' : input.lint(candidate);
  if (problem === null && typeof candidate !== 'string') return [candidate];
  tried.push({ proposer: proposal.proposer, summary: proposal.summary, dev: null, outcome: `rejected: it ${problem ?? ''}` });
  return [];
}

/**
 * The best edit with each other one that touches other places. Examples are always among the partners: they often help
 * only once the instruction is right.
 */
function combinations(singles: readonly Raced[]): Proposal[] {
  const ranked = singles.filter((entry) => entry.dev !== null).sort(byGain);
  const isExamples = (entry: Raced): boolean => entry.candidate.hunks.some((hunk) => hunk.region === 'examples');
  const bases = [ranked.find((entry) => !isExamples(entry)), ranked.find(isExamples)].filter((entry) => entry !== undefined && (entry.dev?.delta ?? 0) > 0);
  const result: Proposal[] = [];
  for (const base of bases) {
    if (base === undefined) continue;
    const partners = [...singles.filter(isExamples), ...ranked.filter((entry) => !isExamples(entry))].filter((entry) => entry !== base);
    for (const partner of partners) {
      const { slot } = base.candidate;
      if (slot !== undefined && slot === partner.candidate.slot) continue;
      const hunks = mergeHunks(base.candidate.hunks, partner.candidate.hunks);
      if (hunks === null || hunks.length === base.candidate.hunks.length || result.length >= COMBINATIONS) continue;
      const proposer = base.candidate.proposer === partner.candidate.proposer ? base.candidate.proposer : `${base.candidate.proposer} + ${partner.candidate.proposer}`;
      result.push({ proposer, summary: `${base.candidate.summary}; ${partner.candidate.summary}`, hunks, ...(slot === undefined ? {} : { slot }) });
    }
  }
  return result;
}

/** One-standard-error rule (Breiman et al. 1984): of all that the best does not clearly beat, the smallest change. */
function smallestOfTheBest(better: readonly Raced[], ids: readonly string[]): Raced | null {
  const best = better[0];
  if (best === undefined) return null;
  return [...better]
    .filter((entry) => {
      const gap = paired(best.values, entry.values, ids);
      return entry === best || gap.delta <= gap.se;
    })
    .sort((a, b) => changeSize(a.candidate.hunks) - changeSize(b.candidate.hunks) || byGain(a, b))[0] ?? best;
}

/** Backward elimination: a hunk goes where the text without it is not worse by more than a quarter of a standard error. */
async function minimise(input: SearchInput, best: Raced, ids: readonly string[]): Promise<Candidate> {
  let current = best.candidate;
  let values = best.values;
  for (const hunk of [...current.hunks].sort((a, b) => a.after.length + a.before.length - b.after.length - b.before.length)) {
    if (current.hunks.length === 1) break;
    const smaller = candidateOf(input.document, { ...current, hunks: current.hunks.filter((other) => other !== hunk) });
    if (typeof smaller === 'string' || input.lint(smaller) !== null || !input.bench.canSpend(ids.length)) continue;
    input.onStep(`without one of ${String(current.hunks.length)} changes`);
    const text = { ...smaller, version: 'candidate' };
    for (const size of blockSizes(ids.length)) {
      const without = await input.bench.values(text, input.dev.slice(0, size), 1);
      const gap = paired(without, values, ids.slice(0, size));
      if (size < ids.length ? gap.delta + gap.se < 0 : gap.delta < -0.25 * gap.se) break;
      if (size === ids.length) [current, values] = [smaller, without];
    }
  }
  return current;
}

function report(entry: Raced): TriedCandidate {
  const { proposer, summary } = entry.candidate;
  return { proposer, summary, dev: entry.dev, outcome: entry.outcome };
}
