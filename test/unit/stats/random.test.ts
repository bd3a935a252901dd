import { describe, expect, it } from 'vitest';
import { hash32, randomStream } from '../../../src/engine/stats/random.js';

describe('randomStream', () => {
  it('gives the same draw for the same seed, stream and counter, whatever was drawn before', () => {
    const a = randomStream(7, 'x');
    const b = randomStream(7, 'x');
    b.u(3);
    b.shuffle([1, 2, 3]);
    expect(a.u(41)).toBe(b.u(41));
    expect(randomStream(8, 'x').u(41)).not.toBe(a.u(41));
    expect(randomStream(7, 'y').u(41)).not.toBe(a.u(41));
  });

  it('is uniform and not correlated from draw to draw', () => {
    for (const seed of [1, 2, 99]) {
      const random = randomStream(seed, 'uniform');
      const n = 100_000;
      const bins = new Array<number>(100).fill(0);
      let mean = 0;
      let lag = 0;
      for (let i = 0; i < n; i++) {
        const value = random.u(i);
        bins[Math.floor(value * 100)] = (bins[Math.floor(value * 100)] ?? 0) + 1;
        mean += value / n;
        lag += ((value - 0.5) * (random.u(i + 1) - 0.5)) / n;
      }
      const chi2 = bins.reduce((total, count) => total + (count - n / 100) ** 2 / (n / 100), 0);
      // Chi-square with 99 degrees of freedom: 0.1 % and 99.9 % quantiles are 60 and 149.
      expect(chi2).toBeGreaterThan(60);
      expect(chi2).toBeLessThan(149);
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.004);
      expect(Math.abs(lag * 12)).toBeLessThan(0.013);
    }
  });

  it('shuffles fairly and keeps every item', () => {
    const random = randomStream(5, 'shuffle');
    const places = new Array<number>(5).fill(0);
    for (let k = 0; k < 5000; k++) {
      const order = random.shuffle([0, 1, 2, 3, 4], k);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      const at = order.indexOf(0);
      places[at] = (places[at] ?? 0) + 1;
    }
    for (const count of places) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});

describe('hash32', () => {
  it('is stable between releases', () => {
    // First four bytes of SHA-256("abc"), FIPS 180-4 appendix B.1.
    expect(hash32('abc')).toBe(0xba7816bf);
  });
});
