import { describe, expect, it } from 'vitest';
import { signFlipTest } from '../../../src/engine/stats/permutation.js';
import { minimumDetectableEffect } from '../../../src/engine/stats/power.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('minimumDetectableEffect', () => {
  it('is 2.49 standard errors at alpha 0.05 and power 0.8', () => {
    expect(minimumDetectableEffect({ betweenVar: 0.25, withinVar: 0, repeats: 1, cases: 100, alpha: 0.05 })).toBeCloseTo(2.4865 * 0.05, 4);
    expect(minimumDetectableEffect({ betweenVar: 0, withinVar: 0.3, repeats: 3, cases: 50, alpha: 0.05 })).toBeCloseTo(
      2.4865 * Math.sqrt(0.2 / 50),
      4,
    );
    expect(minimumDetectableEffect({ betweenVar: 1, withinVar: 0, repeats: 1, cases: 0, alpha: 0.05 })).toBe(Infinity);
  });

  it('is found about four times in five', () => {
    const random = randomStream(17, 'power');
    const n = 60;
    const effect = minimumDetectableEffect({ betweenVar: 1 / 3, withinVar: 0, repeats: 1, cases: n, alpha: 0.05 });
    let found = 0;
    for (let k = 0; k < 300; k++) {
      const values = Array.from({ length: n }, (_, i) => effect + 2 * random.u(k * n + i) - 1);
      if (signFlipTest(values, { sides: 'greater', seed: k, flips: 400 }).p <= 0.05) found += 1;
    }
    expect(found / 300).toBeGreaterThan(0.72);
    expect(found / 300).toBeLessThan(0.88);
  });
});
