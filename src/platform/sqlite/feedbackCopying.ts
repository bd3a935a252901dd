/** Copies rows of a batch into a block: whole stretches of a column at a time. */
import type { BatchFeedback, BatchInteractions, BatchRecords } from '../../engine/feedback/scan/recordBatch.js';
import { blockRows } from '../../engine/feedback/store.js';
import type { Block } from './feedbackBlock.js';
import type { Attributes, Translation } from './feedbackDictionaries.js';

/** Rows from `row` on go to places from `i` on; all of them count. */
export function copyBase(block: Block, i: number, records: BatchRecords, row: number, count: number, translation: Translation): void {
  const end = row + count;
  block.time.set(records.time.subarray(row, end), i);
  block.offset.set(records.offset.subarray(row, end), i);
  block.revision.set(records.revision.subarray(row, end), i);
  block.updated.set(records.updated.subarray(row, end), i);
  block.length.set(records.length.subarray(row, end), i);
  block.line.set(records.line.subarray(row, end), i);
  block.digest.set(records.digest.subarray(row, end), i);
  block.ordinal.set(records.ordinal.subarray(row, end), i);
  block.words.set(records.id.subarray(row * 4, end * 4), i * 4);
  block.trace.set(records.trace.subarray(row, end), i);
  block.span.set(records.span.subarray(row, end), i);
  block.live.fill(1, i, i + count);
  translate(block.group, i, records.group, row, count, translation.groups);
  translate(block.unit, i, records.unit, row, count, translation.units);
  if (records.names.size === 0) return;
  for (let each = row; each < end; each++) {
    const name = records.names.get(each);
    if (name !== undefined) block.names.set(i + each - row, name);
  }
}

function translate(to: Int32Array, i: number, from: Int32Array, row: number, count: number, numbers: readonly number[]): void {
  for (let each = 0; each < count; each++) {
    const number = from[row + each] ?? -1;
    to[i + each] = number < 0 ? -1 : (numbers[number] ?? -1);
  }
}

export function copyInteractions(block: Block, i: number, records: BatchInteractions, row: number, count: number): void {
  const end = row + count;
  block.latency.set(records.latency.subarray(row, end), i);
  block.retries.set(records.retries.subarray(row, end), i);
  block.status.set(records.status.subarray(row, end), i);
  block.implied.set(records.implied.subarray(row, end), i);
}

/** All but `row`, which has to be looked for. */
export function copyFeedback(block: Block, i: number, records: BatchFeedback, row: number, count: number): void {
  const end = row + count;
  block.interaction.set(records.interaction.subarray(row, end), i);
  block.signal.set(records.signal.subarray(row, end), i);
  block.actor.set(records.actor.subarray(row, end), i);
  block.y.set(records.y.subarray(row, end), i);
  block.flags.set(records.flags.subarray(row, end), i);
  block.probability.set(records.probability.subarray(row, end), i);
}

export function hasTrace({ trace }: Block, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (trace[i] !== 0) return true;
  return false;
}

/** Pairs of row and attribute of a batch, in the order of rows. */
export class AttributeWriter {
  private at = 0;

  constructor(
    /** Row and number of the pair, in turn. */
    private readonly list: Int32Array,
    private readonly translation: Translation,
    private readonly attributes: Attributes,
  ) {}

  /** Those of `count` rows from `row` on. `block`: where they went, from place `i` on; `null`: nowhere. Rows are given in their order. */
  give(row: number, count: number, block: Block | null, i: number): void {
    const { list, attributes } = this;
    const { pairs } = this.translation;
    const { areAllKept } = attributes;
    const shift = i - row;
    for (; this.at < list.length && (list[this.at] ?? 0) < row + count; this.at += 2) {
      const pair = block === null ? null : pairs[list[this.at + 1] ?? -1];
      if (pair == null || block === null || (!areAllKept && attributes.isCrowded(pair.attribute))) continue;
      let values = block.attributes.get(pair.attribute);
      if (values === undefined) {
        values = new Uint16Array(blockRows);
        block.attributes.set(pair.attribute, values);
      }
      const place = shift + (list[this.at] ?? 0);
      // Attributes come before variables, and count before them.
      if (values[place] === 0) values[place] = pair.value;
    }
  }
}
