import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bleu } from '../../../src/engine/evaluation/textMetrics/bleu.js';
import { gleu } from '../../../src/engine/evaluation/textMetrics/gleu.js';
import { rouge1 } from '../../../src/engine/evaluation/textMetrics/rouge.js';
import { treebankTokens } from '../../../src/engine/evaluation/textMetrics/treebank.js';

const seed = { seed: 7, numRuns: 200 };
const text = fc
  .array(fc.constantFrom('the', 'cat', 'sat', 'on', 'a', 'mat.', "isn't", '"so"'), { maxLength: 12 })
  .map((list) => list.join(' '));

describe('BLEU', () => {
  it('clips what recurs: the paper’s answer of seven times "the" has a precision of 2/7', () => {
    const score = bleu('the the the the the the the', ['The cat is on the mat', 'There is a cat on the mat']);
    // p1 = 2/7; no pair, triple or quadruple is found, so that each counts as 1e-7; 7 words against 7 have the penalty 1.
    expect(score).toBeCloseTo(((2 / 7) * 1e-21) ** 0.25, 12);
  });

  it('clips each n-gram by the reference that has it most often', () => {
    // a: 1 of the first, b: 1 of the second: p1 = 2/2; no pair in either. Both references have the answer's length.
    expect(bleu('a b', ['a x', 'y b'])).toBeCloseTo(Math.sqrt(1e-7), 12);
  });

  it('is the mean of the precisions times the penalty for brevity', () => {
    // 6 words of 6: p = 5/6, 3/5, 1/4, and no quadruple.
    const score = bleu('the cat sat on the mat', ['the cat is on the mat']);
    expect(score).toBeCloseTo(((5 / 6) * (3 / 5) * (1 / 4) * 1e-7) ** 0.25, 12);
    // All four orders are whole, and 4 words stand against 6: exp(1 − 6/4).
    expect(bleu('the cat is on', ['the cat is on the mat'])).toBeCloseTo(Math.exp(-0.5), 12);
  });

  it('measures brevity by the nearest length, the shorter of two that are as near', () => {
    expect(bleu('a b c d', ['a b c d e f', 'a b'])).toBe(bleu('a b c d', ['a b', 'a b c d e f']));
    expect(bleu('a b c d', ['a b c d e', 'q r s'])).toBeCloseTo(1, 12);
  });

  it('leaves out orders that a short answer cannot have, and is 0 for an empty one', () => {
    expect(bleu('the cat', ['the cat'])).toBe(1);
    expect(bleu(' ', ['the cat'])).toBe(0);
  });
});

describe('GLEU', () => {
  it('is the smaller of precision and recall over all n-grams up to four', () => {
    // 6 words have 18 n-grams; in common are 5 words, 3 pairs and 1 triple.
    expect(gleu('the cat sat on the mat', ['the cat is on the mat'])).toBeCloseTo(9 / 18, 12);
    // 3 words have 6 n-grams, 6 words 18: all 6 are found, and recall is 6/18.
    expect(gleu('the cat is', ['the cat is on the mat'])).toBeCloseTo(6 / 18, 12);
  });

  it('takes the best reference, and no notice of case and full stops', () => {
    expect(gleu('The Cat.', ['a dog', 'the cat'])).toBe(1);
    expect(gleu('...', ['...'])).toBe(0);
  });
});

describe('ROUGE-1', () => {
  it('is the F-measure of words, each as often as both have it', () => {
    // 6 tokens each; in common: the (twice), cat, on, mat.
    expect(rouge1('the cat sat on the mat', 'the cat is on the mat')).toBeCloseTo((2 * 5) / 12, 12);
    expect(rouge1('the the the', 'the cat')).toBeCloseTo((2 * 1) / 5, 12);
    expect(rouge1('The cat', 'the CAT')).toBe(1);
    expect(rouge1('', 'the cat')).toBe(0);
  });
});

describe('tokens of the Penn Treebank', () => {
  it.each([
    ["They'll save and invest more.", ['They', "'ll", 'save', 'and', 'invest', 'more', '.']],
    ["hi, my name can't hello,", ['hi', ',', 'my', 'name', 'ca', "n't", 'hello', ',']],
    [
      '"We beat some pretty good teams to get here," Slocum said.',
      ['``', 'We', 'beat', 'some', 'pretty', 'good', 'teams', 'to', 'get', 'here', ',', "''", 'Slocum', 'said', '.'],
    ],
    ['costs $3,000.50 (about 5%)', ['costs', '$', '3,000.50', '(', 'about', '5', '%', ')']],
    ['I cannot. Gonna go -- maybe...', ['I', 'can', 'not.', 'Gon', 'na', 'go', '--', 'maybe', '...']],
    ['', []],
  ])('%s', (given, tokens) => {
    expect(treebankTokens(given)).toEqual(tokens);
  });
});

describe('every measure', () => {
  it('is 1 for a text and itself, and within 0 and 1', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        for (const measure of [(x: string, y: string) => bleu(x, [y]), (x: string, y: string) => gleu(x, [y]), rouge1]) {
          const score = measure(a, b);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1 + 1e-12);
          if (a.trim() !== '') expect(measure(a, a)).toBeCloseTo(1, 12);
        }
      }),
      seed,
    );
  });
});
