/** From when on a server is read, and how far back it is asked again. */
import { parseDuration } from '../../../config/durations.js';
import type { SourceConfig } from '../../../config/types.js';
import { parseTime } from '../../time.js';

const DAY = 86_400_000;

/** Records may arrive this much later than they were made, and clocks differ. */
export const overlapMs = 15 * 60_000;

export interface Window {
  /** Nothing before this is read (ms). */
  from: number;
  /** What was read is asked again from here on, for what was said late (ms). */
  again: number;
}

/** `since`: of the pull, before what config.yaml says (default 90 days); `lookback` of config.yaml, default 7 days. */
export function windowOf(config: SourceConfig, since: number | null, now: number): Window {
  const text = config.since ?? '90d';
  const duration = parseDuration(text);
  const from = since ?? (duration === null ? (parseTime(text) ?? now - 90 * DAY) : now - duration);
  return { from, again: Math.max(from, now - (parseDuration(config.lookback ?? '7d') ?? 7 * DAY)) };
}

/** The newest change that was read (ms): what is read again must not be counted again as something that cannot be used. */
export class Newest {
  private last: number | null;

  constructor(private readonly before: number | null) {
    this.last = before;
  }

  /** Whether what was changed then is read for the first time. */
  isUnseen(changed: number | null): boolean {
    if (changed !== null && (this.last === null || changed > this.last)) this.last = changed;
    return this.before === null || (changed !== null && changed > this.before);
  }

  /** For the state of the next read. */
  get value(): number | null {
    return this.last;
  }
}
