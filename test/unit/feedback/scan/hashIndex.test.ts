import { describe, expect, it } from 'vitest';
import { join53, mix } from '../../../../src/engine/feedback/scan/hash.js';
import { HashIndex } from '../../../../src/engine/feedback/scan/hashIndex.js';

const keyOf = (n: number): number => join53(mix(n), mix(n + 0x5bd1e995));

describe('an index of keys', () => {
  it('numbers new keys up to the first that it knows', () => {
    const index = new HashIndex(16);
    const keys = Float64Array.from({ length: 5000 }, (_, n) => keyOf(n));
    index.set(keyOf(3000), 7);
    expect(index.addNew(keys, 10, 5000, 100)).toBe(2990);
    expect(index.addNew(keys, 3000, 5000, 100)).toBe(0);
    expect(index.addNew(keys, 3001, 5000, 10_000)).toBe(1999);
    // The same key twice in one stretch.
    expect(index.addNew(Float64Array.of(keyOf(1), keyOf(2), keyOf(1)), 0, 3, 50)).toBe(2);
    expect([1, 2, 9, 10, 2999, 3000, 3001, 4999].map((n) => index.get(keyOf(n)))).toEqual([50, 51, -1, 100, 3089, 7, 10_000, 11_998]);
    expect(index.size).toBe(4992);
    const sorted = index.sortedKeys();
    expect(sorted).toHaveLength(4992);
    expect(sorted).toEqual(Float64Array.from(sorted).sort());
  });

  it('forgets', () => {
    const index = new HashIndex(16);
    index.set(keyOf(1), 5);
    index.clear();
    expect([index.size, index.get(keyOf(1))]).toEqual([0, -1]);
    expect(index.addNew(Float64Array.of(keyOf(1)), 0, 1, 6)).toBe(1);
    expect(index.get(keyOf(1))).toBe(6);
  });
});
