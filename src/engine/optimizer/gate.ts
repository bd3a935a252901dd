/** The gate: one frozen candidate against the parent on held-out cases, asked once, tested at the level that the ledger grants. */
import type { Certificate } from '../../shared/suggestionDocument.js';
import type { EvalCase } from '../evaluation/types.js';
import { pairedBootstrap } from '../stats/bootstrap.js';
import { wilson } from '../stats/interval.js';
import { mcNemarMidP, signFlipTest } from '../stats/permutation.js';
import type { Bench, Measurable } from './bench.js';
import { ALPHA_TOTAL, type Question } from './ledger.js';
import { differences, overallMean } from './paired.js';
import type { CaseValues } from './types.js';

const BLOCKS = 4;
const MAX_FAULTS = 0.1;
const LEAST_EFFECT = 0.02;
const TAG_CASES = 8;
const TAG_ALPHA = 0.1;
const EPSILON = 1e-9;

export interface GateInput {
  cases: readonly EvalCase[];
  cluster: ReadonlyMap<string, string>;
  repeats: number;
  question: Question;
  /** Levels spent before this question. */
  spentBefore: number;
  seed: number;
}

export interface GateResult {
  certified: boolean;
  certificate: Certificate | null;
  /** What did not hold; empty where it is certified. */
  failures: GateFailure[];
}

export type GateFailure =
  | { code: 'faults'; faults: number; cases: number }
  | { code: 'not-significant'; p: number; alpha: number }
  | { code: 'too-small'; delta: number; least: number }
  | { code: 'must-pass'; ids: string[] }
  | { code: 'tag'; tag: string; cases: number; p: number };

/** Runs both texts on every held-out case in blocks, in the order ABBA, so that a drift of the model meets both alike. */
export async function measureHeldOut(
  bench: Bench,
  parent: Measurable,
  candidate: Measurable,
  input: Pick<GateInput, 'cases' | 'repeats'>,
  onStep: (message: string) => void,
): Promise<{ parent: CaseValues; candidate: CaseValues }> {
  const result = { parent: new Map() as CaseValues, candidate: new Map() as CaseValues };
  const size = Math.ceil(input.cases.length / BLOCKS);
  for (let i = 0; i * size < input.cases.length; i++) {
    const block = input.cases.slice(i * size, (i + 1) * size);
    const both = [
      { text: parent, into: result.parent },
      { text: candidate, into: result.candidate },
    ];
    for (const { text, into } of i % 2 === 0 ? both : both.reverse()) {
      onStep(`held-out cases ${String(i * size + 1)} to ${String(i * size + block.length)} of ${String(input.cases.length)}`);
      for (const [id, values] of await bench.values(text, block, input.repeats, 'heldOut')) into.set(id, values);
    }
  }
  return result;
}

export function decide(measured: { parent: CaseValues; candidate: CaseValues }, input: GateInput): GateResult {
  const ids = input.cases.map((item) => item.id);
  const pairs = differences(measured.candidate, measured.parent, ids);
  const faults = ids.length - pairs.length;
  if (pairs.length === 0 || faults > MAX_FAULTS * ids.length)
    return { certified: false, certificate: null, failures: [{ code: 'faults', faults, cases: ids.length }] };

  const clusters = groupByCluster(pairs, input.cluster);
  const lists = [...clusters.values()];
  const interval = pairedBootstrap(lists, { seed: input.seed, level: 0.9 }) ?? { mean: 0, lo: 0, hi: 0 };
  const wins = pairs.filter(({ d }) => d > EPSILON).length;
  const losses = pairs.filter(({ d }) => d < -EPSILON).length;
  const p = pValue(lists, input, wins, losses);
  const { alpha } = input.question;
  const least = Math.max(LEAST_EFFECT, 1 / pairs.length);
  const lost = mustPassLost(measured, input.cases);
  const tag = worstTag(pairs, input);

  const failures: GateFailure[] = [];
  if (p > alpha) failures.push({ code: 'not-significant', p, alpha });
  if (interval.mean < least - EPSILON) failures.push({ code: 'too-small', delta: interval.mean, least });
  if (lost.length > 0) failures.push({ code: 'must-pass', ids: lost });
  if (tag !== null) failures.push(tag);

  const known = pairs.map(({ id }) => id);
  const base = overallMean(measured.parent, known);
  const now = overallMean(measured.candidate, known);
  const spent = input.spentBefore + alpha;
  const certificate: Certificate = {
    heldOut: { cases: pairs.length, repeats: input.repeats },
    delta: interval.mean,
    lo: interval.lo,
    hi: interval.hi,
    p,
    wins,
    losses,
    ties: pairs.length - wins - losses,
    baseline: wilson(base.mean, known.length),
    candidate: wilson(now.mean, known.length),
    alpha,
    alphaSpent: spent,
    alphaLeft: Math.max(0, ALPHA_TOTAL - spent),
    regressions: pairs
      .filter(({ d }) => d < -EPSILON)
      .map(({ id }) => id)
      .sort(),
  };
  return { certified: failures.length === 0, certificate, failures };
}

