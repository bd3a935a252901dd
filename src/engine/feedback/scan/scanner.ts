/** Port: reads a file's lines in other threads. `platform/scan` implements it; without it files are read in this one. */
import type { RedactionConfig, SourceConfig } from '../../config/types.js';
import type { SharedPseudonyms } from '../identity.js';
import { createLineReader, type LineReader } from '../reader.js';
import { createSegmentReader } from '../segments/segmentReader.js';
import type { RecordBatch, ScanSettings } from './recordBatch.js';

/** Everything that decides how lines are read; plain data, so that another thread can be told. */
export interface ScanJob {
  /** Absolute. */
  path: string;
  /** Bytes to read: the beginning of a line, and the file's size. */
  from: number;
  to: number;
  firstLine: number;
  /** `null`: a segment. */
  source: SourceConfig | null;
  settings: ScanSettings;
  /** For the names of users; never leaves this process. */
  pseudonyms: SharedPseudonyms;
  /** For comments of logs that are read in place. `null`: redacted already. */
  redaction: RedactionConfig | null;
}

export interface Scanner {
  /** Files of fewer bytes are not worth a thread. */
  readonly minBytes: number;
  /** Batches in the order of the file, wherever it was cut. Throws `ScaleChange`, IO_FAILED and CANCELLED. */
  scan(job: ScanJob, signal: AbortSignal | undefined): AsyncIterable<RecordBatch>;
}

/** The reader of a job's lines, and whether the quick way may be tried. */
export function readerOf(source: SourceConfig | null): { reader: LineReader; quick: boolean } {
  if (source === null) return { reader: createSegmentReader(), quick: true };
  const isOurs = source.format === undefined || source.format === 'canonical';
  return { reader: createLineReader(source), quick: source.map === undefined && isOurs };
}
