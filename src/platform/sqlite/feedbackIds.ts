/** Finds rows by the id of their record. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { IdHash } from '../../engine/feedback/scan/hash.js';
import { HashIndex } from '../../engine/feedback/scan/hashIndex.js';
import type { Block } from './feedbackBlock.js';
import type { Blocks } from './feedbackBlocks.js';

const idHash = new IdHash();

export function keyOf(block: Block, i: number): number {
  [idHash.a, idHash.b, idHash.c, idHash.d] = wordsOf(block, i);
  return idHash.key;
}

export function wordsOf({ words }: Block, i: number): [number, number, number, number] {
  return [words[i * 4] ?? 0, words[i * 4 + 1] ?? 0, words[i * 4 + 2] ?? 0, words[i * 4 + 3] ?? 0];
}

/** In a record's id all four words count, not only the key. */
function hasId({ words }: Block, i: number, a: number, b: number, c: number, d: number): boolean {
  return words[i * 4] === a && words[i * 4 + 1] === b && words[i * 4 + 2] === c && words[i * 4 + 3] === d;
}

export class Ids {
  /** All keys while the tables of ids are not written yet: filling them at the end, in order, takes a fraction of the time. */
  private filling: HashIndex | null = null;
  private readonly others = new Map<number, number[]>();
  /** The tables of ids lack what another process was stopped before it could write. */
  isBehind = false;
  /** What `find` met last: whoever looks for an id mostly sets it next. 0: nothing. */
  private lastKey = 0;
  private lastFirst = -1;
  /** Keys that are being written, and how many are. */
  private sorted: Float64Array | null = null;
  private written = 0;
  /** Rows were taken away since filling began. */
  private isStale = false;
  private readonly select: StatementSync;
  private readonly selectOthers: StatementSync;
  private readonly insert: StatementSync;
  private readonly insertOther: StatementSync;
  private readonly table: string;
  private readonly hasOthers: { value: boolean };

  constructor(
    private readonly db: DatabaseSync,
    private readonly blocks: Blocks,
  ) {
    this.table = blocks.kind === 0 ? 'interaction' : 'feedback';
    this.select = db.prepare(`SELECT n FROM ${this.table}_id WHERE h = ?`);
    this.selectOthers = db.prepare(`SELECT n FROM ${this.table}_other WHERE h = ?`);
    this.insert = db.prepare(`INSERT OR REPLACE INTO ${this.table}_id VALUES (?, ?)`);
    this.insertOther = db.prepare(`INSERT OR IGNORE INTO ${this.table}_other VALUES (?, ?)`);
    this.hasOthers = { value: db.prepare(`SELECT 1 FROM ${this.table}_other LIMIT 1`).get() !== undefined };
  }

  get isFilling(): boolean {
    return this.filling !== null;
  }

  /** From now on keys are kept in memory, until `fill`. The tables are empty. */
  beginFilling(): void {
    this.filling ??= new HashIndex();
  }

  /** Before a change. */
  catchUp(): void {
    if (this.isBehind) this.recover();
  }

  /** Takes up from the blocks what another process left unfinished. */
  private recover(): HashIndex {
    this.isBehind = false;
    this.isStale = true;
    const filling = new HashIndex();
    this.filling = filling;
    this.others.clear();
    for (const block of this.blocks.all()) {
      for (let i = 0; i < block.count; i++) {
        const key = keyOf(block, i);
        if (block.live[i] === 1 && !filling.has(key)) filling.set(key, block.first + i);
        else this.addOther(key, block.first + i);
      }
    }
    return filling;
  }

  /** Rows were taken away: what is known by its key may be there no more. */
  setStale(): void {
    this.isStale = true;
  }

  /** Writes some of what was kept in memory; true: all of it is written. A change in between begins anew. */
  fill(limit = Infinity): boolean {
    this.catchUp();
    const { filling } = this;
    if (filling === null) return true;
    if (this.sorted === null) {
      this.sorted = filling.sortedKeys();
      this.written = 0;
      this.db.exec(`DELETE FROM ${this.table}_id`);
    }
    const { sorted } = this;
    const insert = this.db.prepare(`INSERT INTO ${this.table}_id VALUES (?, ?)`);
    const end = Math.min(sorted.length, this.written + limit);
    for (; this.written < end; this.written++) {
      const key = sorted[this.written] ?? 0;
      insert.run(key, filling.get(key));
    }
    if (end < sorted.length) return false;
    this.db.exec(`DELETE FROM ${this.table}_other`);
    for (const [key, rows] of this.others) for (const n of rows) this.insertOther.run(key, n);
    this.hasOthers.value = this.others.size > 0;
    this.filling = null;
    this.sorted = null;
    this.others.clear();
    this.isStale = false;
    return true;
  }

