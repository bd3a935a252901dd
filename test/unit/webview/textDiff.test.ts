import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textDiff } from '../../../src/webview/evaluation/textDiff.js';

describe('a difference word by word', () => {
  it('names what was left out and what is new', () => {
    expect(textDiff('the red house stands', 'the blue house stands still')).toEqual([
      { kind: 'same', text: 'the ' },
      { kind: 'removed', text: 'red' },
      { kind: 'added', text: 'blue' },
      { kind: 'same', text: ' house stands' },
      { kind: 'added', text: ' still' },
    ]);
    expect(textDiff('', 'a')).toEqual([{ kind: 'added', text: 'a' }]);
    expect(textDiff('a', 'a')).toEqual([{ kind: 'same', text: 'a' }]);
    expect(textDiff('', '')).toEqual([]);
  });

  it('texts that have nothing in common stand as a whole', () => {
    const other = (start: number): string => Array.from({ length: 1500 }, (_, index) => `w${String(start + index)}`).join(' ');
    expect(textDiff(other(0), other(9000)).map(({ kind }) => kind)).toEqual(['removed', 'added']);
  });

  it('gives both texts back', () => {
    const text = fc.array(fc.constantFrom('a', 'b', ' ', '\n', 'cc', '.', 'é'), { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = textDiff(before, after);
        const of = (kinds: string[]): string =>
          parts
            .filter(({ kind }) => kinds.includes(kind))
            .map((part) => part.text)
            .join('');
        expect(of(['same', 'removed'])).toBe(before);
        expect(of(['same', 'added'])).toBe(after);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
