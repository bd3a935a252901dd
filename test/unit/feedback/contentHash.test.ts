import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash as hashOf } from '../../../src/engine/feedback/contentHash.js';

const contentHash = (text: string): string => hashOf('jsonl|log', text);

describe('contentHash', () => {
  it('is the same for the same text and 32 hex digits', () => {
    expect(contentHash('{"user":"u1","answer":"A","rating":1}')).toBe(contentHash('{"user":"u1","answer":"A","rating":1}'));
    for (const text of ['', 'a', 'ä', '12345678', '123456789', 'x'.repeat(1000)]) expect(contentHash(text)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is another one for another source, whatever was hashed before', () => {
    const first = hashOf('jsonl|a', 'x');
    expect(hashOf('jsonl|b', 'x')).not.toBe(first);
    expect(hashOf('jsonl|a', 'x')).toBe(first);
  });

  it('tells many lines apart that differ in a few characters, in each half of its digits', () => {
    const whole = new Set<string>();
    const left = new Set<string>();
    const right = new Set<string>();
    for (let n = 0; n < 100_000; n++) {
      const hash = contentHash(`{"user":"u${String(n % 1000)}","answer":"A","rating":${String(n % 5)},"n":${String(n)}}`);
      whole.add(hash);
      left.add(hash.slice(0, 16));
      right.add(hash.slice(16));
    }
    expect([whole.size, left.size, right.size]).toEqual([100_000, 100_000, 100_000]);
  });

  it('changes with every change of one character, also in a short text and at its end', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (text, at, other) => {
        const index = at % text.length;
        const changed = text.slice(0, index) + other + text.slice(index + 1);
        fc.pre(changed !== text);
        expect(contentHash(changed)).not.toBe(contentHash(text));
        expect(contentHash(`${text}\0`)).not.toBe(contentHash(text));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});
