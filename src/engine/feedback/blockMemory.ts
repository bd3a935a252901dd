/** What is remembered of the blocks of one kind: so much that it can be seen whether rows were only added to one. */
import { blockRows, type RowBlock } from './store.js';

interface Known {
  file: number;
  count: number;
  /** Of the rows that count, of a block that is not full. */
  a: number;
  b: number;
  version: number;
}

const noDigest = { a: 0, b: 0 };

export class BlockMemory {
  private blocks: (Known | undefined)[] = [];

  /** One more than the highest row number. */
  get length(): number {
    const last = this.blocks.at(-1);
    return last === undefined ? 0 : (this.blocks.length - 1) * blockRows + last.count;
  }

  /** Of a row; -1: it is not there. */
  file(n: number): number {
    return this.blocks[n >>> 10]?.file ?? -1;
  }

  isThere(n: number): boolean {
    return (n & 1023) < (this.blocks[n >>> 10]?.count ?? 0);
  }

  /** Version of the index in which a row's block was read: what was known of it then holds since. */
  versionOf(n: number): number {
    return this.blocks[n >>> 10]?.version ?? 0;
  }

  /** Takes a block that changed. Place of the first row that is new, `count` where there is none; -1: a row that was there is another now. */
  take(block: RowBlock, version: number): number {
    const id = block.first >>> 10;
    const before = this.blocks[id];
    const { file, count } = block;
    // Nothing is added to a full one: it has changed if it is met again.
    const digest = count === blockRows ? noDigest : digestOf(block, count);
    this.blocks[id] = { file, count, ...digest, version };
    if (before === undefined) return 0;
    if (before.count === blockRows || before.count > count || before.file !== file) return -1;
    const { a, b } = before.count === count ? digest : digestOf(block, before.count);
    return a === before.a && b === before.b ? before.count : -1;
  }

  clear(): void {
    this.blocks = [];
  }
}

/** 64 bits of the first rows. Rows that do not count are all alike. Every step can be undone, so that one changed number is always seen. */
function digestOf(block: RowBlock, count: number): { a: number; b: number } {
  const { live } = block;
  let a = count;
  let b = ~count;
  for (const column of Object.values(block) as unknown[]) {
    if (!ArrayBuffer.isView(column)) continue;
    const isWide = column instanceof Float64Array;
    const words = isWide ? new Int32Array(column.buffer, column.byteOffset, column.length * 2) : (column as Int32Array | Int8Array);
    for (let i = 0; i < count; i++) {
      const counts = live[i] === 1;
      const word = counts ? (words[isWide ? 2 * i : i] ?? 0) : 0;
      a = Math.imul(a ^ word, 0x9e3779b1);
      b = Math.imul(b ^ word, 0x85ebca6b) + 1;
      a ^= a >>> 15;
      b ^= b >>> 13;
      if (!isWide) continue;
      const high = counts ? (words[2 * i + 1] ?? 0) : 0;
      a = Math.imul(a ^ high, 0x9e3779b1);
      b = Math.imul(b ^ high, 0x85ebca6b) + 1;
    }
  }
  return { a, b };
}
