/**
 * The index as columns of numbers in memory, brought up to date by what changed. A million records take about 120 MB; a
 * pass over them takes milliseconds, so every question is answered from here and none by a query of its own.
 */
import type { FeedbackStore, FileState } from './store.js';

type Column = Float64Array | Int32Array;

abstract class Table {
  /** One more than the highest row number; rows that are missing have `live` 0. */
  length = 0;
  private capacity = 0;
  protected abstract readonly columns: Record<string, { array: Column }>;

  protected reserve(rows: number): void {
    if (rows > this.length) this.length = rows;
    if (rows <= this.capacity) return;
    this.capacity = Math.max(1024, rows, this.capacity * 2);
    for (const column of Object.values(this.columns)) {
      const grown = column.array instanceof Float64Array ? new Float64Array(this.capacity) : new Int32Array(this.capacity);
      grown.set(column.array);
      column.array = grown;
    }
  }
}

const ints = (): { array: Int32Array } => ({ array: new Int32Array(0) });
const floats = (): { array: Float64Array } => ({ array: new Float64Array(0) });

function sharedColumns() {
  return {
    live: ints(),
    file: ints(),
    time: floats(),
    prompt: ints(),
    onlyPrompt: ints(),
    version: ints(),
    link: ints(),
    sha256: ints(),
    user: ints(),
    session: ints(),
  };
}

type Row = readonly (number | null)[];

export class InteractionTable extends Table {
  override readonly columns = { ...sharedColumns(), variant: ints(), status: ints(), retries: ints(), latency: floats(), implied: ints() };

  set(row: Row): void {
    this.reserve((row[0] ?? 0) + 1);
    store(this.columns, row);
    const { variant, status, retries, latency, implied } = this.columns;
    const n = row[0] ?? 0;
    variant.array[n] = row[11] ?? -1;
    status.array[n] = row[12] ?? -1;
    retries.array[n] = row[13] ?? -1;
    latency.array[n] = row[14] ?? -1;
    implied.array[n] = row[15] ?? 0;
  }
}

export class FeedbackTable extends Table {
  override readonly columns = { ...sharedColumns(), interaction: ints(), signal: ints(), actor: ints(), y: floats(), flags: ints() };

  set(row: Row): void {
    this.reserve((row[0] ?? 0) + 1);
    store(this.columns, row);
    const { interaction, signal, actor, y, flags } = this.columns;
    const n = row[0] ?? 0;
    interaction.array[n] = row[11] ?? -1;
    signal.array[n] = row[12] ?? -1;
    actor.array[n] = row[13] ?? -1;
    y.array[n] = row[14] ?? NaN;
    flags.array[n] = row[15] ?? 0;
  }
}

function store(columns: ReturnType<typeof sharedColumns>, row: Row): void {
  const n = row[0] ?? 0;
  columns.live.array[n] = row[1] ?? 0;
  columns.file.array[n] = row[2] ?? -1;
  columns.time.array[n] = row[3] ?? NaN;
  columns.prompt.array[n] = row[4] ?? -1;
  columns.onlyPrompt.array[n] = row[5] ?? 0;
  columns.version.array[n] = row[6] ?? -1;
  columns.link.array[n] = row[7] ?? 0;
  columns.sha256.array[n] = row[8] ?? -1;
  columns.user.array[n] = row[9] ?? -1;
  columns.session.array[n] = row[10] ?? -1;
}

export class IndexColumns {
  interactions = new InteractionTable();
  feedback = new FeedbackTable();
  /** By number. */
  files = new Map<number, FileState>();
  private words = new Map<number, string>();
  private numbers = new Map<string, number>();
  private epoch = '';
  private seq = 0;
  private lastWord = 0;

  /** Text of a word's number. */
  word(id: number): string | null {
    return this.words.get(id) ?? null;
  }

  /** Number of a text; makes one up for a text that no record has, so that prompts can be told apart by number. */
  number(text: string): number {
    const before = this.numbers.get(text);
    if (before !== undefined) return before;
    // Behind all numbers that the store gives.
    const id = 0x40000000 + this.numbers.size;
    this.define(id, text);
    return id;
  }

  async refresh(from: FeedbackStore): Promise<void> {
    const now = await from.state();
    if (now.epoch === this.epoch && now.seq === this.seq) return;
    if (now.epoch !== this.epoch) this.clear();
    const visitor = {
      interaction: (row: Row) => {
        this.interactions.set(row);
      },
      feedback: (row: Row) => {
        this.feedback.set(row);
      },
    };
    const changes = await from.changes({ seq: this.seq, word: this.lastWord }, visitor);
    for (const { id, text } of changes.words) {
      this.define(id, text);
      this.lastWord = id;
    }
    this.seq = changes.seq;
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
    this.words = new Map();
    this.files = new Map();
    this.numbers = new Map();
    this.epoch = '';
    this.seq = 0;
    this.lastWord = 0;
  }

  /** Time of a record in ms: its own, else its file's. */
  timeOf(table: InteractionTable | FeedbackTable, n: number): number {
    const time = table.columns.time.array[n] ?? NaN;
    return Number.isNaN(time) ? Math.floor(this.files.get(table.columns.file.array[n] ?? -1)?.mtimeMs ?? 0) : time;
  }

  private define(id: number, text: string): void {
    this.words.set(id, text);
    this.numbers.set(text, id);
  }
}
