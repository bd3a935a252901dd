import { describe, expect, it } from 'vitest';
import { join53, mix } from '../../../../src/engine/feedback/scan/hash.js';
import { KeyFilter } from '../../../../src/engine/feedback/scan/keyFilter.js';

const keyOf = (n: number): number => join53(mix(n), mix(n + 0x5bd1e995));

describe('a filter of keys', () => {
  it('knows every key that was added, and takes few others for known', () => {
    const filter = new KeyFilter(20_000);
    for (let n = 0; n < 20_000; n++) filter.add(keyOf(n));
    let known = 0;
    let wrong = 0;
    for (let n = 0; n < 20_000; n++) {
      if (filter.mayHave(keyOf(n))) known++;
      if (filter.mayHave(keyOf(n + 20_000))) wrong++;
    }
    expect(known).toBe(20_000);
    expect(wrong).toBeLessThan(400);
  });
});
