import type { FeedbackRow } from '../../shared/documents.js';

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

const WORDS: Record<string, string> = {
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

/** What the signal says, in words. Ratings keep their raw value, so that nothing is hidden by the scale. */
export function signalWords(row: FeedbackRow): string {
  if (row.signal === 'explicit.thumb') return row.y === null ? 'thumb' : row.y >= 0.5 ? 'thumb up' : 'thumb down';
  if (row.signal === 'explicit.rating') return row.raw === null ? 'rating' : `rated ${String(row.raw)}`;
  const words = WORDS[row.signal] ?? row.signal;
  return row.y === null || row.signal.startsWith('implicit.') ? words : `${words} ${row.y.toFixed(2)}`;
}
