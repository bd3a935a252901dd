import { isSignal } from '../feedback/canonical.js';
import type { Checks, Path } from './checks.js';
import type { ScoreMeaning } from './types.js';

const actors = ['end_user', 'expert', 'llm_judge', 'code', 'system'] as const;

function readMeaning(checks: Checks, metric: string, value: unknown, path: Path): ScoreMeaning | undefined {
  const what = `The score "${metric}"`;
  const record = checks.record(value, path, what);
  if (record === undefined) return undefined;
  checks.keys(record, path, ['signal', 'actor', 'min', 'max', 'higherIsBetter'], 'a score');
  const bound = (key: string): number | undefined =>
    checks.number(record[key], [...path, key], `The "${key}" of the score "${metric}"`, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const signal = checks.text(record['signal'], [...path, 'signal'], `The signal of the score "${metric}"`);
  const known = signal === undefined || signal === 'ignore' || isSignal(signal);
  if (!known)
    checks.report(
      [...path, 'signal'],
      `The signal "${signal}" is not known. Write one such as explicit.thumb, explicit.rating, review.score, judge.score or code.score, or ignore.`,
    );
  const actor =
    record['actor'] === undefined
      ? undefined
      : checks.oneOf(record['actor'], [...path, 'actor'], `The actor of the score "${metric}"`, actors);
  const min = bound('min');
  const max = bound('max');
  const ordered = min === undefined || max === undefined || min < max;
  if (!ordered) checks.report([...path, 'max'], `The range of the score "${metric}" ends before it begins. Make max larger than min.`);
  const higher = record['higherIsBetter'];
  if (higher !== undefined && typeof higher !== 'boolean')
    checks.report([...path, 'higherIsBetter'], `The value of "higherIsBetter" is neither true nor false. Write one of them.`);
  return {
    ...(signal === undefined || !known ? {} : { signal }),
    ...(actor === undefined ? {} : { actor }),
    ...(min === undefined || !ordered ? {} : { min }),
    ...(max === undefined || !ordered ? {} : { max }),
    ...(typeof higher === 'boolean' ? { higherIsBetter: higher } : {}),
  };
}

/** `scores:` of a source: what its metrics mean, by their names; `*` is every other metric. */
export function readScores(checks: Checks, value: unknown, path: Path): Record<string, ScoreMeaning> | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The value of "scores"');
  if (record === undefined) return undefined;
  const entries = Object.entries(record).flatMap(([metric, meaning]) => {
    const read = readMeaning(checks, metric, meaning, [...path, metric]);
    return read === undefined ? [] : [[metric, read] as const];
  });
  return Object.fromEntries(entries);
}
