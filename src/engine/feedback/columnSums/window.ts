/** Which records a request is about. */
import type { Window } from '../backend.js';

/** `own`: ms, NaN where the record has none of its own; `fileTime`: of its file. */
export function isInside(window: Window, own: number, fileTime: number): boolean {
  const { since, until, asOf, asked } = window;
  // A record without a time was not made later than `asOf`, whenever its file was written last.
  if (asked && own > asOf) return false;
  const time = Math.min(Number.isNaN(own) ? fileTime : own, asOf);
  return (since === null || time >= since) && (until === null || time < until);
}

/** Whether a window leaves nothing out; `latest`: the latest time of any record of its own. */
export function isWhole({ since, until, asOf, asked }: Window, latest: number): boolean {
  return since === null && until === null && (!asked || latest <= asOf);
}
