import { describe, expect, it } from 'vitest';
import { ExactSum, normalCdf, normalQuantile, proportion, quantile, WeightedMean, wilson } from '../../../src/engine/stats/interval.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('wilson', () => {
  it.each([
    [80, 100, 0.711171, 0.866633],
    [8, 10, 0.490162, 0.943318],
    [0, 20, 0, 0.161125],
  ])('gives the interval of %d in %d', (count, n, lo, hi) => {
    const interval = wilson(count / n, n);
    expect(interval.lo).toBeCloseTo(lo, 6);
    expect(interval.hi).toBeCloseTo(hi, 6);
  });

  it('ends exactly at 0 and 1 where everything says so', () => {
    expect(wilson(0, 7).lo).toBe(0);
    expect(wilson(1, 7).hi).toBe(1);
  });

  it('has nothing to say about nothing', () => {
    expect(proportion(0, 0)).toBeNull();
  });
});

describe('WeightedMean', () => {
  it('gives mean, effective size and interval of the reference vector', () => {
    const weighted = new WeightedMean();
    const values = [1, 0, 1, 1];
    [1, 0.5, 0.25, 0.125].forEach((weight, index) => {
      weighted.add(values[index] ?? 0, weight);
    });
    const result = weighted.result ?? { mean: NaN, nEff: NaN };
    expect(result.mean).toBeCloseTo(0.733333, 6);
    expect(result.nEff).toBeCloseTo(2.647059, 6);
    const { lo, hi } = wilson(result.mean, result.nEff);
    expect(lo).toBeCloseTo(0.227958, 6);
    expect(hi).toBeCloseTo(0.962424, 6);
  });

  it('does not change when all weights are multiplied', () => {
    const [one, ten] = [1, 10].map((factor) => {
      const weighted = new WeightedMean();
      [0.2, 0.9, 0.5].forEach((value, index) => {
        weighted.add(value, factor * 2 ** -index);
      });
      return weighted.result;
    });
    expect(ten?.nEff).toBeCloseTo(one?.nEff ?? NaN, 12);
    expect(ten?.mean).toBeCloseTo(one?.mean ?? NaN, 12);
  });

  it('is nothing without units', () => {
    expect(new WeightedMean().result).toBeNull();
  });

  it('covers the truth about as often as it says: decay, and decay with unequal sources', { timeout: 60_000 }, () => {
    const random = randomStream(7, 'coverage');
    const truth = 0.8;
    const runs = 1500;
    for (const factors of [[1], [5, 0.2]]) {
      let covered = 0;
      let draw = 0;
      for (let run = 0; run < runs; run++) {
        const weighted = new WeightedMean();
        for (let event = 0; event < 500; event++) {
          const factor = factors[Math.floor(random.u(draw++) * factors.length)] ?? 1;
          weighted.add(random.u(draw++) < truth ? 1 : 0, factor * 2 ** (-event / 100));
        }
        const { mean, nEff } = weighted.result ?? { mean: 0, nEff: 1 };
        const { lo, hi } = wilson(mean, nEff);
        if (lo <= truth && truth <= hi) covered++;
      }
      expect(covered / runs).toBeGreaterThan(0.93);
      expect(covered / runs).toBeLessThan(0.975);
    }
  });
});

describe('normal distribution', () => {
  it('has the quantiles of the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.025)).toBeCloseTo(-1.959963984540054, 12);
    expect(normalQuantile(0.9995)).toBeCloseTo(3.290526731491895, 10);
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(1)).toBe(Infinity);
  });

  it('inverts its distribution function', () => {
    for (const p of [0.001, 0.2, 0.6, 0.99]) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13);
  });
});

describe('quantile', () => {
  it('interpolates between order statistics', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.95)).toBeCloseTo(48, 12);
    expect(quantile([7], 0.95)).toBe(7);
  });
});

describe('ExactSum', () => {
  it('is the same in every order', () => {
    const random = randomStream(3, 'sum');
    const values = Array.from({ length: 2000 }, (_, i) => random.u(2 * i) * 10 ** random.int(2 * i + 1, 6));
    const sum = (list: number[]): number => {
      const exact = new ExactSum();
      for (const value of list) exact.add(value);
      return exact.value;
    };
    const forward = sum(values);
    expect(sum([...values].reverse())).toBe(forward);
    expect(sum([...values].sort((a, b) => a - b))).toBe(forward);
  });
});
