import type { Assertion } from '../types.js';
import type { Outcome } from './types.js';

interface Part {
  type: string;
  pass: boolean;
  score: number;
  reason: string;
}

/**
 * promptfoo's rules for assertions that count together: the score is the weighted mean, 0 where nothing has weight; they pass if each passes
 * that has weight, or, with a threshold, if the score reaches it. `results` are those of `assertions`, in their order.
 */
export function combined(
  results: readonly Part[],
  assertions: readonly Pick<Assertion, 'weight'>[],
  threshold: number | null,
): Pick<Outcome, 'pass' | 'score' | 'reason'> {
  const weightOf = (index: number): number => assertions[index]?.weight ?? 1;
  const total = results.reduce((sum, _result, index) => sum + weightOf(index), 0);
  const sum = results.reduce((acc, result, index) => acc + result.score * weightOf(index), 0);
  const score = total > 0 ? sum / total : 0;
  if (threshold !== null)
    return { pass: score >= threshold, score, reason: `Score ${score.toFixed(2)}, the threshold is ${String(threshold)}` };
  const failed = results.find((result, index) => !result.pass && weightOf(index) > 0);
  return { pass: failed === undefined, score, reason: failed?.reason ?? 'All assertions hold' };
}
