/** Blocks of rows: how their columns lie in the database, and which of them are in memory. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { blockRows } from '../../engine/feedback/store.js';

/** 0 interactions, 1 feedback. */
export type Kind = 0 | 1;

const widths = { f64: 8, i32: 4, i8: 1 } as const;
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
  length: 'i32',
  line: 'i32',
  digest: 'i32',
  ordinal: 'i32',
  a: 'i32',
  b: 'i32',
  c: 'i32',
  d: 'i32',
};

function sizeOf(layout: Layout, count: number): number {
  return Object.values(layout).reduce((sum, width) => sum + widths[width] * count, 0);
}

function viewOf(width: Width, buffer: ArrayBufferLike, at: number, count: number): Float64Array | Int32Array | Int8Array {
  if (width === 'f64') return new Float64Array(buffer, at, count);
  return width === 'i32' ? new Int32Array(buffer, at, count) : new Int8Array(buffer, at, count);
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
  a = noInts;
  b = noInts;
  c = noInts;
  d = noInts;
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

const kept = 96;

/** Blocks by number; those that were changed are kept until they are saved. */
export class Blocks {
  private readonly memory = new Map<number, Block>();
  private readonly changed = new Set<Block>();
  /** The block that rows of a file are added to. */
  private readonly tails = new Map<number, Block | null>();
  private readonly used: Set<number>;
  private lowestFree = 0;
  private readonly select: StatementSync;
  private readonly selectAttributes: StatementSync;
  private readonly save: StatementSync;
  private readonly saveAttribute: StatementSync;

  constructor(
    private readonly db: DatabaseSync,
    readonly kind: Kind,
    private readonly isCrowded: (attribute: number) => boolean,
  ) {
    this.select = db.prepare('SELECT file, count, open, traced, hot, refs, cold, names FROM block WHERE id = ?');
    this.selectAttributes = db.prepare('SELECT attribute, data FROM block_attribute WHERE block = ?');
    this.save = db.prepare('INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.saveAttribute = db.prepare('INSERT OR REPLACE INTO block_attribute VALUES (?, ?, ?, ?)');
    this.used = new Set(
      db
        .prepare('SELECT id FROM block WHERE id & 1 = ?')
        .all(kind)
        .map((row) => Number(row['id']) >> 1),
    );
  }

  get isEmpty(): boolean {
    return this.used.size === 0;
  }

  /** -1: there is none. */
  get highest(): number {
    let highest = -1;
    for (const id of this.used) if (id > highest) highest = id;
    return highest;
  }

  get(id: number): Block | null {
    const before = this.memory.get(id);
    if (before !== undefined) return before;
    if (!this.used.has(id)) return null;
    const row = this.select.get(id * 2 + this.kind);
    if (row === undefined) return null;
    const blobs = [row['hot'], row['refs'], row['cold']] as Uint8Array[];
    const block = new Block(this.kind, id, Number(row['file']), { count: Number(row['count']), blobs });
    block.open = Number(row['open']);
    block.traced = Number(row['traced']);
    block.dirty = false;
    if (row['names'] !== null) block.names = new Map(JSON.parse(String(row['names'])) as [number, string][]);
    for (const each of this.selectAttributes.all(id * 2 + this.kind)) {
      const values = new Uint16Array(blockRows);
      const data = each['data'] as Uint8Array;
      new Uint8Array(values.buffer).set(data);
      block.attributes.set(Number(each['attribute']), values);
    }
    this.keep(block);
    return block;
  }

  /** Block of a row; `null` where that row is not there. */
  of(n: number): Block | null {
    if (n < 0) return null;
    const block = this.get(n >>> 10);
    return block !== null && (n & 1023) < block.count ? block : null;
  }

  /** Block with room for another row of the file. */
  tail(file: number): Block {
    let block = this.tails.get(file);
    if (block === undefined) {
      const row = this.db
        .prepare(`SELECT id FROM block WHERE file = ? AND id & 1 = ? AND count < ${String(blockRows)} ORDER BY id DESC LIMIT 1`)
        .get(file, this.kind);
      block = row === undefined ? null : this.get(Number(row['id']) >> 1);
    }
    if (block === null || block.count === blockRows) {
      while (this.used.has(this.lowestFree)) this.lowestFree++;
      block = new Block(this.kind, this.lowestFree, file);
      this.used.add(block.id);
      this.keep(block);
    }
    this.tails.set(file, block);
    this.touch(block);
    return block;
  }

  touch(block: Block): void {
    block.dirty = true;
    this.memory.set(block.id, block);
    this.changed.add(block);
  }

  flush(seq: number): void {
    for (const block of this.changed) {
      const id = block.id * 2 + this.kind;
      this.save.run(
        id,
        block.file,
        block.count,
        seq,
        block.open,
        block.traced,
        ...block.blobs(),
        block.names.size === 0 ? null : JSON.stringify([...block.names]),
      );
      for (const [attribute, values] of block.attributes) {
        if (this.isCrowded(attribute)) continue;
        let rows = 0;
        for (let each = 0; each < block.count; each++) if ((values[each] ?? 0) > 0 && block.live[each] === 1) rows++;
        this.saveAttribute.run(attribute, id, rows, new Uint8Array(values.buffer, 0, block.count * 2));
      }
      block.dirty = false;
    }
    this.changed.clear();
    this.shrink();
  }

  /** Whether many changes wait to be saved. */
  get isFull(): boolean {
    return this.changed.size > kept;
  }

  /** Without loading any of them into memory for longer. */
  *all(where = ''): Generator<Block> {
    const ids = this.db
      .prepare(`SELECT id FROM block WHERE id & 1 = ? ${where} ORDER BY id`)
      .all(this.kind)
      .map((row) => Number(row['id']) >> 1);
    for (const id of ids) {
      const known = this.memory.has(id);
      const block = this.get(id);
      if (block !== null) yield block;
      if (!known && block?.dirty === false) this.memory.delete(id);
    }
  }

  /** Numbers of a file's blocks. */
  idsOf(file: number): number[] {
    return this.db
      .prepare('SELECT id FROM block WHERE file = ? AND id & 1 = ? ORDER BY id')
      .all(file, this.kind)
      .map((row) => Number(row['id']) >> 1);
  }

  remove(block: Block): void {
    const id = block.id * 2 + this.kind;
    this.db.prepare('DELETE FROM block WHERE id = ?').run(id);
    this.db.prepare('DELETE FROM block_attribute WHERE block = ?').run(id);
    this.memory.delete(block.id);
    this.changed.delete(block);
    this.used.delete(block.id);
    this.tails.delete(block.file);
    this.lowestFree = Math.min(this.lowestFree, block.id);
  }

  forgetTail(file: number): void {
    this.tails.delete(file);
  }

  private keep(block: Block): void {
    this.memory.set(block.id, block);
    this.shrink();
  }

  /** The oldest go first; those that rows are added to stay, and those that were changed. */
  private shrink(): void {
    if (this.memory.size <= kept + this.changed.size) return;
    if (this.tails.size > kept / 4) this.tails.clear();
    const tails = new Set(this.tails.values());
    for (const block of this.memory.values()) {
      if (this.memory.size <= kept / 2 + this.changed.size) break;
      if (!tails.has(block) && !block.dirty) this.memory.delete(block.id);
    }
  }
}
