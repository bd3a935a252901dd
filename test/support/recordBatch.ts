/** Lines as the batch that a scanner makes of them. */
import type { SourceConfig } from '../../src/engine/config/types.js';
import { LineScanner } from '../../src/engine/feedback/scan/lineScanner.js';
import type { RecordBatch, ScanSettings } from '../../src/engine/feedback/scan/recordBatch.js';
import { readerOf } from '../../src/engine/feedback/scan/scanner.js';

export interface ScanOptions {
  offset?: number;
  /** Number of the first line; default 1. */
  line?: number;
  /** Bytes a piece; default: all at once. */
  piece?: number;
  quick?: boolean;
  settings?: Partial<ScanSettings>;
  source?: SourceConfig | null;
  isWithheld?: (name: string | null, interaction: string | null) => boolean;
}

export function scanText(text: string | Uint8Array, options: ScanOptions = {}): RecordBatch {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const { offset = 0, line = 1, piece = Math.max(1, bytes.length) } = options;
  const { reader, quick } = readerOf(options.source === undefined ? { name: 's', kind: 'jsonl' } : options.source);
  const scanner = new LineScanner(
    reader,
    { kind: 'jsonl', source: 's', path: 'a.jsonl', scale: 'unit', since: null, pseudonymous: false, ...options.settings },
    {
      pseudonym: (raw) => `pseudonym of ${raw}`,
      redact: (value) => value.replaceAll('secret', '[key]'),
      isWithheld: options.isWithheld ?? null,
      allocate: (size) => new Uint8Array(size),
    },
    { start: offset, firstLine: line, limit: Infinity },
    options.quick ?? quick,
  );
  for (let at = 0; at < bytes.length; at += piece) scanner.feed(bytes.subarray(at, at + piece));
  scanner.finish();
  return scanner.take();
}
