/** Blocks of rows in the database, and which of them are in memory. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { blockRows } from '../../engine/feedback/store.js';
import { Block, type Kind } from './feedbackBlock.js';

/** Blocks of each kind that are kept in memory: about 4 MiB. */
const kept = 32;

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
        this.saveAttribute.run(attribute, id, rowsWith(values, block), new Uint8Array(values.buffer, 0, block.count * 2));
      }
      block.dirty = false;
    }
    this.changed.clear();
    this.shrink();
  }

  /** Whether many changes wait to be saved. */
  get isFull(): boolean {
    return this.changed.size > 2 * kept;
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

/** Rows that count and have a value. */
function rowsWith(values: Uint16Array, { live, count }: Block): number {
  let rows = 0;
  for (let each = 0; each < count; each++) if ((values[each] ?? 0) > 0 && live[each] === 1) rows++;
  return rows;
}
