/**
 * Port of the feedback store: an index over records that stay where they are (file, offset, length), with full-text search
 * of comments. It can be thrown away at any time; the next pull makes it again. `platform/sqlite` implements it.
 */
import type { RatingScale } from './records.js';
import type { RecordBatch, RecordGroup } from './scan/recordBatch.js';

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

export interface WriteBatch {
  /** State of the file after this batch, stored in the same transaction. */
  file: FileState;
  /** Records and rejections behind this offset came from an unfinished last line and are replaced. */
  dropFrom: number | null;
  records: readonly RecordBatch[];
}

export interface WriteCounts {
  interactions: { new: number; updated: number };
  feedback: { new: number; updated: number };
}

export const blockRows = 1024;

/** Up to 1024 rows of one file; row `i` is number `first + i`. */
export interface RowBlock {
  first: number;
  file: number;
  count: number;
  live: Int8Array;
  /** ms; NaN: the file's time. */
  time: Float64Array;
  group: Int32Array;
  /** The user, else the session: its number times two, plus one for a session. -1: neither. */
  unit: Int32Array;
}

export interface InteractionBlock extends RowBlock {
  /** -1 unknown. */
  latency: Float64Array;
  retries: Int32Array;
  /** -1 unknown, 0 ok, 1 error. */
  status: Int8Array;
  implied: Int8Array;
}

/** What `row` of feedback is where it has no interaction: none is known, or the trace has several with a prompt. */
export const noRow = -1;
export const severalRows = -2;

export interface FeedbackBlock extends RowBlock {
  /** Of the interaction. */
  row: Int32Array;
  /** NaN: none. */
  y: Float64Array;
  /** NaN: not known. */
  probability: Float64Array;
  /** As in `signalOrder` and `actorOrder`. */
  signal: Int8Array;
  actor: Int8Array;
  flags: Int8Array;
}

/** What is said of the prompts of records, by number. */
type NumberedGroups = readonly { id: number; group: RecordGroup }[];

/** Called in this order; blocks that nobody asks for are not read. */
export interface IndexVisitor {
  /** Those behind `after.group`, before any row that has one of them. */
  groups?: (groups: NumberedGroups) => void;
  interactions?: (block: InteractionBlock) => void;
  feedback?: (block: FeedbackBlock) => void;
}

export interface Changes {
  /** Changes whenever rows were removed: then everything has to be read again, with `after` 0. */
  epoch: string;
  seq: number;
}

export interface Location {
  n: number;
  /** ms; NaN: the file's time. */
  time: number;
  id: string;
  file: number;
  offset: number;
  length: number;
  line: number;
  /** Which of the line's records. */
  ordinal: number;
  /** Pseudonym of the user. */
  user: string | null;
}

/** With what the row's block says of it. */
export interface FeedbackLocation extends Location {
  group: number;
  row: number;
  y: number;
  signal: number;
  actor: number;
}

/** Values of one attribute: for each block in which it occurs, the number of each row's value; 0 is none. */
export interface AttributeValues {
  /** Text of value `i` at place `i`; the first is nothing. */
  values: string[];
  interactions: Map<number, Uint16Array>;
  feedback: Map<number, Uint16Array>;
}

export interface FeedbackStore {
  getMeta(key: string): Promise<string | null>;
  setMeta(key: string, value: string): Promise<void>;
  files(): Promise<FileState[]>;
  /** Gives the file its number. */
  addFile(state: Omit<FileState, 'id'>): Promise<FileState>;
  /** Removes the file and its records; where another file has the same record, that one counts from now on. */
  dropFile(id: number): Promise<void>;
  /** Call it once the sources are read: feedback finds its interactions again, and what dropped files held is forgotten. */
  finish(): Promise<void>;
  write(batch: WriteBatch): Promise<WriteCounts>;
  totals(source: string): Promise<{ interactions: number; feedback: number }>;
  rejected(): Promise<{ source: string; reason: string; count: number; firstLine: number }[]>;
  /** Epoch and counter as they are now; cheap. */
  state(): Promise<{ epoch: string; seq: number }>;
  /** Visits every block that changed after `after`, in order of rows. The arrays are the visitor's to keep. */
  changes(after: { seq: number; group: number }, visitor: IndexVisitor): Promise<Changes>;
  /** In the order asked for; rows that are not there are left out. */
  locateFeedback(rows: readonly number[]): Promise<FeedbackLocation[]>;
  locateInteractions(rows: readonly number[]): Promise<Location[]>;
  findFeedback(id: string): Promise<number | null>;
  /** Rows whose comment or correction holds all words of `text`, the last one as a prefix. `text` is never taken as query syntax. */
  search(text: string): Promise<number[]>;
  /** What a unit's number stands for in blocks, by a user's pseudonym; `null` where no record has it. */
  findUnit(pseudonym: string): Promise<number | null>;
  /** Names of attributes and variables with the number of rows that have them, most first. */
  attributeNames(): Promise<{ name: string; rows: number }[]>;
  /** `null` where no record has it, or where it has too many values to be kept. */
  attributeValues(name: string): Promise<AttributeValues | null>;
  /** Which of these count now with this very text (`lineDigest` of their line): a server is asked again for what is known, and that is not written twice. */
  holds(kind: 'interaction' | 'feedback', records: readonly { id: string; digest: number }[]): Promise<boolean[]>;
  /** Lines from which records of this user, or of this session without a user, were read, those that count no more included. */
  linesOf(pseudonym: string): Promise<{ file: number; line: number; offset: number; length: number }[]>;
  /** Forgets everything, so that no byte of it is left on disk. The next pull makes the index again. */
  erase(): Promise<void>;
  close(): Promise<void>;
}
