import { describe, expect, it } from 'vitest';
import type { EvalCase } from '../../../src/engine/evaluation/types.js';
import { decide, type GateInput } from '../../../src/engine/optimizer/gate.js';
import { mcNemarMidP, signFlipTest } from '../../../src/engine/stats/permutation.js';

function caseOf(id: string, metadata: Record<string, unknown> = {}): EvalCase {
  return { id, description: null, vars: {}, assertions: [], threshold: null, metadata, file: 'x', range: null };
}

const question = {
  epoch: 1,
  j: 1,
  alpha: 0.05,
  suggestion: 's-0000000000',
  parentSha: 'a',
  candidateSha: 'b',
  askedAt: '',
  outcome: 'asked' as const,
  p: null,
};

/** One value for each case and replicate. */
function gate(
  parent: (number | null)[][],
  candidate: (number | null)[][],
  changed: Partial<GateInput> = {},
  metadata: (i: number) => Record<string, unknown> = () => ({}),
) {
  const cases = parent.map((_, i) => caseOf(`c${String(i).padStart(3, '0')}`, metadata(i)));
  const values = (lists: (number | null)[][]) => new Map(lists.map((list, i) => [`c${String(i).padStart(3, '0')}`, list]));
  const input: GateInput = { cases, cluster: new Map(), repeats: parent[0]?.length ?? 1, question, spentBefore: 0, seed: 1, ...changed };
  return decide({ parent: values(parent), candidate: values(candidate) }, input);
}

const ones = (n: number): number[][] => Array.from({ length: n }, () => [1]);
const zeros = (n: number): number[][] => Array.from({ length: n }, () => [0]);

describe('the gate', () => {
  it('certifies a clear gain and says how large it is', () => {
    const { certified, certificate } = gate(zeros(40), [...ones(20), ...zeros(20)]);
    expect(certified).toBe(true);
    expect(certificate).toMatchObject({
      delta: 0.5,
      wins: 20,
      losses: 0,
      ties: 20,
      heldOut: { cases: 40, repeats: 1 },
      alpha: 0.05,
      alphaSpent: 0.05,
      alphaLeft: 0.05,
      regressions: [],
    });
    expect(certificate?.p).toBeCloseTo(mcNemarMidP(20, 0), 12);
    expect(certificate?.lo).toBeGreaterThan(0.3);
    expect(certificate?.hi).toBeLessThan(0.7);
    expect(certificate?.baseline).toMatchObject({ mean: 0, lo: 0 });
    expect(certificate?.baseline.hi).toBeGreaterThan(0.05);
  });

  it('refuses what can be chance', () => {
    const { certified, failures } = gate([...zeros(5), ...ones(3), ...zeros(32)], [...ones(5), ...zeros(35)]);
    expect(certified).toBe(false);
    expect(failures.map((failure) => failure.code)).toEqual(['not-significant']);
  });

  it('asks for more evidence after earlier questions', () => {
    const parent = zeros(40);
    const candidate = [...ones(5), ...zeros(35)];
    expect(gate(parent, candidate).certified).toBe(true);
    expect(gate(parent, candidate, { question: { ...question, j: 3, alpha: 0.1 / 12 }, spentBefore: 0.05 + 0.1 / 6 })).toMatchObject({
      certified: false,
      failures: [{ code: 'not-significant' }],
    });
  });

  it('flips whole clusters where cases hang together', () => {
    const cluster = new Map(Array.from({ length: 20 }, (_, i) => [`c${String(i).padStart(3, '0')}`, `k${String(Math.floor(i / 5))}`]));
    const { certificate, certified } = gate(zeros(20), ones(20), { cluster });
    expect(certificate?.p).toBe(signFlipTest([5, 5, 5, 5], { sides: 'greater' }).p);
    expect(certified).toBe(false);
    expect(gate(zeros(20), ones(20)).certified).toBe(true);
  });

  it('averages replicates within a case', () => {
    const { certificate } = gate(
      Array.from({ length: 30 }, () => [0, 1, 0]),
      Array.from({ length: 30 }, () => [1, 1, 0]),
    );
    expect(certificate).toMatchObject({ wins: 30, heldOut: { cases: 30, repeats: 3 } });
    expect(certificate?.delta).toBeCloseTo(1 / 3, 12);
  });

  it('refuses an effect that is too small to count, however certain', () => {
    const { failures } = gate(
      Array.from({ length: 60 }, () => [0.5]),
      Array.from({ length: 60 }, () => [0.51]),
    );
    expect(failures).toMatchObject([{ code: 'too-small', least: 0.02 }]);
  });

  it('refuses where a case that must pass is lost, and only where it passed before', () => {
    const must = (i: number) => (i === 39 ? { mustPass: true } : {});
    const lost = gate([...zeros(39), [1]], [...ones(30), ...zeros(10)], {}, must);
    expect(lost).toMatchObject({ certified: false, failures: [{ code: 'must-pass', ids: ['c039'] }] });
    expect(lost.certificate?.regressions).toEqual(['c039']);
    expect(gate(zeros(40), [...ones(30), ...zeros(10)], {}, must).certified).toBe(true);
    // Most of three replicates decide.
    const three = (value: number) => [value, value, value];
    const mostly = Array.from({ length: 40 }, (_, i) => (i === 39 ? [0, 1, 1] : three(1)));
    expect(
      gate(
        Array.from({ length: 40 }, (_, i) => three(i === 39 ? 1 : 0)),
        mostly,
        {},
        must,
      ).certified,
    ).toBe(true);
  });

  it('refuses where a tag got worse, though all together are better', () => {
    const tags = (i: number) => ({ tags: [i < 10 ? 'returns' : 'other'] });
    const { failures } = gate([...ones(10), ...zeros(40)], [...zeros(10), ...ones(40)], {}, tags);
    expect(failures).toMatchObject([{ code: 'tag', tag: 'returns', cases: 10 }]);
  });

  it('leaves faults out on both sides, and decides nothing where they are more than one in ten', () => {
    const some = gate([...zeros(38), [null], [0]], [...ones(39), [null]]);
    expect(some.certificate?.heldOut.cases).toBe(38);
    const many = gate([...zeros(35), ...Array.from({ length: 5 }, () => [null])], ones(40));
    expect(many).toEqual({ certified: false, certificate: null, failures: [{ code: 'faults', faults: 5, cases: 40 }] });
  });
});
