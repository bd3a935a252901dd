/**
 * The index as columns of numbers in memory, brought up to date by the blocks that changed. A million records take about 35 MB; a
 * pass over them takes milliseconds, so every question is answered from here and none by a query of its own.
 */
import type { RecordGroup } from './scan/recordBatch.js';
import { newestFirst } from './timeOrder.js';
import { blockRows, noRow, type FeedbackBlock, type FeedbackStore, type FileState, type InteractionBlock, type RowBlock } from './store.js';

type Column = Float64Array | Int32Array | Int8Array;

/** A score that is made less often than this many changes looks at all rows again. */
const keptChanges = 32;

abstract class Table {
  /** One more than the highest row number; rows that are missing have `live` 0. */
  length = 0;
  private capacity = 0;
  /** File by block, and when the block was read. */
  private files = new Int32Array(0);
  private versions = new Float64Array(0);
  /** Lowest row that each of the last refreshes changed or added; of those at and before `forgotten` nothing is known. */
  private lowest: { version: number; row: number }[] = [];
  private forgotten = 0;
  protected abstract readonly columns: Record<string, { array: Column }>;

  /** Of a row. */
  file(n: number): number {
    return this.files[Math.floor(n / blockRows)] ?? -1;
  }

  /** Version of the columns in which a row's block was read: what was known of it then holds since. */
  versionOf(n: number): number {
    return this.versions[Math.floor(n / blockRows)] ?? 0;
  }

  /** Rows below it are what they were in this version of the columns. */
  changedSince(version: number): number {
    if (version < this.forgotten) return 0;
    return this.lowest.reduce((least, each) => (each.version > version ? Math.min(least, each.row) : least), Infinity);
  }

  /** Room for rows up to this number. */
  reserve(rows: number): void {
    if (rows <= this.capacity) return;
    const capacity = Math.max(rows, this.capacity === 0 ? 0 : Math.ceil((this.capacity * 1.25) / blockRows) * blockRows);
    this.capacity = capacity;
    for (const column of Object.values(this.columns)) {
      const grown = new (column.array.constructor as new (length: number) => Column)(capacity);
      grown.set(column.array);
      column.array = grown;
    }
    const files = new Int32Array(capacity / blockRows).fill(-1);
    files.set(this.files);
    this.files = files;
    const versions = new Float64Array(capacity / blockRows);
    versions.set(this.versions);
    this.versions = versions;
  }

  protected place(block: RowBlock, version: number): void {
    const end = block.first + blockRows;
    this.note(version, this.lowestChange(block));
    if (end > this.length) this.length = end;
    this.reserve(end);
    this.files[block.first / blockRows] = block.file;
    this.versions[block.first / blockRows] = version;
    // Rows that were taken off the end count no more.
    this.columns['live']?.array.fill(0, block.first, end);
    for (const [name, values] of Object.entries(block)) {
      if (ArrayBuffer.isView(values)) this.columns[name]?.array.set(values as Column, block.first);
    }
  }

  private note(version: number, row: number): void {
    const last = this.lowest.at(-1);
    if (last?.version === version) last.row = Math.min(last.row, row);
    else this.lowest.push({ version, row });
    if (this.lowest.length > keptChanges) this.forgotten = this.lowest.shift()?.version ?? version;
  }

  /** First row that counts, or did, and is not what it was; infinite where there is none. */
  private lowestChange(block: RowBlock): number {
    if (block.first >= this.length) return block.first;
    const live = this.columns['live']?.array;
    const pairs = Object.entries(block).flatMap(([name, values]) => {
      const column = this.columns[name];
      return ArrayBuffer.isView(values) && column !== undefined ? [{ now: values as Column, before: column.array }] : [];
    });
    for (let i = 0; i < blockRows; i++) {
      const n = block.first + i;
      if (live?.[n] !== 1 && block.live[i] !== 1) continue;
      if (pairs.some(({ now, before }) => !Object.is(now[i], before[n]))) return n;
    }
    return Infinity;
  }
}

const bytes = (): { array: Int8Array } => ({ array: new Int8Array(0) });
const ints = (): { array: Int32Array } => ({ array: new Int32Array(0) });
const floats = (): { array: Float64Array } => ({ array: new Float64Array(0) });

