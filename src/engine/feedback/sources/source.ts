/**
 * What every source that is not read in place is: an adapter that turns what it finds into records of the canonical schema.
 * An adapter never writes: its batches go to segments (redacted, users as pseudonyms), and the index is made from those.
 */
import type { SourceConfig } from '../../config/types.js';
import type { Clock, FileSystem, Http, Logger } from '../../ports.js';
import type { Json } from '../values.js';

/** The step of a connection that failed is what a user has to mend, so each is told apart. */
export type ProbeStep = 'config' | 'trust' | 'name' | 'connect' | 'tls' | 'auth' | 'permission' | 'version' | 'data';

export interface ProbeResult {
  ok: boolean;
  /** The step that failed; `null` where all hold. An empty source is `ok: false` at `data`. */
  failed: ProbeStep | null;
  /** One sentence: what was found, or what failed. */
  detail: string;
  /** What to do; `null` where nothing has to be done. */
  todo: string | null;
  /** Of the server, where it says. */
  version: string | null;
  /** What it offers: `interactions`, `feedback`, `comments`, `corrections`, `configs`, … */
  caps: string[];
}

export interface SourceReject {
  reason: string;
  /** From 1, in the user's own file; 0 for a server, whose records have no line. */
  line: number;
}

/** A metric of which the source cannot say who means it, or on which range. */
export interface UnclearMetric {
  name: string;
  count: number;
  examples: string[];
}

export interface SourceBatch {
  /**
   * Objects of the canonical schema (`promptratchet.interaction/1`, `promptratchet.feedback/1`) as they would stand on a line,
   * with the raw ids of users. Each has an `id` that is the same whenever the same record is read again, and `revision` or
   * `source.updated_at` that grows when the record changes.
   */
  records: Json[];
  rejected: SourceReject[];
  /** Where to go on after this batch: stored once the batch is on disk. Plain JSON of at most some KiB. */
  state: Json;
  /** What a person should know of how it was read. */
  notes?: string[];
  /** Of this batch: what a person who connects the source is asked about. */
  unclear?: UnclearMetric[];
  /** What was read before is void (a file was replaced): records of this batch are the first of the source, or of `part`. */
  restart?: boolean;
  /** One file of a source of files: each has segments of its own, so that a replaced file takes away its own records only. */
  part?: string;
}

export interface ReadOptions {
  /** Records before this time (ms) may be left out. */
  since: number | null;
  /** Begin at the start, whatever `state` says. */
  full: boolean;
  signal: AbortSignal | undefined;
}

export interface FeedbackSource {
  readonly kind: string;
  /** What cannot be used is reported when it is read first, so that counts of several reads add up. Absent: every read reports all that it sees. */
  readonly rejectsOnce?: boolean;
  /** Asks for as little as shows that it would work. Never throws but CANCELLED. */
  probe(signal?: AbortSignal): Promise<ProbeResult>;
  /**
   * Batches of at most some thousand records. Throws SOURCE_FAILED, KEY_MISSING, UNTRUSTED_WORKSPACE, ORIGIN_NOT_CONFIRMED, IO_FAILED; what was
   * yielded before stays. `state` is what the last stored batch said, `null` at first; a state of another shape counts as `null`.
   */
  read(state: Json | null, options: ReadOptions): AsyncIterable<SourceBatch>;
  /** For a source of parts: those that are there now. A part that is not named any more is gone, and its records with it. */
  parts?(): Promise<string[]>;
}

export interface SourceTools {
  /** Absolute path of the workspace. */
  root: string;
  fs: FileSystem;
  http: Http;
  clock: Clock;
  logger: Logger;
}

export type SourceFactory = (config: SourceConfig, tools: SourceTools) => FeedbackSource;
