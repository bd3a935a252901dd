import type { FeedbackRow } from '../../shared/documents.js';
import { signalName } from '../../shared/words.js';

/** Codicon for a row. Shape, not colour, carries the meaning; the words stand beside it. */
export function signalIcon(row: FeedbackRow): string {
  if (row.signal === 'explicit.correction') return 'edit';
  if (row.signal.startsWith('system.')) return 'warning';
  if (row.signal.startsWith('review.')) return 'checklist';
  if (row.signal.startsWith('judge.') || row.signal.startsWith('code.')) return 'beaker';
  if (row.signal.startsWith('implicit.')) return 'eye';
  if (row.y !== null) return row.y >= 0.5 ? 'thumbsup' : 'thumbsdown';
  return 'comment';
}

/** What the signal says, in words. Ratings keep their raw value, so that nothing is hidden by the scale. */
export function signalWords(row: FeedbackRow): string {
  if (row.signal === 'explicit.thumb') return row.y === null ? 'thumb' : row.y >= 0.5 ? 'thumb up' : 'thumb down';
  if (row.signal === 'explicit.rating') return row.raw === null ? 'rating' : `rated ${String(row.raw)}`;
  const words = signalName(row.signal);
  return row.y === null || row.signal.startsWith('implicit.') ? words : `${words} ${row.y.toFixed(2)}`;
}
