/**
 * Segments: append-only JSONL files of the canonical schema under `.ratchet/.local/segments/<source>/`, for everything that is
 * pulled or collected. They are what is kept; the index is made from them and can be made again at any time. Texts in them are
 * redacted and users are pseudonyms. What could not be read is in them too, as lines `{"schema":"promptratchet.rejected/1","reason","line","count"}`.
 */
import type { SourceReject } from '../sources/source.js';
import type { Json } from '../values.js';

export interface SegmentFile {
  /** Absolute path. */
  path: string;
  source: string;
  part: string | null;
}

export interface AppendResult {
  /** Texts taken out, by kind. */
  redacted: Record<string, number>;
}

export interface SegmentStore {
  /** Redacts, replaces users by pseudonyms, appends. Everything is on disk (fsync) when it resolves; IO_FAILED keeps what was there before. */
  append(
    source: string,
    part: string | null,
    records: readonly Json[],
    rejected: readonly SourceReject[],
    /** What was there before is void: it goes once these are on disk. */
    options?: { restart?: boolean },
  ): Promise<AppendResult>;
  /** Sorted by path. A torn last line is cut off first, kept beside as `<name>.torn-<time>`, and said in `notes`. */
  open(source: string): Promise<{ files: SegmentFile[]; notes: string[] }>;
  /** Names of all sources that have segments. */
  sources(): Promise<string[]>;
  parts(source: string): Promise<string[]>;
  /** What the adapter said of where to go on. */
  state(source: string): Promise<Json | null>;
  setState(source: string, state: Json): Promise<void>;
  /** Removes segments (and the state, where the whole source goes). */
  drop(source: string, part?: string | null): Promise<void>;
}
