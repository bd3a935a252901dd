/** From proposals to one finalist: screen, race, combine, choose the smallest of the best, take away what does not help. */
import { throwIfAborted } from '../errors.js';
import type { EvalCase } from '../evaluation/types.js';
import type { TriedCandidate } from '../../shared/suggestionDocument.js';
import type { PromptDocument } from '../prompts/types.js';
import type { Bench, Measurable } from './bench.js';
import { candidateOf, changeSize, mergeHunks } from './hunks.js';
import { paired } from './paired.js';
import { blockSizes, byGain, isBetter, race, type Raced } from './race.js';
import type { Candidate, Proposal } from './types.js';

/** Partners of the best edit in the combination round. */
const COMBINATIONS = 6;
const MINIMISE_CASES = 24;

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

  const alone = input.proposals.filter((proposal) => proposal.partnerOnly !== true);
  const singles = await race(input.bench, input.parent, admit(alone), input.dev, input.onStep);
  throwIfAborted(input.signal);
  const partners = input.proposals.filter((proposal) => proposal.partnerOnly === true);
  const combined = await race(input.bench, input.parent, admit(combinations(singles, partners)), input.dev, input.onStep);
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
  const problem =
    typeof candidate === 'string'
      ? candidate
      : input.refusedShas.has(candidate.sha)
        ? 'was rejected by a person before'
        : input.lint(candidate);
  if (problem === null && typeof candidate !== 'string') return [candidate];
  tried.push({ proposer: proposal.proposer, summary: proposal.summary, dev: null, outcome: `rejected: it ${problem ?? ''}` });
  return [];
}

/**
 * The best edit with each other one that touches other places. Examples are always among the partners: they often help
 * only once the instruction is right.
 */
function combinations(singles: readonly Raced[], partnersOnly: readonly Proposal[]): Proposal[] {
  const ranked = singles.filter((entry) => entry.dev !== null).sort(byGain);
  const hasExamples = (proposal: Proposal): boolean => proposal.hunks.some((hunk) => hunk.region === 'examples');
  const bases = [ranked.find((entry) => !hasExamples(entry.candidate)), ranked.find((entry) => hasExamples(entry.candidate))].flatMap(
    (entry) => (entry !== undefined && (entry.dev?.delta ?? 0) > 0 ? [entry.candidate] : []),
  );
  const others = ranked.map((entry) => entry.candidate);
  const partners = [...partnersOnly, ...others.filter(hasExamples), ...others.filter((proposal) => !hasExamples(proposal))];
  const result: Proposal[] = [];
  for (const base of bases) {
    for (const partner of partners) {
      if (partner === base || (base.slot !== undefined && base.slot === partner.slot)) continue;
      const hunks = mergeHunks(base.hunks, partner.hunks);
      if (hunks === null || hunks.length === base.hunks.length || result.length >= COMBINATIONS) continue;
      const proposer = base.proposer === partner.proposer ? base.proposer : `${base.proposer} + ${partner.proposer}`;
      result.push({
        proposer,
        summary: `${base.summary}; ${partner.summary}`,
        hunks,
        ...(base.slot === undefined ? {} : { slot: base.slot }),
      });
    }
  }
  return result;
}

/** One-standard-error rule (Breiman et al. 1984): of all that the best does not clearly beat, the smallest change. */
function smallestOfTheBest(better: readonly Raced[], ids: readonly string[]): Raced | null {
  const best = better[0];
  if (best === undefined) return null;
  return (
    [...better]
      .filter((entry) => {
        const gap = paired(best.values, entry.values, ids);
        return entry === best || gap.delta <= gap.se;
      })
      .sort((a, b) => changeSize(a.candidate.hunks) - changeSize(b.candidate.hunks) || byGain(a, b))[0] ?? best
  );
}

/** Backward elimination: a hunk goes where the text without it is not worse by more than a quarter of a standard error. Half of the cases are enough to see that a hunk does something. */
async function minimise(input: SearchInput, best: Raced, ids: readonly string[]): Promise<Candidate> {
  let current = best.candidate;
  let values = best.values;
  for (const hunk of [...current.hunks].sort((a, b) => a.after.length + a.before.length - b.after.length - b.before.length)) {
    if (current.hunks.length === 1) break;
    const smaller = candidateOf(input.document, { ...current, hunks: current.hunks.filter((other) => other !== hunk) });
    if (typeof smaller === 'string' || input.lint(smaller) !== null || !input.bench.canSpend(ids.length)) continue;
    input.onStep(`without one of ${String(current.hunks.length)} changes`);
    const text = { ...smaller, version: 'candidate' };
    const sizes = blockSizes(ids.length).filter((size) => size <= Math.max(MINIMISE_CASES, Math.ceil(ids.length / 2)));
    for (const [step, size] of sizes.entries()) {
      const last = step === sizes.length - 1;
      const without = await input.bench.values(text, input.dev.slice(0, size), 1);
      const gap = paired(without, values, ids.slice(0, size));
      if (last ? gap.delta < -0.25 * gap.se : gap.delta + gap.se < 0) break;
      if (last) [current, values] = [smaller, without];
    }
  }
  return current;
}

function report(entry: Raced): TriedCandidate {
  const { proposer, summary } = entry.candidate;
  return { proposer, summary, dev: entry.dev, outcome: entry.outcome };
}
