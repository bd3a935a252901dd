import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from '../../../src/engine/stats/bootstrap.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('pairedBootstrap', () => {
  it('agrees with the full enumeration of a tiny sample', () => {
    // Two clusters: the resampled mean is -1, 0 or 1 with probability 1/4, 1/2, 1/4.
    const interval = pairedBootstrap([[1], [-1]], { level: 0.9 });
    expect(interval).toEqual({ mean: 0, lo: -1, hi: 1 });
    expect(pairedBootstrap([[1], [-1]], { level: 0.4 })).toEqual({ mean: 0, lo: 0, hi: 0 });
  });

  it('weighs cases, not clusters, in the mean', () => {
    expect(pairedBootstrap([[1, 1, 1], [0]])?.mean).toBeCloseTo(0.75, 12);
    expect(pairedBootstrap([])).toBeNull();
  });

  it('repeats for a seed and covers the true mean about as often as it says', () => {
    const random = randomStream(21, 'coverage');
    let covered = 0;
    const worlds = 300;
    for (let k = 0; k < worlds; k++) {
      // Whole clusters share an effect: resampling cases would be far too narrow.
      const clusters = Array.from({ length: 25 }, (_, c) => {
        const shared = random.u(k * 1000 + c) - 0.4;
        return Array.from({ length: 1 + (c % 4) }, (_, i) => shared + 0.1 * (random.u(k * 1000 + 100 + c * 5 + i) - 0.5));
      });
      const interval = pairedBootstrap(clusters, { seed: k, level: 0.9, resamples: 500 });
      if (interval !== null && interval.lo <= 0.1 && 0.1 <= interval.hi) covered += 1;
    }
    expect(covered / worlds).toBeGreaterThan(0.82);
    expect(covered / worlds).toBeLessThan(0.95);
    expect(pairedBootstrap([[0.2], [0.5], [-0.1]], { seed: 3 })).toEqual(pairedBootstrap([[0.2], [0.5], [-0.1]], { seed: 3 }));
  });
});
