/** Words of sources in the Prompts view: plain functions, so that they can be tested without an editor. */
import type { SourceStatus } from '../../shared/sourceProtocol.js';
import { withoutName } from './promptText.js';

const MINUTE = 60_000;

const counted = (count: number, one: string, many: string): string => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** `2 min ago`, `in 5 min`. */
export function span(time: string, now: number): string {
  const ms = Date.parse(time) - now;
  const minutes = Math.round(Math.abs(ms) / MINUTE);
  const words =
    minutes < 1
      ? 'a moment'
      : minutes < 120
        ? `${String(minutes)} min`
        : minutes < 2880
          ? `${String(Math.round(minutes / 60))} h`
          : `${String(Math.round(minutes / 1440))} d`;
  return ms > 0 ? `in ${words}` : `${words} ago`;
}

/** Records that could not be used. */
export function lost(status: SourceStatus): number {
  return status.rejected.reduce((sum, { count }) => sum + count, 0);
}

/** One short line beside the name. */
export function sourceDescription(status: SourceStatus, now: number): string {
  switch (status.state) {
    case 'pulling':
      return 'reading…';
    case 'waiting':
      return 'waits for trust';
    case 'new':
      return 'not read yet';
    case 'failing':
      return withoutName(status.message ?? '', status.name);
    case 'ok': {
      const parts = [
        status.feedback === null ? 'asked for each score' : counted(status.feedback, 'signal', 'signals'),
        lost(status) === 0 ? null : `${counted(lost(status), 'record', 'records')} not read`,
        status.lastPull === null ? null : span(status.lastPull, now),
      ];
      return parts.filter((part) => part !== null).join(' · ');
    }
  }
}

/** Everything there is to know, a line each: the tooltip, and what a screen reader says. */
export function sourceLines(status: SourceStatus, now: number): string[] {
  const { name, kind, location, state, message, lastPull, nextPull, interactions, feedback, redacted, notes } = status;
  const states: Record<SourceStatus['state'], string> = {
    ok: 'works',
    pulling: 'is being read',
    failing: 'fails',
    waiting: 'waits for trust',
    new: 'was not read yet',
  };
  const taken = Object.entries(redacted).map(([what, count]) => `${what} (${String(count)})`);
  return [
    `Source ${name} ${states[state]}`,
    [kind, location].filter((part) => part !== '').join(': '),
    message === null ? null : withoutName(message, name),
    feedback === null
      ? null
      : `${counted(feedback, 'signal', 'signals')}${interactions === null ? '' : `, ${counted(interactions, 'interaction', 'interactions')}`}`,
    lastPull === null ? null : `Last read ${span(lastPull, now)}`,
    nextPull === null || state === 'pulling' ? null : `Read again ${span(nextPull, now)}`,
    taken.length === 0 ? null : `Taken out of the texts when it was last read: ${taken.join(', ')}`,
    ...notes,
  ].filter((line): line is string => line !== null && line !== '');
}

/** Why records were not read, one line a reason. Files have lines; what came from a server has none. */
export function rejectedLines({ rejected }: SourceStatus): string[] {
  return rejected.map(({ reason, count, firstLine }) => {
    if (firstLine === 0) return `${counted(count, 'record was', 'records were')} not read: ${reason}.`;
    return count === 1
      ? `Line ${String(firstLine)} was not read: ${reason}.`
      : `${count.toLocaleString('en')} lines were not read (first: line ${String(firstLine)}): ${reason}.`;
  });
}

/** `3 · 1 fails`. */
export function groupDescription(statuses: readonly SourceStatus[]): string {
  const failing = statuses.filter(({ state }) => state === 'failing').length;
  const waiting = statuses.filter(({ state }) => state === 'waiting').length;
  return [
    String(statuses.length),
    failing === 0 ? null : failing === 1 ? '1 fails' : `${String(failing)} fail`,
    waiting === 0 ? null : waiting === 1 ? '1 waits for trust' : `${String(waiting)} wait for trust`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
