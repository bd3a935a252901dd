/** Finds rows by the id of their record. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { IdHash } from '../../engine/feedback/scan/hash.js';
import { HashIndex } from '../../engine/feedback/scan/hashIndex.js';
import type { Block } from './feedbackBlock.js';
import type { Blocks } from './feedbackBlocks.js';
import { inTransaction } from './feedbackDatabase.js';
import { KeyRuns } from './feedbackKeyRuns.js';

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

/** Keys of one kind that are kept in memory in a first reading, about all that fit in 6 MiB; others go into runs. */
const defaultKeysInMemory = 365_000;

export class Ids {
  /**
   * Keys while the table of ids is not written yet: filling it at the end, in order, takes a fraction of the time. Those that memory has no
   * room for are in `runs`.
   */
  private filling: HashIndex | null = null;
  private readonly runs: KeyRuns;
  /** The tables of ids lack what another process was stopped before it could write. */
  isBehind = false;
  /** What `find` met last: whoever looks for an id mostly sets it next. 0: nothing. */
  private lastKey = 0;
  private lastFirst = -1;
  /** Keys with their rows, from the next one that is to be written. */
  private unwritten: Generator<readonly [key: number, row: number]> | null = null;
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
    /** Called in the transaction in which this connection takes over what another one left unfinished. */
    private readonly onRecover: () => void,
    private readonly keysInMemory = defaultKeysInMemory,
  ) {
    this.runs = new KeyRuns(db, blocks.kind);
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
  private recover(): void {
    if (this.db.isTransaction) {
      this.readBlocks();
      return;
    }
    try {
      inTransaction(this.db, () => {
        this.readBlocks();
      });
    } catch (error) {
      this.isBehind = true;
      this.filling = null;
      throw error;
    }
  }

  private readBlocks(): void {
    this.clear();
    this.filling = new HashIndex();
    this.isStale = true;
    for (const block of this.blocks.all()) {
      for (let i = 0; i < block.count; i++) {
        const key = keyOf(block, i);
        if (block.live[i] === 1 && this.first(key) < 0) this.keep(key, block.first + i);
        else this.addOther(key, block.first + i);
      }
    }
    this.onRecover();
  }

  /** Rows were taken away: what is known by its key may be there no more. */
  setStale(): void {
    this.isStale = true;
  }

  /** Writes some of what was kept in memory and in runs; true: all of it is written. A change in between begins anew. */
  fill(limit = Infinity): boolean {
    this.catchUp();
    const { filling } = this;
    if (filling === null) return true;
    if (this.unwritten === null) {
      this.unwritten = this.runs.merged(filling);
      this.db.exec(`DELETE FROM ${this.table}_id`);
    }
    const insert = this.db.prepare(`INSERT INTO ${this.table}_id VALUES (?, ?)`);
    for (let each = 0; each < limit; each++) {
      const next = this.unwritten.next();
      if (next.done === true) {
        this.runs.clear();
        this.filling = null;
        this.unwritten = null;
        this.isStale = false;
        return true;
      }
      insert.run(...next.value);
    }
    return false;
  }

  private keep(key: number, n: number): void {
    const { filling } = this;
    if (filling === null) return;
    this.makeRoom(filling);
    filling.set(key, n);
    this.unwritten = null;
  }

  private makeRoom(filling: HashIndex): void {
    if (filling.size < this.keysInMemory) return;
    this.runs.add(filling);
    filling.clear();
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
    return this.hasOthers.value;
  }

  /**
   * In the bulk of a first reading: rows from `n` on count for the keys from `from` on, up to the first key that may be known; that one has to
   * be looked at by itself. Returns how many they are.
   */
  addNew(keys: Float64Array, from: number, to: number, n: number): number {
    const { filling, runs } = this;
    if (filling === null) return 0;
    this.makeRoom(filling);
    const limit = Math.min(to, from + this.keysInMemory - filling.size);
    let end = from;
    while (end < limit && runs.get(keys[end] ?? 0) < 0) end++;
    const added = filling.addNew(keys, from, end, n);
    if (added > 0) this.unwritten = null;
    return added;
  }

  /** `n` counts from now on. */
  set(key: number, n: number): void {
    const before = key === this.lastKey ? this.lastFirst : this.first(key);
    this.lastKey = 0;
    if (before >= 0 && before !== n && this.isRow(before, key)) this.addOther(key, before);
    if (this.filling !== null) this.keep(key, n);
    else this.insert.run(key, n);
  }

  addOther(key: number, n: number): void {
    this.insertOther.run(key, n);
    this.hasOthers.value = true;
  }

  /** Everything is gone. */
  clear(): void {
    this.db.exec(`DELETE FROM ${this.table}_id; DELETE FROM ${this.table}_other;`);
    this.runs.clear();
    this.hasOthers.value = false;
    this.filling = null;
    this.unwritten = null;
    this.isBehind = false;
    this.isStale = false;
  }

  private first(key: number): number {
    this.catchUp();
    if (this.filling !== null) {
      const n = this.filling.get(key);
      return n >= 0 ? n : this.runs.get(key);
    }
    const row = this.select.get(key);
    return row === undefined ? -1 : Number(row['n']);
  }

  private rest(key: number): number[] {
    return this.hasOthers.value ? this.selectOthers.all(key).map((row) => Number(row['n'])) : [];
  }

  /** In the bulk of a first reading no row has been taken away: what is known by its key is there, and need not be looked at. */
  private counts(n: number, key: number): boolean {
    if (this.filling !== null && !this.isStale && !this.hasOthers.value) return true;
    const block = this.blocks.of(n);
    return block !== null && block.live[n & 1023] === 1 && keyOf(block, n & 1023) === key;
  }

  private isRow(n: number, key: number): boolean {
    const block = this.blocks.of(n);
    return block !== null && keyOf(block, n & 1023) === key;
  }
}
