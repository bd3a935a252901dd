/** Lines of segments: the canonical schema, what could not be read of a source, and what is withheld. */
import { readCanonical } from '../canonical.js';
import { createLineReader, parse, type LineReader } from '../reader.js';
import { Rejection, type LineContext, type ReadRecord, type RejectReason } from '../records.js';
import { numberOf, textOf, type Json } from '../values.js';

export const rejectedSchema = 'promptratchet.rejected/1';
/** In the place of a record of which nothing may stay but that it is known. */
export const withheldSchema = 'promptratchet.withheld/1';

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
  const canonical = createLineReader({ name: '', kind: 'segment', format: 'canonical' });
  const readRecord = (record: Json, text: string, context: LineContext): ReadRecord[] => {
    if (record['schema'] === withheldSchema) return [];
    if (record['schema'] !== rejectedSchema) return [readCanonical(record, text, context)];
    const reason = textOf(record['reason']) ?? 'not read';
    throw new StoredRejection(reason.slice(0, 200), numberOf(record['line']) ?? 0, Math.max(1, numberOf(record['count']) ?? 1));
  };
  return { ...canonical, readRecord, read: (text, context) => readRecord(parse(text), text, context) };
}
