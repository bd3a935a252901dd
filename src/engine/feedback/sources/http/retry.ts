/** When to ask a server again. */

/** Longest wait that is granted to a server within one pull. */
export const longestWaitMs = 60_000;

/** Milliseconds of `Retry-After`: seconds or a date (RFC 9110, 10.2.3). `null` where there is none or it cannot be read. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const value = header?.trim() ?? '';
  if (value === '') return null;
  if (/^\d+(\.\d+)?$/u.test(value)) return Math.ceil(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Half a second, doubled each time, at most half a minute. `attempt` from 0. */
export function backoffMs(attempt: number): number {
  return Math.min(30_000, 500 * 2 ** attempt);
}

/** Passing states of a server: too many requests, a timeout of its own, a restart, a proxy in front of it. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}