function groupByCluster(pairs: readonly { id: string; d: number }[], cluster: ReadonlyMap<string, string>): Map<string, number[]> {
  const result = new Map<string, number[]>();
  for (const { id, d } of pairs) {
    const name = cluster.get(id) ?? id;
    result.set(name, [...(result.get(name) ?? []), d]);
  }
  return result;
}

/** One-sided. Pass or fail, once, on independent cases is McNemar's table; anything else flips the signs of whole clusters. */
function pValue(clusters: readonly number[][], input: GateInput, wins: number, losses: number): number {
  const binary = input.repeats === 1 && clusters.every((list) => list.length === 1 && list.every((d) => d === 0 || Math.abs(d) === 1));
  if (binary) return mcNemarMidP(wins, losses);
  const sums = clusters.map((list) => list.reduce((total, d) => total + d, 0));
  return signFlipTest(sums, { sides: 'greater', seed: input.seed }).p;
}

/** Cases that must pass, did in every replicate of the parent, and fail in most of the candidate's. */
function mustPassLost(measured: { parent: CaseValues; candidate: CaseValues }, cases: readonly EvalCase[]): string[] {
  return cases
    .filter((item) => {
      if (item.metadata.mustPass !== true) return false;
      const passes = (value: number | null): boolean => value !== null && value >= (item.threshold ?? 1) - EPSILON;
      const before = measured.parent.get(item.id) ?? [];
      const after = measured.candidate.get(item.id) ?? [];
      const failing = after.filter((value) => value !== null && !passes(value)).length;
      return before.length > 0 && before.every(passes) && failing * 2 > after.length;
    })
    .map((item) => item.id)
    .sort();
}

/** The tag with at least eight cases that is significantly worse (one-sided, Holm over tags); `null` where none is. */
function worstTag(pairs: readonly { id: string; d: number }[], input: GateInput): GateFailure | null {
  const byId = new Map(pairs.map(({ id, d }) => [id, d]));
  const byTag = new Map<string, { id: string; d: number }[]>();
  for (const item of input.cases) {
    const d = byId.get(item.id);
    if (d === undefined || !Array.isArray(item.metadata.tags)) continue;
    for (const tag of new Set(item.metadata.tags.map(String))) byTag.set(tag, [...(byTag.get(tag) ?? []), { id: item.id, d: -d }]);
  }
  const tested = [...byTag]
    .filter(([, list]) => list.length >= TAG_CASES)
    .map(([tag, list]) => ({
      tag,
      cases: list.length,
      p: signFlipTest(
        [...groupByCluster(list, input.cluster).values()].map((each) => each.reduce((a, b) => a + b, 0)),
        { sides: 'greater', seed: input.seed },
      ).p,
    }))
    .sort((a, b) => a.p - b.p || (a.tag < b.tag ? -1 : 1));
  const worst = tested[0];
  return worst !== undefined && worst.p < TAG_ALPHA / tested.length ? { code: 'tag', ...worst } : null;
}