  /** Number of the row that counts and has this key, whichever its id: for joins, where 53 bits do. -1: none. */
  byKey(key: number): number {
    const n = this.first(key);
    if (n >= 0 && this.counts(n, key)) return n;
    return this.rest(key).find((each) => this.counts(each, key)) ?? -1;
  }

  /** Row that counts; -1: none. */
  find(key: number, a: number, b: number, c: number, d: number): number {
    const n = this.first(key);
    this.lastKey = key;
    this.lastFirst = n;
    if (n < 0) return -1;
    const isIt = (each: number): boolean => {
      const block = this.blocks.of(each);
      return block !== null && block.live[each & 1023] === 1 && hasId(block, each & 1023, a, b, c, d);
    };
    if (isIt(n)) return n;
    return this.rest(key).find(isIt) ?? -1;
  }

  /** All rows of an id but `n`, whether they count or not. */
  rowsOf(key: number, a: number, b: number, c: number, d: number, except: number): number[] {
    return [this.first(key), ...this.rest(key)].filter((each) => {
      const block = each === except ? null : this.blocks.of(each);
      return block !== null && hasId(block, each & 1023, a, b, c, d);
    });
  }

  get mayHaveOthers(): boolean {
    return this.hasOthers.value || this.others.size > 0;
  }

  /**
   * In the bulk of a first reading: rows from `n` on count for the keys from `from` on, up to the first key that may be known; that one has to
   * be looked at by itself. Returns how many they are.
   */
  addNew(keys: Float64Array, from: number, to: number, n: number): number {
    if (this.filling === null) return 0;
    const added = this.filling.addNew(keys, from, to, n);
    if (added > 0) this.sorted = null;
    return added;
  }

  /** `n` counts from now on. */
  set(key: number, n: number): void {
    const before = key === this.lastKey ? this.lastFirst : this.first(key);
    this.lastKey = 0;
    if (before >= 0 && before !== n && this.isRow(before, key)) this.addOther(key, before);
    if (this.filling !== null) {
      this.filling.set(key, n);
      this.sorted = null;
    } else this.insert.run(key, n);
  }

  addOther(key: number, n: number): void {
    if (this.filling !== null) {
      const rows = this.others.get(key);
      if (rows === undefined) this.others.set(key, [n]);
      else if (!rows.includes(n)) rows.push(n);
    } else {
      this.insertOther.run(key, n);
      this.hasOthers.value = true;
    }
  }

  /** Everything is gone. */
  clear(): void {
    this.db.exec(`DELETE FROM ${this.table}_id; DELETE FROM ${this.table}_other;`);
    this.others.clear();
    this.hasOthers.value = false;
    this.filling = null;
    this.sorted = null;
    this.isBehind = false;
    this.isStale = false;
  }

  private first(key: number): number {
    if (this.isBehind) return this.recover().get(key);
    if (this.filling !== null) return this.filling.get(key);
    const row = this.select.get(key);
    return row === undefined ? -1 : Number(row['n']);
  }

  private rest(key: number): number[] {
    if (this.filling !== null) return this.others.get(key) ?? [];
    return this.hasOthers.value ? this.selectOthers.all(key).map((row) => Number(row['n'])) : [];
  }

  /** In the bulk of a first reading no row has been taken away: what is known by its key is there, and need not be looked at. */
  private counts(n: number, key: number): boolean {
    if (this.filling !== null && !this.isStale && this.others.size === 0) return true;
    const block = this.blocks.of(n);
    return block !== null && block.live[n & 1023] === 1 && keyOf(block, n & 1023) === key;
  }

  private isRow(n: number, key: number): boolean {
    const block = this.blocks.of(n);
    return block !== null && keyOf(block, n & 1023) === key;
  }
}
