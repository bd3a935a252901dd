/**
 * Turns the bytes of a file of lines into batches of records. Memory is bound by the longest line that is allowed, whatever the
 * file's size; of a longer one only the length is kept. Reading a file in parts gives the same records wherever the parts meet.
 */
import { maxLineBytes } from '../lines.js';
import type { LineReader } from '../reader.js';
import { rejectReasons, Rejection, type LineContext, type ReadRecord, type RejectReason } from '../records.js';
import { StoredRejection } from '../segments/segmentReader.js';
import { BatchBuilder, type BuilderTools } from './batchBuilder.js';
import { wordMargin } from './bytePattern.js';
import { digestOf, hasControl } from './digest.js';
import { QuickReader } from './quickRecord.js';
import type { RecordBatch, ScanSettings } from './recordBatch.js';
import type { LinePlace } from './recordColumns.js';

const newline = 0x0a;
const carriageReturn = 0x0d;

export class LineScanner {
  private readonly builder: BatchBuilder;
  private readonly quick: QuickReader | null;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private buffer: Uint8Array;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private filled = 0;
  /** Of the line that is being read: one object for all of them. */
  private readonly place: LinePlace = { offset: 0, length: 0, line: 0, digest: 0 };
  /** Offset in the file of the first byte in the buffer, which is where a line begins. */
  private base: number;
  /** Bytes of a line that is too long, dropped so far. */
  private dropped = 0;
  /** Complete lines since the last `take`, and before it. */
  private lines = 0;
  private taken = 0;
  /** Of an unfinished last line. */
  private tailLength = 0;
  private readonly context: LineContext;

  /**
   * `start`: offset of the first byte that will be fed, the beginning of a line; `firstLine`: its number. Lines that begin at or
   * behind `limit` are not read. `quick`: the source's lines are read as they are, without a map.
   */
  constructor(
    private readonly reader: LineReader,
    private readonly settings: ScanSettings,
    private readonly tools: BuilderTools,
    private range: { start: number; firstLine: number; limit: number },
    quick: boolean,
  ) {
    this.base = range.start;
    this.buffer = tools.allocate(0);
    const given: BuilderTools = settings.pseudonymous ? { ...tools, pseudonym: (raw) => raw } : tools;
    this.builder = new BatchBuilder(given);
    this.quick = quick ? new QuickReader(this.builder, settings.since) : null;
    const { kind, source, path, scale } = settings;
    this.context = { kind, source, path, scale, offset: 0, line: 0 };
  }

  /** Goes on elsewhere in the file, with the dictionary as it is. */
  restart(range: { start: number; firstLine: number; limit: number }): void {
    this.range = range;
    this.base = range.start;
    this.filled = 0;
    this.dropped = 0;
    this.tailLength = 0;
    this.lines = 0;
    this.taken = 0;
  }

  /** Records collected since the last `take`. */
  get count(): number {
    return this.builder.count;
  }

  /** As `fed`, of bytes that lie elsewhere. */
  feed(chunk: Uint8Array): boolean {
    this.room(chunk.length).set(chunk);
    return this.fed(chunk.length);
  }

  /** Where the next bytes of the file go, which spares them a copy. Until `fed` says how many they were, nothing else is called. */
  room(size: number): Uint8Array {
    const needed = this.filled + size + wordMargin;
    if (needed > this.buffer.length) {
      // A little more, as what is left of the last line varies; no more than the longest line takes.
      const grown = this.tools.allocate(Math.max(needed, Math.min(Math.ceil(needed * 1.25), maxLineBytes + size + wordMargin)));
      grown.set(this.buffer.subarray(0, this.filled));
      this.useBuffer(grown);
    }
    return this.buffer.subarray(this.filled, this.filled + size);
  }

  /** So many bytes more are in the room. False: all lines before the limit have been read. Throws `ScaleChange`. */
  fed(length: number): boolean {
    const { buffer } = this;
    // What was there before holds no line end.
    let found = buffer.indexOf(newline, this.filled);
    this.filled += length;
    this.quick?.use(buffer, this.view);
    let from = 0;
    while (found >= 0 && found < this.filled && this.base + from < this.range.limit) {
      if (this.dropped > 0) {
        this.line(0, -1, this.dropped + found, true);
        this.base += this.dropped;
        this.dropped = 0;
      } else this.line(from, found, found - from, true);
      from = found + 1;
      found = buffer.indexOf(newline, from);
    }
    const open = this.base + from < this.range.limit;
    this.keep(from, open);
    return open;
  }

  /** Takes what lies behind the last line end, where the file ends. */
  finish(): void {
    if (this.base >= this.range.limit || (this.filled === 0 && this.dropped === 0)) return;
    const length = this.dropped + this.filled;
    // Whatever lies there from before, this line ends here.
    if (this.dropped === 0) this.buffer[this.filled] = newline;
    this.line(0, this.dropped > 0 ? -1 : this.filled, length, false);
    this.tailLength = length;
  }

  /** Hands over what was read. Line numbers go on. */
  take(): RecordBatch {
    const batch = this.builder.take(this.lines, this.base, this.base + this.tailLength);
    this.lines = 0;
    this.taken += batch.lines;
    return batch;
  }

  private useBuffer(buffer: Uint8Array): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** Moves what is left to the front; of a line that is too long already only the length matters. */
  private keep(from: number, open: boolean): void {
    if (from > 0) this.buffer.copyWithin(0, from, this.filled);
    this.base += from;
    this.filled -= from;
    if (!open || (this.dropped === 0 && this.filled <= maxLineBytes)) return;
    this.dropped += this.filled;
    this.filled = 0;
    if (this.buffer.length > 4 * 1024 * 1024) this.useBuffer(this.tools.allocate(0));
  }

  /** `to` is -1 for a line of which only the length is known. */
  private line(from: number, to: number, length: number, complete: boolean): void {
    const number = this.range.firstLine + this.taken + this.lines;
    if (complete) this.lines++;
    if (to < 0 || length > maxLineBytes) {
      this.reject(rejectReasons.tooLong, number, complete);
      return;
    }
    const end = to > from && this.buffer[to - 1] === carriageReturn ? to - 1 : to;
    const { place } = this;
    place.offset = this.base + from;
    place.length = length;
    place.line = number;
    place.digest = digestOf(this.buffer, this.view, from, end);
    if (this.quick !== null && !hasControl() && this.quick.read(from, end, place)) return;
    let text = this.decoder.decode(this.buffer.subarray(from, end));
    if (place.offset === 0 && text.startsWith('\uFEFF')) text = text.slice(1);
    if (text.trim() === '') return;
    const reject = (reason: RejectReason): void => {
      this.reject(reason, number, complete);
    };
    let records: ReadRecord[];
    try {
      records = this.reader.read(text, { ...this.context, offset: place.offset, line: number, reject });
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      if (error instanceof StoredRejection) {
        this.builder.rejected.push({ reason: error.reason, line: error.line, count: error.count, tail: false, elsewhere: true });
        return;
      }
      reject(!complete && error.reason === rejectReasons.notJson ? rejectReasons.incomplete : error.reason);
      return;
    }
    const { since } = this.settings;
    records.forEach((record, ordinal) => {
      if (since !== null && record.time !== null && record.time < since) return;
      if (record.kind === 'interaction') this.builder.addInteraction(record, place, ordinal);
      else this.builder.addFeedback(record, place, ordinal);
    });
  }

  private reject(reason: RejectReason, line: number, complete: boolean): void {
    this.builder.rejected.push({ reason, line, count: 1, tail: !complete, elsewhere: false });
  }
}
