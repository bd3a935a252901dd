import type { IndexRows } from '../indexRows.js';

/**
 * Number that is the same for the same user, and differs between users, sessions and events. `own`: what row `n` of feedback says of it, `served`:
 * the interaction that it is about, -1 for none.
 */
export function unitKey(rows: IndexRows, own: number, served: number, n: number): number {
  // Even: a user, who counts before any session.
  if (own >= 0 && own % 2 === 0) return own;
  const by = served < 0 ? -1 : rows.unitOf(served);
  if (by >= 0 && (by % 2 === 0 || own < 0)) return by;
  return own >= 0 ? own : -1 - n;
}
