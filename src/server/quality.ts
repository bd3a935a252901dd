/** Sentences about a prompt's quality, the same in lens, diagnostic, hover and tree. Every number comes with its uncertainty. */
import type { PromptScore, Theme, VersionScore } from '../shared/documents.js';
import { changeWords } from '../shared/words.js';

/** Users from which a score is shown (`feedback.md`: colour and sort only from 30). */
export const minimumUsers = 30;

const figure = (value: number): string => value.toFixed(2);
export const people = (count: number): string => (count === 1 ? '1 user' : `${String(count)} users`);
export const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/**
 * The row that speaks for the prompt now: the current version, else the prompt as served (`version: null`), which is better than
 * nothing but says so.
 */
export function headline(score: PromptScore | undefined): VersionScore | null {
  if (score === undefined) return null;
  const current = score.versions.find((row) => row.version !== null && row.version === score.current);
  if (current !== undefined && current.status !== 'insufficient') return current;
  const served = score.versions.find((row) => row.version === null);
  if (served !== undefined && served.status !== 'insufficient') return served;
  return current ?? served ?? null;
}

/** Users who said anything that can count, over the channels that can make a score. */
export function usersOf(row: VersionScore | null): number {
  return row === null ? 0 : Math.max(row.score?.users ?? 0, row.channels.explicit?.users ?? 0, row.channels.expert?.users ?? 0);
}

/** Mean of the users of the last 7 days less that of the 7 before; `null` where either week has under 10 users. */
export function weekTrend(row: VersionScore): number | null {
  return row.week?.delta ?? null;
}

export function trendWords(trend: number | null): string | null {
  if (trend === null) return null;
  if (Math.abs(trend) < 0.005) return 'steady for 7 days';
  return `${trend < 0 ? 'down' : 'up'} ${figure(Math.abs(trend))} in 7 days`;
}

/** The newest version before the current one that has a score: what a new version is seen against. */
function scoredBefore(score: PromptScore): VersionScore | null {
  const number = (row: VersionScore): number => Number(row.version?.replace(/^v/, '') ?? -1);
  const scored = score.versions.filter((row) => row.version !== null && row.version !== score.current && row.status !== 'insufficient');
  return scored.sort((a, b) => number(b) - number(a))[0] ?? null;
}

/** True where some version, or the prompt as served, has feedback. */
export function hasFeedback(score: PromptScore | undefined): boolean {
  return score?.versions.some((row) => usersOf(row) > 0) === true;
}

/** `0.61 [0.56, 0.66] · 240 users · down 0.08 in 7 days · v2`, or why there is no number. */
export function lensTitle(score: PromptScore | undefined): string {
  const row = headline(score);
  const users = usersOf(row);
  if (score === undefined || !hasFeedback(score)) return 'No feedback yet';
  if (row === null || users === 0) {
    const before = scoredBefore(score);
    const words = `No feedback on ${score.current ?? 'this text'} yet`;
    return before?.score == null
      ? words
      : `${words} · ${before.version ?? ''} had ${figure(before.score.mean)} [${figure(before.score.lo)}, ${figure(before.score.hi)}]`;
  }
  if (row.status === 'insufficient' || row.score === null) {
    return `Not enough feedback yet: ${people(users)}; a score needs ${String(minimumUsers)}.`;
  }
  const { mean, lo, hi } = row.score;
  return [
    `${figure(mean)} [${figure(lo)}, ${figure(hi)}]`,
    people(row.score.users),
    row.change == null
      ? trendWords(weekTrend(row))
      : `${row.change.direction === 'down' ? 'fell' : 'rose'} to ${figure(row.change.after)} since ${row.change.since.slice(0, 10)}`,
    row.version ?? 'version unknown',
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** `0.61 (95 % interval 0.56 to 0.66, 240 users)`. */
export function scoreWords(score: NonNullable<VersionScore['score']>): string {
  return `${figure(score.mean)} (${percent(score.level)} interval ${figure(score.lo)} to ${figure(score.hi)}, ${people(score.users)})`;
}

function complaint(theme: Theme | undefined): string {
  if (theme === undefined) return '';
  return ` Main complaint (${people(theme.users)}, ${percent(theme.share)} of those who complain): ${theme.label.replace(/[\s.]+$/, '')}.`;
}

/** The Problems text of a prompt that is low, to watch, or falling; `null` for the others. */
export function qualityMessage(row: VersionScore | null, threshold: number): { severity: 'warning' | 'information'; text: string } | null {
  if (row?.score == null) return null;
  if (row.status === 'low') {
    return { severity: 'warning', text: `Low quality: ${scoreWords(row.score)}.${complaint(row.themes[0])}` };
  }
  if (row.status === 'watch') {
    const text = `Quality to watch: ${scoreWords(row.score)}. The mean is under ${figure(threshold)}, but the interval reaches over it.${complaint(row.themes[0])}`;
    return { severity: 'information', text };
  }
  if (row.change?.direction === 'down')
    return { severity: 'warning', text: `Quality ${changeWords(row.change)}. It is ${scoreWords(row.score)} now.` };
  return null;
}
