import { describe, expect, it } from 'vitest';
import { comparePairs, holm, smallestEffect } from '../../../src/engine/evaluation/pairing.js';
import type { CaseMark } from '../../../src/engine/evaluation/pairing.js';

const marks = (passes: readonly (number | null)[], more: Record<string, CaseMark> = {}): Map<string, CaseMark> =>
  new Map([
    ...passes.map((pass, index): [string, CaseMark] => [`c${String(index)}`, { pass, score: pass, vars: `v${String(index)}` }]),
    ...Object.entries(more),
  ]);
const none = new Set<string>();
const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

describe('pairs of two columns', () => {
  it('show what is worse, with an interval, p and the cases', () => {
    const found = comparePairs(marks([...zeros(8), ...ones(12)]), marks(ones(20)), none)!;
    expect(found).toMatchObject({ delta: -0.4, verdict: 'worse', pairs: 20, fixed: [] });
    expect(found.regressed).toHaveLength(8);
    expect(found.p).toBeCloseTo(2 / 2 ** 8, 10);
    expect(found.lo!).toBeLessThan(-0.4);
    expect(found.hi!).toBeLessThan(0);
    expect(found.score).toMatchObject({ delta: -0.4 });
  });

  it('are too few for an interval under six, and it is said what it takes', () => {
    const found = comparePairs(marks([0]), marks([1]), none)!;
    expect(found).toMatchObject({ delta: -1, lo: null, hi: null, p: 1, verdict: 'no-evidence', pairs: 1 });
    expect(found.notes).toEqual(['One case is on both sides: with fewer than 6 nothing can be shown, whatever they say. Add cases.']);
  });

  it('have an interval of some width even where all say the same', () => {
    const found = comparePairs(marks(ones(30)), marks(ones(30)), none)!;
    expect(found.delta).toBe(0);
    expect(found.lo!).toBeLessThan(-0.03);
    expect(found.hi!).toBeGreaterThan(0.03);
    expect(found.notes![0]).toMatch(
      /30 cases are on both sides: they show a difference of about 0\.\d\d or more\. For one of 0\.10 it takes about \d+ cases/,
    );
    const all = comparePairs(marks(ones(30)), marks(zeros(30)), none)!;
    expect(all).toMatchObject({ delta: 1, hi: 1, verdict: 'better' });
    expect(all.lo!).toBeLessThan(1);
  });

  it('leave out what is on one side only, and count it by its reason', () => {
    const now = marks([1, null, 1, 1, 1, 1, 1], { new1: { pass: 1, score: 1, vars: 'x' }, edited2: { pass: 0, score: 0, vars: 'same' } });
    const before = marks([1, 1, null, 1, 1, 1, 1], {
      edited1: { pass: 1, score: 1, vars: 'same' },
      gone: { pass: 1, score: 1, vars: 'y' },
      notAsked: { pass: 1, score: 1, vars: 'z' },
    });
    const found = comparePairs(now, before, new Set(['notAsked']))!;
    expect(found).toMatchObject({ pairs: 5, unpaired: { changed: 1, added: 1, gone: 1, errored: 2 }, regressed: [] });
    expect(comparePairs(marks([null]), marks([1]), none)).toBeNull();
  });

  it('say nothing of scores where the baseline has none', () => {
    const before = new Map([['c0', { pass: 1, score: null, vars: null }]]);
    expect(comparePairs(marks([1]), before, none)!.score).toBeNull();
  });
});

it('several columns are corrected by the method of Holm', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.9])).toEqual([0.9]);
});

it('more cases show smaller differences', () => {
  expect(smallestEffect(20)).toBeGreaterThan(smallestEffect(80) * 1.99);
  expect(smallestEffect(60)).toBeCloseTo(2.802 * Math.sqrt(0.09 / 60), 3);
});
