import { describe, expect, it } from 'vitest';
import { vectorsOf } from '../../../src/engine/scoring/themes/features.js';

/** Weights by how often each term occurs, which is all that a repeated text changes. */
function weightsOf(comment: string): number[] {
  const { vectors } = vectorsOf([comment]);
  return [...(vectors[0]?.weights ?? [])].sort((a, b) => a - b);
}

describe('comments as vectors', () => {
  it('counts terms of a long comment as those of a short one', () => {
    const words = ['refund', 'coupon', 'parcel', 'refund', 'label'];
    const short = words.join(' ');
    // The same words so often that they are counted in another way; every count is twelve times as high.
    const long = Array.from({ length: 12 }, () => short).join(' ');
    const [few, many] = [weightsOf(short), weightsOf(long)];
    expect(many).toHaveLength(few.length);
    expect(Math.hypot(...many)).toBeCloseTo(1, 12);
    const { vectors } = vectorsOf([short, long]);
    expect([...(vectors[1]?.terms ?? [])]).toEqual([...(vectors[0]?.terms ?? [])]);
  });

  it('reads a comment of a hundred thousand letters', () => {
    const long = Array.from({ length: 15_000 }, (_, i) => `w${String(i)}`).join(' ');
    const { vectors, terms } = vectorsOf([long]);
    expect(vectors[0]?.terms.length).toBe(terms);
    expect(terms).toBeGreaterThan(15_000);
  });
});
