/** Columns that grow with the records of a batch. */
import { join53, type IdHash } from './hash.js';
import type { BatchFeedback, BatchInteractions, BatchRecords } from './recordBatch.js';

/** Place of a line, and what its records have in common. */
export interface LinePlace {
  offset: number;
  length: number;
  line: number;
  digest: number;
}

type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Int8Array<ArrayBuffer>;
type Columns = Record<string, Column>;

function larger<T extends Column>(array: T, length: number): T {
  const grown = new (array.constructor as new (length: number) => T)(length);
  grown.set(array);
  return grown;
}

/** Copies the first `count` values of each column, or as many as `lengths` says, into one buffer: one thing to give to another thread. */
function packed<T extends Columns>(columns: T, count: number, lengths: Readonly<Record<string, number>>): T {
  const entries = Object.entries(columns).map(([name, column]) => ({ name, column, length: lengths[name] ?? count, at: 0 }));
  let size = 0;
  for (const each of entries) {
    each.at = size;
    size += Math.ceil((each.length * each.column.BYTES_PER_ELEMENT) / 8) * 8;
  }
  const buffer = new ArrayBuffer(size);
  const copies: Columns = {};
  for (const { name, column, length, at } of entries) {
    const copy = new (column.constructor as new (buffer: ArrayBuffer, at: number, length: number) => Column)(buffer, at, length);
    copy.set(column.subarray(0, length));
    copies[name] = copy;
  }
  return copies as T;
}

/** Places of what is handed over in an array of doubles, as arguments would be objects. */
export const rowNumbers = { time: 0, updated: 1, trace: 2, span: 3 } as const;

/** Rows are added by `base` and then filled in by their number: one check of the room a row, none a value. */
export class Records {
  count = 0;
  protected room = 0;
  offset = new Float64Array(0);
  length = new Int32Array(0);
  line = new Int32Array(0);
  ordinal = new Int32Array(0);
  revision = new Float64Array(0);
  updated = new Float64Array(0);
  time = new Float64Array(0);
  digest = new Int32Array(0);
  id = new Int32Array(0);
  key = new Float64Array(0);
  names = new Map<number, string>();
  group = new Int32Array(0);
  unit = new Int32Array(0);
  trace = new Float64Array(0);
  span = new Float64Array(0);
  private attributes = new Int32Array(1024);
  private attributeCount = 0;

  /** `numbers`: by `rowNumbers`. */
  base(place: LinePlace, ordinal: number, id: IdHash, revision: number, numbers: Float64Array, group: number, unit: number): number {
    const row = this.count++;
    if (row === this.room) this.grow(Math.max(1024, row * 2));
    this.offset[row] = place.offset;
    this.length[row] = place.length;
    this.line[row] = place.line;
    this.ordinal[row] = ordinal;
    this.revision[row] = revision;
    this.updated[row] = numbers[rowNumbers.updated] ?? 0;
    this.time[row] = numbers[rowNumbers.time] ?? NaN;
    this.digest[row] = place.digest;
    this.id[row * 4] = id.a;
    this.id[row * 4 + 1] = id.b;
    this.id[row * 4 + 2] = id.c;
    this.id[row * 4 + 3] = id.d;
    id.keyInto(this.key, row);
    this.group[row] = group;
    this.unit[row] = unit;
    this.trace[row] = numbers[rowNumbers.trace] ?? 0;
    this.span[row] = numbers[rowNumbers.span] ?? 0;
    return row;
  }

  attribute(row: number, pair: number): void {
    if (this.attributeCount === this.attributes.length) this.attributes = larger(this.attributes, this.attributeCount * 2);
    this.attributes[this.attributeCount++] = row;
    this.attributes[this.attributeCount++] = pair;
  }

  protected grow(room: number): void {
    this.room = room;
    this.offset = larger(this.offset, room);
    this.length = larger(this.length, room);
    this.line = larger(this.line, room);
    this.ordinal = larger(this.ordinal, room);
    this.revision = larger(this.revision, room);
    this.updated = larger(this.updated, room);
    this.time = larger(this.time, room);
    this.digest = larger(this.digest, room);
    this.id = larger(this.id, room * 4);
    this.key = larger(this.key, room);
    this.group = larger(this.group, room);
    this.unit = larger(this.unit, room);
    this.trace = larger(this.trace, room);
    this.span = larger(this.span, room);
  }

  /** Hands over what was collected, in one piece of memory, and begins anew. */
  protected takeWith<T extends Columns>(own: T): BatchRecords & T {
    const { count, names, attributeCount } = this;
    this.count = 0;
    this.names = new Map();
    this.attributeCount = 0;
    const base = {
      offset: this.offset,
      length: this.length,
      line: this.line,
      ordinal: this.ordinal,
      revision: this.revision,
      updated: this.updated,
      time: this.time,
      digest: this.digest,
      id: this.id,
      key: this.key,
      group: this.group,
      unit: this.unit,
      trace: this.trace,
      span: this.span,
      attributes: this.attributes,
    };
    const lengths = { id: count * 4, attributes: attributeCount };
    return { count, names, ...packed({ ...base, ...own }, count, lengths) };
  }
}

export class Interactions extends Records {
  status = new Int8Array(0);
  retries = new Int32Array(0);
  latency = new Float64Array(0);
  implied = new Int8Array(0);

  protected override grow(room: number): void {
    super.grow(room);
    this.status = larger(this.status, room);
    this.retries = larger(this.retries, room);
    this.latency = larger(this.latency, room);
    this.implied = larger(this.implied, room);
  }

  take(): BatchInteractions {
    const { status, retries, latency, implied } = this;
    return this.takeWith({ status, retries, latency, implied });
  }
}

export class Feedback extends Records {
  interaction = new Float64Array(0);
  signal = new Int8Array(0);
  actor = new Int8Array(0);
  y = new Float64Array(0);
  flags = new Int8Array(0);
  probability = new Float64Array(0);
  texts: BatchFeedback['texts'] = new Map();

  protected override grow(room: number): void {
    super.grow(room);
    this.interaction = larger(this.interaction, room);
    this.signal = larger(this.signal, room);
    this.actor = larger(this.actor, room);
    this.y = larger(this.y, room);
    this.flags = larger(this.flags, room);
    this.probability = larger(this.probability, room);
  }

  take(): BatchFeedback {
    const { interaction, signal, actor, y, flags, probability, texts } = this;
    this.texts = new Map();
    return { texts, ...this.takeWith({ interaction, signal, actor, y, flags, probability }) };
  }
}

/** Makes of the key of a span's id that of trace and span together. */
export function spanKeyInto(numbers: Float64Array): void {
  numbers[rowNumbers.span] = spanKey(numbers[rowNumbers.trace] ?? 0, numbers[rowNumbers.span] ?? 0);
}

function spanKey(trace: number, span: number): number {
  return join53(trace | 0, (span | 0) ^ Math.floor(trace / 0x100000000));
}
