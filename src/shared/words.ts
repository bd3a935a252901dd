/** Words that several hosts show for the same thing. */
import type { PromptScore, PullSource, VersionScore } from './documents.js';

const SIGNALS: Record<string, string> = {
  'explicit.thumb': 'thumb',
  'explicit.rating': 'rating',
  'explicit.comment': 'comment',
  'explicit.correction': 'correction',
  'implicit.click': 'clicked',
  'implicit.dwell': 'stayed',
  'implicit.copy': 'copied',
  'implicit.accept': 'accepted',
  'implicit.edit': 'edited',
  'implicit.regenerate': 'asked again',
  'implicit.abandon': 'left',
  'implicit.followup': 'asked on',
  'review.score': 'review',
  'review.label': 'review label',
  'judge.score': 'model judge',
  'code.score': 'check by code',
  'system.error': 'error',
  'system.retry': 'retry',
  'system.latency': 'latency',
  'system.guardrail': 'guardrail',
};

/** All signals that there are, in the order in which they are offered. */
export const knownSignals: readonly string[] = Object.keys(SIGNALS);

/** A signal in plain words; one that we do not know is shown as it is. */
export function signalName(signal: string): string {
  return SIGNALS[signal] ?? signal;
}

const TITLE_LENGTH = 120;

/** What a case is called where it has no description: the values of its variables, else `fallback`. */
export function caseTitle(description: string | null, vars: Record<string, unknown>, fallback: string): string {
  if (description !== null && description !== '') return description;
  const values = Object.values(vars).filter((value) => typeof value === 'string' || typeof value === 'number');
  const text = values.map(String).join(' · ').replace(/\s+/g, ' ').trim();
  if (text === '') return fallback;
  return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH - 1)}…`;
}

type Change = NonNullable<VersionScore['change']>;
type Segment = VersionScore['segments'][number];
type Targeting = NonNullable<PromptScore['targeting']>[number];

const figure = (value: number): string => value.toFixed(2);
const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/** `fell from 0.82 to 0.71 since 2026-11-12`, with what the warning is worth. */
export function changeWords({ direction, before, after, since, level }: Change): string {
  const verb = direction === 'down' ? 'fell' : 'rose';
  return `${verb} from ${figure(before)} to ${figure(after)} since ${since.slice(0, 10)} (a false alarm has a chance of at most ${percent(level)}, however often one looks)`;
}

/** How the headline score was made, where it is more than a mean over users; else `null`. */
export function methodWords(method: VersionScore['method']): string | null {
  if (method === 'ppi') return 'labels of experts, with the rest filled in by a proxy that was checked against them';
  if (method === 'hajek') return 'reviews, each weighted by how likely it was to be drawn';
  return null;
}

/** `plan = free: 0.41 [0.33, 0.49], 52 users, against 0.66 [0.61, 0.71] of the rest`. */
export function segmentWords({ key, value, score, rest }: Segment): string {
  const interval = ({ mean, lo, hi }: { mean: number; lo: number; hi: number }): string => `${figure(mean)} [${figure(lo)}, ${figure(hi)}]`;
  const others = rest == null ? '' : `, against ${interval(rest)} of the rest`;
  return `${key} = ${value}: ${interval(score)}, ${String(score.users)} ${score.users === 1 ? 'user' : 'users'}${others}`;
}

/** `plan = free would be served better by v1 than by v2: +0.12 [+0.04, +0.20]`. */
export function targetingWords({ key, value, version, instead, delta, lo, hi }: Targeting): string {
  const signed = (number: number): string => `${number < 0 ? '' : '+'}${figure(number)}`;
  return `${key} = ${value} would be served better by ${version} than by ${instead}: ${signed(delta)} [${signed(lo)}, ${signed(hi)}]`;
}

/** What is to be noticed of a source beside its failure: how it is kept matters once something of it was. */
export function pullNotes({ error, interactions, feedback, notes }: PullSource): string[] {
  return error !== null && interactions.total + feedback.total === 0 ? [] : notes;
}
