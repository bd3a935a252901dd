import { describe, expect, it } from 'vitest';
import { holm, lowerThan, newcombe } from '../../../src/engine/stats/compare.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('the difference of two means', () => {
  it('has the interval of the example in the paper', () => {
    // Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10.
    const { delta, lo, hi } = newcombe({ mean: 56 / 70, nEff: 70 }, { mean: 48 / 80, nEff: 80 });
    expect(delta).toBeCloseTo(0.2, 10);
    expect(lo).toBeCloseTo(0.0524, 4);
    expect(hi).toBeCloseTo(0.3339, 4);
  });

  it('is called lower by chance no more often than the level says, also in small groups', () => {
    const random = randomStream(3, 'lower');
    let draw = 0;
    for (const [n, m, p] of [
      [10, 400, 0.8],
      [15, 60, 0.5],
      [40, 40, 0.9],
      [200, 50, 0.3],
    ] as const) {
      const mean = (size: number): number =>
        Array.from({ length: size }, () => (random.u(draw++) < p ? 1 : 0)).reduce<number>((a, b) => a + b, 0) / size;
      let [five, one] = [0, 0];
      const runs = 2000;
      for (let run = 0; run < runs; run++) {
        const value = lowerThan({ mean: mean(n), nEff: n }, { mean: mean(m), nEff: m });
        if (value < 0.05) five++;
        if (value < 0.01) one++;
      }
      expect(five / runs, `${String(n)} and ${String(m)}`).toBeLessThan(0.055);
      expect(one / runs, `${String(n)} and ${String(m)}`).toBeLessThan(0.016);
    }
  });

  it('is certain of nothing by a few units that all agree', () => {
    expect(lowerThan({ mean: 1, nEff: 10 }, { mean: 1, nEff: 10 })).toBeGreaterThanOrEqual(0.5);
    expect(lowerThan({ mean: 0, nEff: 10 }, { mean: 0, nEff: 10 })).toBeGreaterThanOrEqual(0.5);
  });
});

describe('Holm’s adjustment', () => {
  it('is that of the definition, in the order given', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([0.02])).toEqual([0.02]);
    expect(holm([])).toEqual([]);
  });
});
