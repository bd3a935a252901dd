/** Which channel a piece of feedback enters. Experts, users and judges are never pooled. */
import { feedbackFlags } from './scan/recordBatch.js';

export type ChannelKind = 'explicit' | 'expert' | 'judge' | 'implicit' | 'system' | null;

/** Checks by code are offline evidence and enter no channel. */
export function channelOf(signal: string, actor: string): ChannelKind {
  const [family] = signal.split('.');
  if (family === 'system') return 'system';
  if (actor === 'llm_judge' || family === 'judge') return 'judge';
  if (actor === 'expert') return 'expert';
  if (family === 'review') return actor === 'end_user' ? 'expert' : null;
  if (actor !== 'end_user') return null;
  return family === 'explicit' || family === 'implicit' ? family : null;
}

/** y below one half, or words without a rating: people seldom write to say that all is well. */
export function isLow(y: number, flags: number, signal: string): boolean {
  if (!Number.isNaN(y)) return y < 0.5;
  const said = (flags & (feedbackFlags.comment | feedbackFlags.correction)) !== 0;
  return said && signal.startsWith('explicit.');
}
