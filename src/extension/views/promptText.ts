/** Words and order of the Prompts view: plain functions, so that they can be tested without an editor. */
import type { PromptSummary } from '../../shared/protocol.js';

/** Worst first: by the interval's upper end; prompts without a score come last, by name. */
export function worstFirst(a: PromptSummary, b: PromptSummary): number {
  const upper = (prompt: PromptSummary): number => prompt.score?.hi ?? 2;
  return upper(a) - upper(b) || a.id.localeCompare(b.id);
}

export interface FolderGroup {
  folder: string;
  prompts: PromptSummary[];
}

/** Prompts by the folder part of their id, worst first in each and among the folders; those without a folder stand alone. */
export function groupByFolder(prompts: readonly PromptSummary[]): { groups: FolderGroup[]; alone: PromptSummary[] } {
  const groups = new Map<string, PromptSummary[]>();
  const alone: PromptSummary[] = [];
  for (const prompt of [...prompts].sort(worstFirst)) {
    const slash = prompt.id.lastIndexOf('/');
    if (slash <= 0) alone.push(prompt);
    else groups.set(prompt.id.slice(0, slash), [...(groups.get(prompt.id.slice(0, slash)) ?? []), prompt]);
  }
  // Made from sorted prompts, so a folder stands where its worst prompt does.
  return { groups: [...groups].map(([folder, list]) => ({ folder, prompts: list })), alone };
}

export function nameOf(prompt: PromptSummary): string {
  return prompt.id.slice(prompt.id.lastIndexOf('/') + 1);
}

const plain = (value: number): string => value.toFixed(2);

/** `0.61 ±.05  v2  ↘`: half the interval's width; the tooltip has both ends. */
export function description(prompt: PromptSummary): string {
  const { score, users, version, trend } = prompt;
  const faults = prompt.problems === 0 ? null : prompt.problems === 1 ? '1 problem' : `${String(prompt.problems)} problems`;
  if (score === null)
    return [users === 0 ? 'no feedback yet' : users === 1 ? '1 user' : `${String(users)} users`, version, faults]
      .filter((part) => part !== null)
      .join('  ');
  const half = plain((score.hi - score.lo) / 2).replace(/^0/, '');
  const arrow = trend === null ? null : Math.abs(trend) < 0.02 ? '→' : trend < 0 ? '↘' : '↗';
  return [`${plain(score.mean)} ±${half}`, version, arrow, faults].filter((part) => part !== null).join('  ');
}

const statusWords: Record<PromptSummary['status'], string> = {
  low: 'low quality',
  watch: 'to watch',
  good: 'good',
  insufficient: 'not enough feedback yet',
  none: 'no feedback yet',
};

/** What a screen reader says, and the tooltip's text: the same facts without icon or colour. */
export function spoken(prompt: PromptSummary, minimum = 30): string {
  const { score, users, trend, complaint, version } = prompt;
  const parts = [`${prompt.id}: ${statusWords[prompt.status]}`];
  if (score !== null) {
    parts.push(
      `score ${plain(score.mean)}, ${String(Math.round(score.level * 100))} % interval ${plain(score.lo)} to ${plain(score.hi)}, ${String(score.users)} users`,
    );
  } else if (users > 0) {
    parts.push(`${String(users)} of ${String(minimum)} users that a score needs`);
  }
  if (version !== null) parts.push(`version ${version}`);
  if (trend !== null)
    parts.push(Math.abs(trend) < 0.005 ? 'steady for 7 days' : `${trend < 0 ? 'down' : 'up'} ${plain(Math.abs(trend))} in 7 days`);
  if (complaint !== null) parts.push(`main complaint of ${String(complaint.users)} users: ${complaint.label}`);
  if (prompt.problems > 0) parts.push(prompt.problems === 1 ? '1 problem in the file' : `${String(prompt.problems)} problems in the file`);
  return parts.join('; ');
}

/** A source's message in a row that begins with the source's name: without saying it twice. */
export function withoutName(message: string, source: string): string {
  const prefix = `Source "${source}": `;
  if (!message.startsWith(prefix)) return message;
  const rest = message.slice(prefix.length);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
