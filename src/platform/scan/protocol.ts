/** Messages between a scan and its threads. */
import type { RecordBatch } from '../../engine/feedback/scan/recordBatch.js';
import type { ScanJob } from '../../engine/feedback/scan/scanner.js';
import type { Range } from './rangeReader.js';

/** What the thread is started with. */
export interface ScanStart {
  job: ScanJob;
}

export interface ScanRequest {
  /** Which range of the file. */
  index: number;
  range: Range;
}

export type ScanAnswer =
  | { index: number; batch: RecordBatch }
  /** The source has ratings over 1. */
  | { index: number; scale: true }
  /** It could not be read there: whoever asked tries by itself, and hears why. */
  | { index: number; failed: string };
