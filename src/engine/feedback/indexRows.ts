/**
 * What is kept of the index in memory: three to eight bytes an interaction, by which feedback finds its prompt and its user, and nothing of feedback.
 * Whoever wants to know more goes through the blocks again (`changes` with a visitor), a million rows in some hundredths of a second.
 */
import { BlockMemory } from './blockMemory.js';
import type { RecordGroup } from './scan/recordBatch.js';
import type { FileState, InteractionBlock, RowBlock } from './store.js';

type Column = Uint8Array | Uint16Array | Int32Array;

/** Of the interactions of a block. */
interface Joined {
  /** `null`: all of them count. */
  live: Int8Array | null;
  group: Column;
  unit: Column;
}

/** In as few bytes as the numbers need. */
function compact(column: Int32Array): Column {
  let [least, most] = [0, 0];
  for (const value of column) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least < 0 || most > 0xffff) return column.slice();
  return most > 0xff ? Uint16Array.from(column) : Uint8Array.from(column);
}

export class IndexRows {
  readonly interactions = new BlockMemory();
  readonly feedback = new BlockMemory();
  /** By number. */
  files = new Map<number, FileState>();
  /** What is said of the prompt of a record, by number. */
  readonly groups = new Map<number, RecordGroup>();
  /** Comments that were read not long ago, by row: themes ask for the same ones after every change. */
  readonly texts = new Map<number, { version: number; id: string; text: string }>();
  /** Changes with every row that does. */
  version = 0;
  private joined: (Joined | undefined)[] = [];
  private words: string[] = [];
  private numbers = new Map<string, number>();

  /** Text of a number that `number` gave. */
  word(id: number): string | null {
    return this.words[id] ?? null;
  }

  /** A number for a text, so that prompts and versions can be told apart by number; -1 for none. */
  number(text: string | null): number {
    if (text === null) return -1;
    const before = this.numbers.get(text);
    if (before !== undefined) return before;
    const id = this.words.push(text) - 1;
    this.numbers.set(text, id);
    return id;
  }

  /** Place of the first new row; -1: one that was there is another now. */
  takeInteractions(block: InteractionBlock, version: number): number {
    this.join(block);
    return this.interactions.take(block, version);
  }

  private join({ first, count, live, group, unit }: RowBlock): void {
    let counted = 0;
    for (let i = 0; i < count; i++) if (live[i] === 1) counted++;
    this.joined[first >>> 10] = { live: counted === count ? null : live.slice(), group: compact(group), unit: compact(unit) };
  }

  /** The interaction of that row, which feedback names; -1: none that counts. */
  served(row: number): number {
    const block = row < 0 ? undefined : this.joined[row >>> 10];
    if (block === undefined || (row & 1023) >= block.group.length) return -1;
    return block.live === null || block.live[row & 1023] === 1 ? row : -1;
  }

  /** Number of an interaction in `groups`. */
  groupOf(n: number): number {
    return this.joined[n >>> 10]?.group[n & 1023] ?? -1;
  }

  /** User or session of an interaction, as in blocks. */
  unitOf(n: number): number {
    return this.joined[n >>> 10]?.unit[n & 1023] ?? -1;
  }

  /** ms; a record without a time is as old as its file. */
  timeOf(own: number, file: number): number {
    return Number.isNaN(own) ? this.fileTime(file) : own;
  }

  /** When a file was written last, ms. */
  fileTime(file: number): number {
    return Math.floor(this.files.get(file)?.mtimeMs ?? 0);
  }

  clear(): void {
    this.interactions.clear();
    this.feedback.clear();
    this.files = new Map();
    this.groups.clear();
    this.texts.clear();
    this.joined = [];
    this.words = [];
    this.numbers = new Map();
    this.version++;
  }
}
