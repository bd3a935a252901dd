import { describe, expect, it } from 'vitest';
import { wilson } from '../../../src/engine/stats/interval.js';
import { ppiMean, type PpiSums } from '../../../src/engine/stats/ppi.js';
import { randomStream } from '../../../src/engine/stats/random.js';
import { studentQuantile } from '../../../src/engine/stats/student.js';

function sumsOf(labelled: readonly (readonly [number, number])[], unlabelled: readonly number[]): PpiSums {
  const sums: PpiSums = { n: 0, y: 0, y2: 0, f: 0, f2: 0, yf: 0, N: 0, fN: 0, fN2: 0 };
  for (const [y, f] of labelled) {
    sums.n++;
    sums.y += y;
    sums.y2 += y * y;
    sums.f += f;
    sums.f2 += f * f;
    sums.yf += y * f;
  }
  for (const f of unlabelled) {
    sums.N++;
    sums.fN += f;
    sums.fN2 += f * f;
  }
  return sums;
}

const truth = 0.7;

/** A judge that praises 95 % of the good answers and 45 % of the bad ones; `feedback.md` §3.4. */
function simulate(n: number, N: number, runs: number) {
  const random = randomStream(21, `ppi ${String(n)}`);
  let draw = 0;
  const coin = (p: number): number => (random.u(draw++) < p ? 1 : 0);
  const counts = { ppi: 0, naive: 0, width: 0, labelsWidth: 0 };
  for (let run = 0; run < runs; run++) {
    const one = (): [number, number] => {
      const y = coin(truth);
      return [y, coin(y === 1 ? 0.95 : 0.45)];
    };
    const labelled = Array.from({ length: n }, one);
    const sums = sumsOf(
      labelled,
      Array.from({ length: N }, () => one()[1]),
    );
    const found = ppiMean(sums);
    if (found !== null && found.lo <= truth && truth <= found.hi) counts.ppi++;
    const naive = wilson((sums.f + sums.fN) / (n + N), n + N);
    if (naive.lo <= truth && truth <= naive.hi) counts.naive++;
    const mean = sums.y / n;
    counts.width += found === null ? 0 : found.hi - found.lo;
    counts.labelsWidth += 2 * studentQuantile(0.975, n - 1) * Math.sqrt((mean * (1 - mean)) / (n - 1));
  }
  return { ppi: counts.ppi / runs, naive: counts.naive / runs, narrower: 1 - counts.width / counts.labelsWidth };
}

describe('prediction-powered inference', () => {
  it('covers what the proxy alone never does, with an interval narrower than that of the labels alone', () => {
    const sixty = simulate(60, 1500, 700);
    expect(sixty.naive).toBe(0);
    expect(sixty.ppi).toBeGreaterThan(0.92);
    expect(sixty.ppi).toBeLessThan(0.975);
    expect(sixty.narrower).toBeGreaterThan(0.1);
    const many = simulate(200, 1500, 500);
    expect(many.ppi).toBeGreaterThan(0.93);
    expect(many.ppi).toBeLessThan(0.97);
    expect(many.narrower).toBeGreaterThan(0.1);
  });

  it('covers too little at twenty labels, which is why fifty are asked for', () => {
    expect(simulate(20, 1500, 1500).ppi).toBeLessThan(0.935);
  });

  it('is the mean of the labels for a proxy that knows nothing, and hardly needs labels for one that is always right', () => {
    const labelled = Array.from({ length: 60 }, (_, i): [number, number] => [i % 3 === 0 ? 0 : 1, i % 2]);
    const useless = ppiMean(
      sumsOf(
        labelled,
        Array.from({ length: 500 }, (_, i) => i % 2),
      ),
    );
    expect(useless?.lambda).toBeCloseTo(0, 1);
    expect(useless?.mean).toBeCloseTo(2 / 3, 2);
    const right = ppiMean(
      sumsOf(
        labelled.map(([y]) => [y, y]),
        Array.from({ length: 6000 }, (_, i) => (i % 5 === 0 ? 0 : 1)),
      ),
    );
    expect(right?.lambda).toBeCloseTo(1, 1);
    expect(right?.mean).toBeCloseTo(0.8, 2);
    expect(right?.nEff).toBeGreaterThan(1000);
  });

  it('says nothing of too few, or of labels that all agree', () => {
    expect(ppiMean(sumsOf([[1, 1]], [1, 0]))).toBeNull();
    expect(
      ppiMean(
        sumsOf(
          [
            [1, 1],
            [1, 0],
            [1, 1],
          ],
          [1, 0],
        ),
      ),
    ).toBeNull();
    expect(
      ppiMean(
        sumsOf(
          [
            [1, 1],
            [0, 0],
          ],
          [],
        ),
      ),
    ).toBeNull();
  });
});

describe('Student’s t', () => {
  it('has the quantiles of the tables', () => {
    expect(studentQuantile(0.975, 10)).toBeCloseTo(2.228139, 4);
    expect(studentQuantile(0.975, 49)).toBeCloseTo(2.0095752, 6);
    expect(studentQuantile(0.975, 59)).toBeCloseTo(2.0009954, 6);
    expect(studentQuantile(0.995, 199)).toBeCloseTo(2.60076, 5);
    expect(studentQuantile(0.025, 49)).toBeCloseTo(-2.0095752, 6);
  });
});
