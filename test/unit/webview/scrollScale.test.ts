import { describe, expect, it } from 'vitest';
import { maxHeight, scrollScale } from '../../../src/webview/shared/scrollScale.js';

describe('scrollScale', () => {
  it('is pixel for pixel as long as a browser can', () => {
    const scale = scrollScale(1000, 44, 500);
    expect(scale).toMatchObject({ content: 44_000, box: 44_000, scaled: false });
    expect(scale.toTop(1234)).toBe(1234);
    expect(scale.toScroll(1234)).toBe(1234);
  });

  it.each([400_000, 1_000_000, 50_000_000])('reaches both ends of %d rows and comes back from everywhere', (rows) => {
    const scale = scrollScale(rows, 44, 700);
    expect(scale.box).toBe(maxHeight);
    expect(scale.toTop(0)).toBe(0);
    expect(scale.toTop(maxHeight - 700)).toBe(rows * 44 - 700);
    for (const share of [0.1, 0.37, 0.5, 0.99]) {
      const top = share * (rows * 44 - 700);
      expect(scale.toTop(scale.toScroll(top))).toBeCloseTo(top, 3);
    }
  });

  it('has one place where everything fits or nothing is there', () => {
    for (const rows of [0, 3]) {
      const scale = scrollScale(rows, 44, 700);
      expect(scale.toTop(50)).toBe(0);
      expect(scale.toScroll(50)).toBe(0);
    }
  });
});
