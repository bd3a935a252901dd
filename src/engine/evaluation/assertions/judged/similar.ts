/** Kinds that compare the meaning of two texts by their vectors. */
import { EngineError } from '../../../errors.js';
import { forVectors } from '../../judges/choice.js';
import { short, textOf } from '../outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from '../types.js';
import { judgeOf, reaches, thresholdOf } from './material.js';

export const similarHandlers: Handlers = {
  similar: (call) => similar(call, 'cosine'),
  'similar:cosine': (call) => similar(call, 'cosine'),
  'similar:dot': (call) => similar(call, 'dot'),
  'similar:euclidean': (call) => similar(call, 'euclidean'),
};

type Measure = 'cosine' | 'dot' | 'euclidean';

/**
 * promptfoo's rules: from 0.75 (`euclidean`: a distance of at most 0.75, and the score is 1 / (1 + distance)); a list passes where one of its texts
 * does, hence `not-` where none does.
 */
async function similar(call: AssertionCall, measure: Measure): Promise<Outcome> {
  const { assertion, input, value } = call;
  const wanted = (Array.isArray(value) ? value : [value]).map((item) => (item === null || item === undefined ? '' : textOf(item)));
  if (wanted.length === 0 || wanted.some((text) => text.trim() === ''))
    throw new NotEvaluated('its value is empty, so there is nothing to compare with');
  // An endpoint refuses to make a vector of nothing.
  if (input.output.trim() === '') return { pass: false, score: 0, reason: 'The answer is empty', graded: true };
  const { value: vectors, use } = await judgeOf(call).embed([input.output, ...wanted], forVectors(assertion.provider));
  const [own = [], ...others] = vectors;
  const threshold = thresholdOf(call, 0.75);
  let best: { pass: boolean; score: number; found: number; text: string } | null = null;
  for (const [index, other] of others.entries()) {
    const found = measures[measure](own, other);
    const isDistance = measure === 'euclidean';
    const pass = isDistance ? reaches(-found, -threshold) : reaches(found, threshold);
    const score = isDistance ? 1 / (1 + found) : Math.min(1, Math.max(0, found));
    if (best === null || score > best.score) best = { pass, score, found, text: wanted[index] ?? '' };
  }
  if (best === null) throw new NotEvaluated('its list is empty');
  const what = measure === 'euclidean' ? `The distance to “${short(best.text)}” is` : `The likeness to “${short(best.text)}” is`;
  const limit = measure === 'euclidean' ? 'at most' : 'at least';
  const reason = `${what} ${best.found.toFixed(3)}; ${limit} ${String(threshold)} is wanted`;
  return { pass: best.pass, score: best.score, reason, expected: best.text, graded: true, judge: use };
}

function dot(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length === 0)
    throw new EngineError('ANSWER_UNREADABLE', 'The model for vectors made vectors of different lengths. Use one model for all of them.', {
      judge: true,
    });
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

export function cosine(a: readonly number[], b: readonly number[]): number {
  const length = Math.sqrt(dot(a, a) * dot(b, b));
  return length > 0 ? dot(a, b) / length : 0;
}

const measures: Record<Measure, (a: readonly number[], b: readonly number[]) => number> = {
  cosine,
  dot,
  euclidean: (a, b) => Math.sqrt(Math.max(0, dot(a, a) + dot(b, b) - 2 * dot(a, b))),
};
