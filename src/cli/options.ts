/** Parsers of option values. Their message becomes the one sentence that the user sees. */
import { InvalidArgumentError } from 'commander';
import { parseTime } from '../engine/feedback/time.js';

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
      const upper = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${String(max)}`;
      throw new InvalidArgumentError(`It must be a whole number of at least ${String(min)}${upper}.`);
    }
    return value;
  };
}

/** A number in [0, 1]. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  }
  return value;
}

/** RFC 3339 or a date, read as in a log: no zone means UTC, whatever the machine's own is. Returned as RFC 3339 UTC. */
export function isoTime(text: string): string {
  const time = /^\d{4}-/.test(text) ? parseTime(text) : null;
  if (time === null) {
    throw new InvalidArgumentError('It must be a time such as 2026-11-23T19:20:26Z or a date such as 2026-11-23.');
  }
  return new Date(time).toISOString();
}

/** For options that may be given several times. */
export function several(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
