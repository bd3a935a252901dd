/** Kinds that measure how near the answer is to a text. */
import { distance } from 'fastest-levenshtein';
import { bleu } from '../textMetrics/bleu.js';
import { gleu } from '../textMetrics/gleu.js';
import { rouge1 } from '../textMetrics/rouge.js';
import { clamp, textOf, verdict } from './outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from './types.js';

/** The distance takes time by the product of both lengths, and it cannot be stopped. */
const maxCells = 400_000_000;

export const metricHandlers: Handlers = {
  levenshtein,
  'rouge-n': (call) => reached(call, 'ROUGE-1', rouge1(call.input.output, call.text), 0.75),
  bleu: (call) => reached(call, 'BLEU', bleu(call.input.output, textsOf(call.value)), 0.5),
  gleu: (call) => reached(call, 'GLEU', gleu(call.input.output, textsOf(call.value)), 0.5),
};

/** Insertions, deletions and replacements that make one text of the other (Levenshtein, 1966), at most `threshold` (5). */
function levenshtein({ assertion, text, input }: AssertionCall): Outcome {
  const limit = assertion.threshold ?? 5;
  if (input.output.length * text.length > maxCells) throw new NotEvaluated('the texts are too long for an edit distance');
  const edits = distance(input.output, text);
  return verdict(edits <= limit, `${String(edits)} edits from the expected text, the limit is ${String(limit)}`, text);
}

/** A score passes that reaches its threshold; negated, the score is what is missing to 1. */
export function reached({ assertion }: AssertionCall, name: string, score: number, usual: number): Outcome {
  const threshold = assertion.threshold ?? usual;
  const pass = score >= threshold;
  return {
    pass,
    score: clamp(score),
    graded: true,
    reason: `${name} is ${score.toFixed(3)}, ${pass ? 'at least' : 'under'} the threshold of ${String(threshold)}`,
  };
}

function textsOf(value: unknown): string[] {
  const texts = Array.isArray(value) ? value.map(textOf) : [textOf(value)];
  if (texts.length === 0) throw new NotEvaluated('its list is empty');
  return texts;
}