function sharedColumns() {
  return { live: bytes(), time: floats(), group: ints(), unit: ints() };
}

/** Columns as in `InteractionBlock`. */
export class InteractionTable extends Table {
  override readonly columns = { ...sharedColumns(), status: bytes(), retries: ints(), latency: floats(), implied: bytes() };

  set(block: InteractionBlock, version: number): void {
    this.place(block, version);
  }
}

/** Columns as in `FeedbackBlock`. */
export class FeedbackTable extends Table {
  override readonly columns = {
    ...sharedColumns(),
    row: ints(),
    y: floats(),
    probability: floats(),
    signal: bytes(),
    actor: bytes(),
    flags: bytes(),
  };

  set(block: FeedbackBlock, version: number): void {
    this.place(block, version);
  }
}

export class IndexColumns {
  interactions = new InteractionTable();
  feedback = new FeedbackTable();
  /** By number. */
  files = new Map<number, FileState>();
  /** What is said of the prompt of a record, by number. */
  groups = new Map<number, RecordGroup>();
  /** Comments that were read not long ago, by row: themes ask for the same ones after every change. */
  readonly texts = new Map<number, { version: number; id: string; text: string }>();
  /** Changes with every row that does. */
  version = 0;
  /** Changes when numbers begin to mean something else. */
  generation = 0;
  private order: { version: number; rows: Int32Array } | null = null;
  private words: string[] = [];
  private numbers = new Map<string, number>();
  private epoch = '';
  private seq = 0;
  private lastGroup = 0;

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

  async refresh(from: FeedbackStore): Promise<void> {
    const now = await from.state();
    if (now.epoch === this.epoch && now.seq === this.seq) return;
    if (now.epoch !== this.epoch) this.clear();
    const changes = await from.changes(
      { seq: this.seq, group: this.lastGroup },
      {
        groups: (groups) => {
          for (const { id, group } of groups) {
            this.groups.set(id, group);
            this.lastGroup = id;
          }
        },
        interactions: (block) => {
          this.interactions.set(block, this.version + 1);
        },
        feedback: (block) => {
          this.feedback.set(block, this.version + 1);
        },
      },
    );
    this.seq = changes.seq;
    this.version++;
    this.files = new Map((await from.files()).map((file) => [file.id, file]));
    const known = this.epoch;
    this.epoch = changes.epoch;
    // Rows were removed between the two questions.
    if (known !== '' && known !== changes.epoch) {
      this.epoch = '';
      await this.refresh(from);
    }
  }

  clear(): void {
    this.interactions = new InteractionTable();
    this.feedback = new FeedbackTable();
    this.words = [];
    this.files = new Map();
    this.groups = new Map();
    this.numbers = new Map();
    this.epoch = '';
    this.seq = 0;
    this.lastGroup = 0;
    this.version++;
    this.generation++;
    this.order = null;
    this.texts.clear();
  }

  /** Rows of feedback that count, newest first. */
  newestFeedback(): Int32Array {
    if (this.order?.version === this.version) return this.order.rows;
    const { feedback } = this;
    const live = feedback.columns.live.array;
    const rows = new Int32Array(feedback.length);
    let count = 0;
    for (let n = 0; n < feedback.length; n++) if (live[n] === 1) rows[count++] = n;
    const sorted = newestFirst(rows.subarray(0, count), (n) => this.timeOf(feedback, n));
    this.order = { version: this.version, rows: sorted };
    return sorted;
  }

  /** Interaction that a row of feedback is about; -1: none that counts. */
  served(n: number): number {
    const row = this.feedback.columns.row.array[n] ?? noRow;
    return row >= 0 && this.interactions.columns.live.array[row] === 1 ? row : noRow;
  }

  /** Time of a record in ms: its own, else its file's. */
  timeOf(table: InteractionTable | FeedbackTable, n: number): number {
    const time = table.columns.time.array[n] ?? NaN;
    return Number.isNaN(time) ? Math.floor(this.files.get(table.file(n))?.mtimeMs ?? 0) : time;
  }
}
