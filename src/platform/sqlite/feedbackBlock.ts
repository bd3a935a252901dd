/** A block of rows: its columns, and how they lie in the database. */
import { blockRows } from '../../engine/feedback/store.js';

/** 0 interactions, 1 feedback. */
export type Kind = 0 | 1;

/** `id`: the four words of an id behind one another. */
const widths = { f64: 8, id: 16, i32: 4, i8: 1 } as const;
type Width = keyof typeof widths;
type Layout = Readonly<Record<string, Width>>;

/** Wide columns first, so that each begins where its numbers may lie. */
const hot: readonly Layout[] = [
  { time: 'f64', latency: 'f64', group: 'i32', unit: 'i32', retries: 'i32', live: 'i8', status: 'i8', implied: 'i8' },
  { time: 'f64', y: 'f64', probability: 'f64', group: 'i32', unit: 'i32', row: 'i32', live: 'i8', signal: 'i8', actor: 'i8', flags: 'i8' },
];
const refs: readonly Layout[] = [
  { trace: 'f64', span: 'f64' },
  { trace: 'f64', span: 'f64', interaction: 'f64' },
];
const cold: Layout = {
  offset: 'f64',
  revision: 'f64',
  updated: 'f64',
  words: 'id',
  length: 'i32',
  line: 'i32',
  digest: 'i32',
  ordinal: 'i32',
};

function sizeOf(layout: Layout, count: number): number {
  return Object.values(layout).reduce((sum, width) => sum + widths[width] * count, 0);
}

function viewOf(width: Width, buffer: ArrayBufferLike, at: number, count: number): Float64Array | Int32Array | Int8Array {
  if (width === 'f64') return new Float64Array(buffer, at, count);
  if (width === 'i8') return new Int8Array(buffer, at, count);
  return new Int32Array(buffer, at, width === 'id' ? count * 4 : count);
}

/** Columns of a blob of `count` rows, without copying it where its numbers lie well. */
export function columnsOf(layout: Layout, packed: Uint8Array, count: number): Record<string, Float64Array | Int32Array | Int8Array> {
  const bytes = packed.byteOffset % 8 === 0 ? packed : packed.slice();
  const result: Record<string, Float64Array | Int32Array | Int8Array> = {};
  let at = bytes.byteOffset;
  for (const [name, width] of Object.entries(layout)) {
    result[name] = viewOf(width, bytes.buffer, at, count);
    at += widths[width] * count;
  }
  return result;
}

const noDoubles = new Float64Array(0);
const noInts = new Int32Array(0);
const noBytes = new Int8Array(0);

/**
 * One kind of object for both kinds of records: what only the other kind has is empty. The columns of each blob lie in one piece of memory,
 * which is the blob once all rows are there.
 */
export class Block {
  count = 0;
  /** Feedback that names an interaction which is not there. */
  open = 0;
  /** Feedback that names no interaction, but a trace. */
  traced = 0;
  dirty = true;
  time = noDoubles;
  group = noInts;
  unit = noInts;
  live = noBytes;
  offset = noDoubles;
  revision = noDoubles;
  updated = noDoubles;
  length = noInts;
  line = noInts;
  digest = noInts;
  ordinal = noInts;
  /** Four a row, as `IdHash` has them. */
  words = noInts;
  trace = noDoubles;
  span = noDoubles;
  latency = noDoubles;
  retries = noInts;
  status = noBytes;
  implied = noBytes;
  y = noDoubles;
  probability = noDoubles;
  row = noInts;
  signal = noBytes;
  actor = noBytes;
  flags = noBytes;
  interaction = noDoubles;
  names = new Map<number, string>();
  /** Values by attribute; 0 is none. */
  attributes = new Map<number, Uint16Array>();
  private readonly parts: { layout: Layout; bytes: Uint8Array }[];

  /** `blobs`: hot, refs and cold, of `count` rows. */
  constructor(
    readonly kind: Kind,
    readonly id: number,
    readonly file: number,
    stored?: { count: number; blobs: Uint8Array[] },
  ) {
    this.parts = [hot[kind] ?? {}, refs[kind] ?? {}, cold].map((layout, part) => ({
      layout,
      bytes: unpack(layout, stored?.blobs[part], stored?.count ?? 0),
    }));
    this.count = stored?.count ?? 0;
    for (const { layout, bytes } of this.parts) Object.assign(this, columnsOf(layout, bytes, blockRows));
  }

  get first(): number {
    return this.id * blockRows;
  }

  /** Hot, refs and cold. */
  blobs(): Uint8Array[] {
    return this.parts.map(({ layout, bytes }) => (this.count === blockRows ? bytes : pack(layout, bytes, this.count)));
  }
}

/** The rows that are there, without the room for others. */
function pack(layout: Layout, bytes: Uint8Array, count: number): Uint8Array {
  const packed = new Uint8Array(sizeOf(layout, count));
  let from = 0;
  let to = 0;
  for (const width of Object.values(layout)) {
    packed.set(bytes.subarray(from, from + widths[width] * count), to);
    from += widths[width] * blockRows;
    to += widths[width] * count;
  }
  return packed;
}

function unpack(layout: Layout, packed: Uint8Array | undefined, count: number): Uint8Array {
  if (packed !== undefined && count === blockRows && packed.byteOffset % 8 === 0) return packed;
  const bytes = new Uint8Array(sizeOf(layout, blockRows));
  let from = 0;
  let to = 0;
  for (const width of Object.values(layout)) {
    if (packed !== undefined) bytes.set(packed.subarray(from, from + widths[width] * count), to);
    from += widths[width] * count;
    to += widths[width] * blockRows;
  }
  return bytes;
}

export const hotLayouts = hot;
export const coldLayout = cold;
