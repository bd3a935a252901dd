/** Lines of segments: the canonical schema, and what could not be read of a source. */
import { readCanonical } from '../canonical.js';
import { parse, type LineReader } from '../reader.js';
import { Rejection, type RejectReason } from '../records.js';
import { numberOf, textOf } from '../values.js';

export const rejectedSchema = 'promptratchet.rejected/1';

/** Something that was rejected where it came from: its line is that of the user's file, and it may stand for several. */
export class StoredRejection extends Rejection {
  constructor(
    reason: string,
    readonly line: number,
    readonly count: number,
  ) {
    // What a server's adapter rejects has reasons of its own.
    super(reason as RejectReason);
    this.name = 'StoredRejection';
  }
}

export function createSegmentReader(): LineReader {
  return {
    read(text, context) {
      const record = parse(text);
      if (record['schema'] !== rejectedSchema) return [readCanonical(record, text, context)];
      const reason = textOf(record['reason']) ?? 'not read';
      throw new StoredRejection(reason.slice(0, 200), numberOf(record['line']) ?? 0, Math.max(1, numberOf(record['count']) ?? 1));
    },
  };
}
