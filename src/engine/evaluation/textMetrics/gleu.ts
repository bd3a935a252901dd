import { countNgrams, overlap, words } from './ngrams.js';

/**
 * GLEU of one answer, in [0, 1]: of all 1- to 4-grams, the smaller of precision and recall, best over the references (Wu et al., 2016,
 * "Google's Neural Machine Translation System", §4.3). Words are between white space, in lower case, without full stops at their ends,
 * as promptfoo has them.
 */
export function gleu(answer: string, references: readonly string[]): number {
  const candidate = tokens(answer);
  if (candidate.length === 0) return 0;
  return Math.max(0, ...references.map((reference) => one(candidate, tokens(reference))));
}

function tokens(text: string): string[] {
  const found = words(text).map(withoutStops);
  return found.some((word) => word !== '') ? found : [];
}

function withoutStops(word: string): string {
  let end = word.length;
  while (word[end - 1] === '.') end--;
  return word.slice(0, end);
}

function one(candidate: readonly string[], reference: readonly string[]): number {
  let matching = 0;
  let ours = 0;
  let theirs = 0;
  for (const n of [1, 2, 3, 4]) {
    const left = countNgrams(candidate, n);
    const right = countNgrams(reference, n);
    matching += overlap(left.counts, right.counts);
    ours += left.total;
    theirs += right.total;
  }
  // min(m/o, m/t) = m / max(o, t); `ours` is never 0.
  return matching / Math.max(ours, theirs);
}
