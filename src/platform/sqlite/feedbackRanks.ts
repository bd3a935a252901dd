/** Which of several records with one id counts. */
import type { Block } from './feedbackBlock.js';
import type { Session } from './feedbackSession.js';

/** What decides between records of one id: revision, then when it was made, then its time, then its place. */
export interface Rank {
  revision: number;
  updated: number;
  time: number;
  path: string;
  offset: number;
  ordinal: number;
}

export function compareRank(a: Rank, b: Rank): number {
  return (
    a.revision - b.revision ||
    a.updated - b.updated ||
    (a.time || 0) - (b.time || 0) ||
    (a.path < b.path ? -1 : a.path > b.path ? 1 : a.offset - b.offset || a.ordinal - b.ordinal)
  );
}

export function rankOf(session: Session, block: Block, i: number): Rank {
  return {
    revision: block.revision[i] ?? 0,
    updated: block.updated[i] ?? 0,
    time: block.time[i] ?? NaN,
    path: session.files.get(block.file)?.path ?? '',
    offset: block.offset[i] ?? 0,
    ordinal: block.ordinal[i] ?? 0,
  };
}
