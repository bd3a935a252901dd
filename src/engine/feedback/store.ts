/**
 * Port of the feedback store: an index over records that stay where they are (file, offset, length), with full-text search
 * of comments. It can be thrown away at any time; the next pull makes it again. `platform/sqlite` implements it.
 */
import type { RatingScale } from './records.js';
import type { Link } from './types.js';

/** In order of trust, so that a code can be compared. */
export const linkOrder: readonly Link[] = ['none', 'ambiguous', 'flag', 'metadata', 'hash', 'exact'];

/** The store was damaged and has been emptied. Pull again. */
export class StoreLostError extends Error {
  constructor(cause: unknown) {
    super('The feedback index was damaged and is made again.', { cause });
    this.name = 'StoreLostError';
  }
}

export interface FileState {
  id: number;
  source: string;
  /** Absolute path. */
  path: string;
  /** End of the last complete line; what lies behind it is read again when the file grows. */
  offset: number;
  lines: number;
  size: number;
  mtimeMs: number;
  /** Hashes of the first bytes and of the bytes before `offset`: tell growth from replacement. */
  head: string;
  anchor: string;
  /** Of what decides how lines are read: map, kind, since. */
  fingerprint: string;
  scale: RatingScale;
}

interface StoredBase {
  id: string;
  offset: number;
  length: number;
  line: number;
  revision: number;
  updated: number;
  /** `null`: the file's time. */
  time: number | null;
  digest: number;
  prompt: string | null;
  orOnlyPrompt: boolean;
  version: string | null;
  link: Link;
  sha256: string | null;
  /** Pseudonyms. */
  user: string | null;
  session: string | null;
}

export interface StoredInteraction extends StoredBase {
  variant: string | null;
  status: 'ok' | 'error' | null;
  retries: number | null;
  latencyMs: number | null;
  implied: boolean;
}

export interface StoredFeedback extends StoredBase {
  interaction: string | null;
  signal: string;
  actor: string;
  y: number | null;
  stratum: 'random' | 'risk' | null;
  /** What people wrote: goes into the full-text index. */
  comment: string | null;
  correction: string | null;
}

export interface RejectedLine {
  reason: string;
  line: number;
  /** Default 1. */
  count?: number;
  /** Part of a last line without a line end: forgotten when the file grows. */
  tail: boolean;
}

export interface WriteBatch {
  /** State of the file after this batch, stored in the same transaction. */
  file: FileState;
  /** Records and rejections behind this offset came from an unfinished last line and are replaced. */
  dropFrom: number | null;
  interactions: StoredInteraction[];
  feedback: StoredFeedback[];
  rejected: RejectedLine[];
}

export interface WriteCounts {
  interactions: { new: number; updated: number };
  feedback: { new: number; updated: number };
}

/**
 * Rows as numbers, in this order; texts are numbers of `words`, users and sessions numbers of units, `-1` is nothing.
 * Both start with n, live, file, time (or null), prompt, only_prompt, version, link, sha256, user, session; then
 * interaction: variant, status (-1 unknown, 0 ok, 1 error), retries, latency in ms, implied;
 * feedback: row of the interaction, signal, actor, y (or null), flags.
 */
export interface IndexVisitor {
  interaction: (row: readonly (number | null)[]) => void;
  feedback: (row: readonly (number | null)[]) => void;
}

/** Bits of a feedback row's `flags`. */
export const feedbackFlags = { comment: 1, correction: 2, random: 4, risk: 8 } as const;

export interface Changes {
  /** Changes whenever rows were removed: then everything has to be read again, with `after` 0. */
  epoch: string;
  seq: number;
  words: { id: number; text: string }[];
}

export interface Location {
  n: number;
  id: string;
  file: number;
  offset: number;
  length: number;
  line: number;
  user: string | null;
}

export interface FeedbackStore {
  getMeta(key: string): Promise<string | null>;
  setMeta(key: string, value: string): Promise<void>;
  files(): Promise<FileState[]>;
  /** Gives the file its number. */
  addFile(state: Omit<FileState, 'id'>): Promise<FileState>;
  /** Removes the file and its records; where another file has the same record, that one counts from now on. */
  dropFile(id: number): Promise<void>;
  /** Call it once the sources are read: until then what a dropped file held is not new when it is read again. */
  finish(): Promise<void>;
  write(batch: WriteBatch): Promise<WriteCounts>;
  totals(source: string): Promise<{ interactions: number; feedback: number }>;
  rejected(): Promise<{ source: string; reason: string; count: number; firstLine: number }[]>;
  /** Epoch and counter as they are now; cheap. */
  state(): Promise<{ epoch: string; seq: number }>;
  /** Visits every row that changed after `after`, interactions first. */
  changes(after: { seq: number; word: number }, visitor: IndexVisitor): Promise<Changes>;
  locateFeedback(rows: readonly number[]): Promise<Location[]>;
  locateInteractions(rows: readonly number[]): Promise<Location[]>;
  findFeedback(id: string): Promise<number | null>;
  /** Rows whose comment or correction holds all words of `text`, the last one as a prefix. `text` is never taken as query syntax. */
  search(text: string): Promise<number[]>;
  /** Without corrections: those say what should have been answered, not what was wrong. */
  comments(rows: readonly number[]): Promise<Map<number, string>>;
  /** Number of a user's pseudonym; `null` where no record has it. */
  findUnit(pseudonym: string): Promise<number | null>;
  /** Which of these count now with this very text (`lineDigest` of their line): a server is asked again for what is known, and that is not written twice. */
  holds(kind: 'interaction' | 'feedback', records: readonly { id: string; digest: number }[]): Promise<boolean[]>;
  /** Lines from which records with this user or session were read, those that count no more included. */
  linesOf(pseudonym: string): Promise<{ file: number; line: number; offset: number; length: number }[]>;
  /** Forgets everything, so that no byte of it is left on disk. The next pull makes the index again. */
  erase(): Promise<void>;
  close(): Promise<void>;
}
