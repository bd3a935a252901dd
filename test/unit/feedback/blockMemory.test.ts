import { describe, expect, it } from 'vitest';
import { BlockMemory } from '../../../src/engine/feedback/blockMemory.js';
import { blockRows, type FeedbackBlock } from '../../../src/engine/feedback/store.js';

/** Row `i` has a y of `i`. */
function block(count: number, more: Partial<FeedbackBlock> = {}): FeedbackBlock {
  const ints = (value: number): Int32Array => new Int32Array(count).fill(value);
  const bytes = (value: number): Int8Array => new Int8Array(count).fill(value);
  return {
    first: blockRows,
    file: 3,
    count,
    live: bytes(1),
    time: new Float64Array(count).fill(NaN),
    group: ints(1),
    unit: ints(-1),
    row: ints(-1),
    y: Float64Array.from({ length: count }, (_, i) => i),
    probability: new Float64Array(count).fill(NaN),
    signal: bytes(0),
    actor: bytes(0),
    flags: bytes(0),
    ...more,
  };
}

describe('what is remembered of blocks', () => {
  it('tells rows that were added from such as changed', () => {
    const memory = new BlockMemory();
    expect([memory.length, memory.file(blockRows), memory.isThere(blockRows)]).toEqual([0, -1, false]);
    expect(memory.take(block(3), 1)).toBe(0);
    expect([memory.length, memory.file(blockRows + 2), memory.isThere(blockRows + 2), memory.isThere(blockRows + 3)]).toEqual([
      blockRows + 3,
      3,
      true,
      false,
    ]);
    expect(memory.take(block(3), 2)).toBe(3);
    expect(memory.take(block(5), 3)).toBe(3);
    expect(memory.versionOf(blockRows)).toBe(3);
    expect(memory.take(block(5, { y: Float64Array.of(0, 1, 2.000001, 3, 4) }), 4)).toBe(-1);
    expect(memory.take(block(4), 5)).toBe(-1);
    expect(memory.take(block(5, { file: 4 }), 6)).toBe(-1);
  });

  it('does not look at rows that count no more, unless they did', () => {
    const memory = new BlockMemory();
    const live = Int8Array.of(1, 0, 1);
    memory.take(block(3, { live }), 1);
    expect(memory.take(block(3, { live, y: Float64Array.of(0, 7, 2) }), 2)).toBe(3);
    expect(memory.take(block(3, { live: Int8Array.of(1, 0, 0) }), 3)).toBe(-1);
    expect(memory.take(block(3), 4)).toBe(-1);
  });

  it('takes a full block that is met again for a changed one', () => {
    const memory = new BlockMemory();
    expect([memory.take(block(blockRows - 1), 1), memory.take(block(blockRows), 2)]).toEqual([0, blockRows - 1]);
    expect(memory.take(block(blockRows), 3)).toBe(-1);
  });
});
