/** Who says a metric, and on which range: plain data and words for the question that a source cannot answer itself. */
import type { ScoreMeaningParams } from '../../shared/sourceProtocol.js';

export interface Meaning {
  label: string;
  description: string;
  meaning: ScoreMeaningParams;
  /** It is a number or a choice on a range, which is asked next. */
  ranged: boolean;
}

export const meanings: readonly Meaning[] = [
  {
    label: 'Users, by Thumb',
    description: 'up or down',
    meaning: { signal: 'explicit.thumb', actor: 'end_user', min: 0, max: 1 },
    ranged: false,
  },
  { label: 'Users, by Rating', description: 'stars or a number', meaning: { signal: 'explicit.rating', actor: 'end_user' }, ranged: true },
  {
    label: 'Experts, by Review',
    description: 'people who look at answers for the team',
    meaning: { signal: 'review.score', actor: 'expert' },
    ranged: true,
  },
  {
    label: 'A Model as Judge',
    description: 'kept apart from what people say',
    meaning: { signal: 'judge.score', actor: 'llm_judge' },
    ranged: true,
  },
  {
    label: 'A Check by Code',
    description: 'kept apart from what people say',
    meaning: { signal: 'code.score', actor: 'code' },
    ranged: true,
  },
  { label: 'Leave It Out', description: 'it counts for nothing', meaning: { signal: 'ignore' }, ranged: false },
];

export const ranges: readonly { label: string; min: number; max: number }[] = [
  { label: '0 to 1', min: 0, max: 1 },
  { label: '1 to 5', min: 1, max: 5 },
  { label: '0 to 10', min: 0, max: 10 },
  { label: '1 to 10', min: 1, max: 10 },
  { label: '0 to 100', min: 0, max: 100 },
  { label: '-1 to 1', min: -1, max: 1 },
];

/** `1..5`, `0 to 3.5`; `null` for anything else. */
export function parseRange(text: string): { min: number; max: number } | null {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*(?:\.\.|to|–|,|;)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  const [min, max] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && min < max ? { min, max } : null;
}

/** What is known of a metric, in one line. */
export function meaningWords(meaning: ScoreMeaningParams | undefined): string {
  if (meaning === undefined) return 'left out until you say who says it';
  const known = meanings.find(({ meaning: each }) => each.signal === meaning.signal);
  const { min, max, higherIsBetter } = meaning;
  return [
    known?.label ?? meaning.signal ?? '',
    min === undefined || max === undefined || known?.ranged !== true ? null : `${String(min)} to ${String(max)}`,
    higherIsBetter === false ? 'lower is better' : null,
  ]
    .filter((part) => part !== null && part !== '')
    .join(', ');
}
