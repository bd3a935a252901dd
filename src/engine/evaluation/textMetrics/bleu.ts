import { countNgrams, words } from './ngrams.js';

const orders = [1, 2, 3, 4];
/** What stands for a precision of 0, whose logarithm does not exist. */
const nothing = 1e-7;

/**
 * BLEU-4 of one answer, in [0, 1]: `BP · exp(Σ wₙ ln pₙ)` with clipped precisions `pₙ` of 1- to 4-grams of equal weight, clipped by
 * the reference that has the n-gram most often, and `BP = 1` for an answer longer than the nearest reference, else `exp(1 − r/c)`
 * (Papineni, Roukos, Ward and Zhu, 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL).
 *
 * Of one sentence rather than a corpus, hence as promptfoo does it: words between white space in lower case, 1e-7 in place of a
 * precision of 0, and orders that a short answer has no n-grams of are left out. promptfoo takes, with several references, the one that
 * matches best for an order; here each n-gram is clipped on its own, as the paper has it.
 */
export function bleu(answer: string, references: readonly string[]): number {
  const candidate = words(answer);
  if (candidate.length === 0 || references.length === 0) return 0;
  const wanted = references.map(words);
  let logs = 0;
  let used = 0;
  for (const n of orders) {
    const { counts, total } = countNgrams(candidate, n);
    if (total === 0) continue;
    const inReferences = wanted.map((tokens) => countNgrams(tokens, n).counts);
    let clipped = 0;
    for (const [key, count] of counts) clipped += Math.min(count, Math.max(...inReferences.map((each) => each.get(key) ?? 0)));
    logs += Math.log(clipped === 0 ? nothing : clipped / total);
    used++;
  }
  const nearest = wanted
    .map((tokens) => tokens.length)
    .reduce((best, length) => {
      const [a, b] = [Math.abs(best - candidate.length), Math.abs(length - candidate.length)];
      return b < a || (b === a && length < best) ? length : best;
    });
  const brevity = candidate.length > nearest ? 1 : Math.exp(1 - nearest / candidate.length);
  return brevity * Math.exp(logs / used);
}
