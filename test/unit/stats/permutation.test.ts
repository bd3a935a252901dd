import { describe, expect, it } from 'vitest';
import { mcNemarMidP, signFlipTest } from '../../../src/engine/stats/permutation.js';
import { randomStream } from '../../../src/engine/stats/random.js';

/** Straight from the definition, without Gray codes or dropped zeros. */
function bruteForce(values: number[], sides: 'greater' | 'two'): number {
  const observed = values.reduce((a, b) => a + b, 0);
  let hits = 0;
  for (let pattern = 0; pattern < 2 ** values.length; pattern++) {
    const total = values.reduce((a, value, i) => a + ((pattern >> i) & 1 ? -value : value), 0);
    if (sides === 'two' ? Math.abs(total) >= Math.abs(observed) - 1e-12 : total >= observed - 1e-12) hits += 1;
  }
  return hits / 2 ** values.length;
}

describe('signFlipTest', () => {
  it('equals brute force, zeros and ties included', () => {
    const random = randomStream(3, 'brute');
    for (let k = 0; k < 60; k++) {
      const n = 1 + random.int(k, 10);
      const values = Array.from({ length: n }, (_, i) => Math.round((random.u(1000 + k * 20 + i) * 2 - 0.8) * 4) / 4);
      for (const sides of ['greater', 'two'] as const) {
        const result = signFlipTest(values, { sides });
        expect(result.exact).toBe(true);
        expect(result.p).toBeCloseTo(bruteForce(values, sides), 12);
      }
    }
  });

  it("gives Fisher's p-value for Darwin's maize data", () => {
    // Fisher, The Design of Experiments (1935), §21: 863 of 32,768 sums are as large (one side), 1,726 in absolute value.
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    expect(signFlipTest(darwin, { sides: 'greater' }).p).toBeCloseTo(863 / 32768, 10);
    expect(signFlipTest(darwin).p).toBeCloseTo(1726 / 32768, 10);
  });

  it('comes near the exact value by random flips, the same for the same seed', () => {
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    const flipped = signFlipTest(darwin, { sides: 'greater', exactLimit: 10, seed: 4 });
    expect(flipped.exact).toBe(false);
    expect(Math.abs(flipped.p - 863 / 32768)).toBeLessThan(0.005);
    expect(signFlipTest(darwin, { sides: 'greater', exactLimit: 10, seed: 4 })).toEqual(flipped);
    expect(signFlipTest(darwin, { sides: 'greater', exactLimit: 10, seed: 5 }).p).not.toBe(flipped.p);
  });

  it('never gives 0, and 1 where nothing differs', () => {
    expect(signFlipTest(new Array<number>(200).fill(1), { sides: 'greater' }).p).toBeCloseTo(1 / 10001, 12);
    expect(signFlipTest([0, 0, 0])).toEqual({ p: 1, exact: true });
    expect(signFlipTest([])).toEqual({ p: 1, exact: true });
    expect(() => signFlipTest([Number.NaN])).toThrow(RangeError);
  });

  it('rejects a true null no oftener than its level', () => {
    const random = randomStream(11, 'size');
    let rejected = 0;
    const worlds = 1500;
    for (let k = 0; k < worlds; k++) {
      const values = Array.from({ length: 30 }, (_, i) => {
        const base = random.u((k * 30 + i) * 3);
        return (random.u((k * 30 + i) * 3 + 1) < base ? 1 : 0) - (random.u((k * 30 + i) * 3 + 2) < base ? 1 : 0);
      });
      if (signFlipTest(values, { sides: 'greater', seed: k, flips: 400 }).p <= 0.05) rejected += 1;
    }
    // 5 % of 1,500 is 75, three standard errors are 25.
    expect(rejected).toBeLessThan(100);
    expect(rejected).toBeGreaterThan(20);
  });
});

describe('mcNemarMidP', () => {
  it('is the binomial tail with half of the observed table', () => {
    // n = 10, 8 wins: P(X > 8) = 11/1024, P(X = 8) = 45/1024.
    expect(mcNemarMidP(8, 2)).toBeCloseTo((11 + 22.5) / 1024, 12);
    expect(mcNemarMidP(8, 2, 'two')).toBeCloseTo((2 * (11 + 22.5)) / 1024, 12);
    expect(mcNemarMidP(5, 5)).toBeCloseTo(0.5, 12);
    expect(mcNemarMidP(0, 0)).toBe(1);
    expect(mcNemarMidP(0, 6)).toBeCloseTo(1 - 0.5 / 64, 12);
  });

  it('stays near its level under a true null', () => {
    for (const n of [10, 20, 50, 200]) {
      let size = 0;
      let logTerm = -n * Math.LN2;
      for (let wins = 0; wins <= n; wins++) {
        if (mcNemarMidP(wins, n - wins) <= 0.05) size += Math.exp(logTerm);
        logTerm += Math.log(n - wins) - Math.log(wins + 1);
      }
      expect(size).toBeLessThan(0.06);
      expect(size).toBeGreaterThan(0.02);
    }
  });
});
