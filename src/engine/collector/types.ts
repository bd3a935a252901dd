/** The collector: records in over HTTP, acknowledged once they are on disk. HTTP itself is in `platform/collector`. */
import type { CollectorMetrics } from './metrics.js';

/** `line` counts from 1: the line of NDJSON, the element of an array; 1 for a single object, 0 for what has no line (OTLP). */
export interface Refusal {
  line: number;
  reason: string;
}

/**
 * Counts are of lines, elements or objects as they were sent: each is accepted (something of it was written), a duplicate
 * (all of it was on disk already), or rejected.
 */
export interface CollectAnswer {
  accepted: number;
  duplicates: number;
  rejected: Refusal[];
}

export type CollectKind = 'feedback' | 'interaction';
export type OtlpSignal = 'traces' | 'logs';

/** Whether the disk took the last commit. */
export type StorageState = 'ok' | 'full' | 'failing';

export interface Collector {
  /** Name of the source that the records belong to. */
  readonly source: string;
  readonly metrics: CollectorMetrics;
  readonly storage: StorageState;
  /** What a person should know of how it started, e.g. that a torn record was cut off, or what is wrong in config.yaml. */
  readonly notes: readonly string[];
  /**
   * One object, an array, or NDJSON, of our own schema or any that is detected; `kind` is what an object without `schema` is. Everything that
   * is counted as accepted or as a duplicate is on disk when it resolves.
   * Throws or rejects with `CollectError` where nothing of it was taken: the same request can be sent again without doubling anything.
   */
  collect(kind: CollectKind, body: string): Promise<CollectAnswer>;
  /** An OTLP export request: `text` is its JSON, `bytes` its protobuf encoding. As `collect`. */
  collectOtlp(signal: OtlpSignal, body: { text: string } | { bytes: Uint8Array }): Promise<CollectAnswer>;
  /** For `GET /metrics`. */
  openMetrics(): string;
  /** Waits for what is queued. What comes later is refused as `stopping`. */
  close(): Promise<void>;
}

/** `malformed`: send something else. The others: send the same again, later. */
export type CollectFault = 'malformed' | 'busy' | 'full' | 'failing' | 'stopping';

export class CollectError extends Error {
  constructor(
    readonly fault: CollectFault,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CollectError';
  }
}
