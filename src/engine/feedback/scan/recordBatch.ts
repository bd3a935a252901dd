/**
 * Records of some lines as columns of numbers: what a worker hands over, and what the store takes. Texts that occur again and again
 * (prompts, users, attributes) are numbers; which ones is said by the first batch of the scanner that has them. The buffers can be transferred between threads.
 */
import type { ActorKind, Link, Signal } from '../types.js';
import type { RatingScale } from '../records.js';

/** In order of trust, so that a code can be compared. */
export const linkOrder: readonly Link[] = ['none', 'ambiguous', 'flag', 'metadata', 'hash', 'exact'];

/** By their place here signals and actors are stored: only ever add at the end. */
export const signalOrder: readonly Signal[] = [
  'explicit.thumb',
  'explicit.rating',
  'explicit.comment',
  'explicit.correction',
  'implicit.click',
  'implicit.dwell',
  'implicit.copy',
  'implicit.accept',
  'implicit.edit',
  'implicit.regenerate',
  'implicit.abandon',
  'implicit.followup',
  'review.score',
  'review.label',
  'judge.score',
  'code.score',
  'system.error',
  'system.retry',
  'system.latency',
  'system.guardrail',
];
export const actorOrder: readonly ActorKind[] = ['end_user', 'expert', 'llm_judge', 'code', 'system'];

/** Bits of a feedback row's `flags`. */
export const feedbackFlags = { comment: 1, correction: 2, random: 4, risk: 8 } as const;

/** What is said of the prompt of a record, before it is known which versions there are. */
export interface RecordGroup {
  prompt: string | null;
  onlyPrompt: boolean;
  version: string | null;
  link: Link;
  sha256: string | null;
  variant: string | null;
}

/** A user or a session, by pseudonym. */
export interface Unit {
  session: boolean;
  pseudonym: string;
}

export interface BatchRecords {
  count: number;
  /** Place of the line, and which of its records this is. */
  offset: Float64Array;
  length: Int32Array;
  line: Int32Array;
  ordinal: Int32Array;
  revision: Float64Array;
  updated: Float64Array;
  /** ms; NaN: the file's time. */
  time: Float64Array;
  /** Of the line: tells a redelivered record from a changed one. */
  digest: Int32Array;
  /** Four words a record, `IdHash`. */
  id: Int32Array;
  /** 53 bits of the four words, by which records are found. */
  key: Float64Array;
  /** Ids that are no 32 hex digits, by row. */
  names: Map<number, string>;
  group: Int32Array;
  /** -1: neither user nor session. */
  unit: Int32Array;
  /** 53-bit hashes; 0 is none. `span` is of trace and span together. */
  trace: Float64Array;
  span: Float64Array;
  /** Row and pair, in turn. */
  attributes: Int32Array;
}

export interface BatchInteractions extends BatchRecords {
  /** -1 unknown, 0 ok, 1 error. */
  status: Int8Array;
  /** -1 unknown. */
  retries: Int32Array;
  /** ms; -1 unknown. */
  latency: Float64Array;
  implied: Int8Array;
}

export interface BatchFeedback extends BatchRecords {
  /** Key of the interaction's id; 0 is none. */
  interaction: Float64Array;
  signal: Int8Array;
  actor: Int8Array;
  /** NaN: none. */
  y: Float64Array;
  flags: Int8Array;
  /** NaN: not known. */
  probability: Float64Array;
  /** What people wrote, redacted. */
  texts: Map<number, { comment: string | null; correction: string | null }>;
}

export interface RejectedLine {
  reason: string;
  line: number;
  count: number;
  /** Part of a last line without a line end: forgotten when the file grows. */
  tail: boolean;
  /** The line is not one of this file: what a segment says of what it was pulled from. */
  elsewhere: boolean;
}

export interface RecordBatch {
  /** Complete lines. */
  lines: number;
  /** Offset behind the last complete line, and behind an unfinished one that follows it. */
  end: number;
  tailEnd: number;
  /** Of which scanner: numbers of groups, units and pairs go on from batch to batch of one dictionary. */
  dictionary: number;
  /** Those that no batch before had, from these numbers on. */
  groupBase: number;
  unitBase: number;
  pairBase: number;
  groups: RecordGroup[];
  units: Unit[];
  /** Attributes, and input variables, which count behind attributes. */
  pairs: { key: string; value: string; variable: boolean }[];
  /** Attributes with more values than are kept. */
  crowded: string[];
  interactions: BatchInteractions;
  feedback: BatchFeedback;
  rejected: RejectedLine[];
}

/** How the lines of one file are read; plain data, so that a worker can be told. */
export interface ScanSettings {
  kind: string;
  source: string;
  /** As ids name it: workspace-relative. */
  path: string;
  scale: RatingScale;
  /** Records before this time (ms) are left out. */
  since: number | null;
  /** Users and sessions are pseudonyms already. */
  pseudonymous: boolean;
}

/** Buffers that a message can take along. */
export function buffersOf(batch: RecordBatch): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const records of [batch.interactions, batch.feedback])
    for (const value of Object.values(records) as unknown[]) if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer);
  return [...buffers];
}
