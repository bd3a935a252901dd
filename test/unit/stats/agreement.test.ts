import { describe, expect, it } from 'vitest';
import { agreementTable, cohenKappa, gwetAc1 } from '../../../src/engine/stats/agreement.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('agreement of two raters', () => {
  it('is that of published tables', () => {
    // Fleiss, Levin & Paik, "Statistical Methods for Rates and Proportions", table 18.1: kappa 0.676, standard error 0.088.
    const kappa = cohenKappa([
      [75, 1, 4],
      [5, 4, 1],
      [0, 0, 10],
    ]);
    expect(kappa?.mean).toBeCloseTo(0.676, 3);
    expect(kappa?.lo).toBeLessThanOrEqual(0.676 - 1.95 * 0.0877);
    expect(kappa?.hi).toBeGreaterThanOrEqual(0.676 + 1.95 * 0.0877);
    // Gwet 2008, table 3: 118 of 125 agree, kappa falls below 0, AC1 is 0.9408.
    const skewed = [
      [118, 5],
      [2, 0],
    ];
    expect(cohenKappa(skewed)?.mean).toBeCloseTo(-0.0234, 4);
    expect(gwetAc1(skewed)?.mean).toBeCloseTo(0.9408, 4);
  });

  it('has the standard error that small changes of the shares give', () => {
    const table = [
      [210, 30],
      [25, 135],
    ];
    const n = 400;
    const p = table.map((row) => row.map((count) => count / n));
    const value = (shares: number[][], of: typeof cohenKappa): number =>
      of(shares.map((row) => row.map((share) => share * n)))?.mean ?? NaN;
    for (const of of [cohenKappa, gwetAc1]) {
      const h = 1e-6;
      let first = 0;
      let second = 0;
      for (const k of [0, 1])
        for (const l of [0, 1]) {
          const moved = p.map((row, i) => row.map((share, j) => share + (i === k && j === l ? h : 0)));
          // Counts are normalised, so the slope along the simplex is found, whose mean is 0.
          const slope = (value(moved, of) - value(p, of)) / h;
          first += p[k]![l]! * slope;
          second += p[k]![l]! * slope * slope;
        }
      const half = 1.959964 * Math.sqrt((second - first * first) / n);
      const { mean, lo, hi } = of(table)!;
      // Wilson's part may reach a little further.
      expect(mean - lo).toBeGreaterThan(half - 1e-4);
      expect(mean - lo).toBeLessThan(half * 1.15);
      expect(hi - mean).toBeGreaterThan(half - 1e-4);
    }
  });

  it('is perfect, absent or undefined where it should be', () => {
    const same = [
      [10, 0],
      [0, 10],
    ];
    expect(cohenKappa(same)).toMatchObject({ mean: 1, hi: 1 });
    // Twenty of twenty are no certainty.
    expect(cohenKappa(same)?.lo).toBeLessThan(0.75);
    expect(gwetAc1(same)?.lo).toBeLessThan(0.75);
    expect(
      cohenKappa([
        [5, 5],
        [5, 5],
      ])?.mean,
    ).toBeCloseTo(0, 12);
    expect(cohenKappa([[7]])).toBeNull();
    expect(gwetAc1([[7]])).toBeNull();
    expect(
      cohenKappa([
        [7, 0],
        [0, 0],
      ]),
    ).toBeNull();
    expect(
      gwetAc1([
        [7, 0],
        [0, 0],
      ]),
    ).toMatchObject({ mean: 1 });
    expect(
      cohenKappa([
        [0, 0],
        [0, 0],
      ]),
    ).toBeNull();
  });

  it('tables pairs by category', () => {
    const pairs = [
      ['pass', 'pass'],
      ['pass', 'fail'],
      ['fail', 'fail'],
    ] as const;
    expect(agreementTable(pairs)).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(agreementTable([['pass', 'pass']], ['fail'])).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('covers the truth in at least 93 of 100 samples', () => {
    const worlds = [
      { name: 'even', p: [0.42, 0.08, 0.08, 0.42] },
      { name: 'skewed', p: [0.82, 0.06, 0.04, 0.08] },
      { name: 'weak', p: [0.3, 0.2, 0.25, 0.25] },
    ];
    for (const { name, p } of worlds) {
      const truth = [p.slice(0, 2), p.slice(2)].map((row) => row.map((share) => share * 1000));
      for (const n of [20, 60, 200]) {
        for (const [label, of] of [
          ['kappa', cohenKappa],
          ['AC1', gwetAc1],
        ] as const) {
          const random = randomStream(11, `${name} ${label} ${String(n)}`);
          const { mean } = of(truth)!;
          let covered = 0;
          const runs = 1000;
          for (let run = 0; run < runs; run++) {
            const table = [
              [0, 0],
              [0, 0],
            ];
            for (let item = 0; item < n; item++) {
              let u = random.u(run * n + item);
              let cell = 0;
              while (cell < 3 && u >= p[cell]!) u -= p[cell++]!;
              table[cell >> 1]![cell & 1]!++;
            }
            const found = of(table);
            if (found === null || (found.lo <= mean && mean <= found.hi)) covered++;
          }
          expect(covered / runs, `${label}, ${name}, n = ${String(n)}`).toBeGreaterThan(0.93);
        }
      }
    }
  });
});
