import { countNgrams, overlap } from './ngrams.js';
import { treebankTokens } from './treebank.js';

/**
 * ROUGE-1 as an F-measure, in [0, 1]: `2·p·r / (p + r)` of the unigrams that both texts have, clipped (Lin, 2004, "ROUGE: A Package for
 * Automatic Evaluation of Summaries", §2). Tokens are those of the Penn Treebank, in lower case. promptfoo's `rouge-n` is this one as well,
 * whatever the letter stands for.
 */
export function rouge1(answer: string, reference: string): number {
  const candidate = countNgrams(treebankTokens(answer.toLowerCase()), 1);
  const wanted = countNgrams(treebankTokens(reference.toLowerCase()), 1);
  const matching = overlap(candidate.counts, wanted.counts);
  // 2pr/(p+r) with p = m/c and r = m/w.
  return matching === 0 ? 0 : (2 * matching) / (candidate.total + wanted.total);
}
