/** Writing of records: which revision counts, numbers for texts, and rows of one table. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** What decides between records of one id: revision, then when it was made, then its time, then its place. */
export interface Rank {
  revision: number;
  updated: number;
  time: number | null;
  path: string;
  offset: number;
}

export function compareRank(a: Rank, b: Rank): number {
  return (
    a.revision - b.revision ||
    a.updated - b.updated ||
    (a.time ?? 0) - (b.time ?? 0) ||
    (a.path < b.path ? -1 : a.path > b.path ? 1 : a.offset - b.offset)
  );
}

/** Texts that occur again and again are kept once, by number. `-1` is no text. */
export class Dictionary {
  private readonly known = new Map<string, number>();
  private readonly select: StatementSync;
  private readonly insert: StatementSync;

  constructor(db: DatabaseSync, table: 'word' | 'unit') {
    this.select = db.prepare(`SELECT id FROM ${table} WHERE text = ?`);
    this.insert = db.prepare(`INSERT INTO ${table} (text) VALUES (?)`);
  }

  number(text: string | null): number {
    if (text === null) return -1;
    const before = this.known.get(text);
    if (before !== undefined) return before;
    const row = this.select.get(text);
    const id = row === undefined ? Number(this.insert.run(text).lastInsertRowid) : Number(row['id']);
    if (this.known.size < 500_000) this.known.set(text, id);
    return id;
  }

  /** Numbers given in a transaction that was rolled back do not exist. */
  forget(): void {
    this.known.clear();
  }
}

interface Known extends Rank {
  n: number;
  file: number;
  digest: number;
}

type Outcome = 'new' | 'updated' | 'same';

const remembered = 300_000;

/** One table of records: `interaction` or `feedback`. */
export class RecordTable {
  /** All live records by id while the table was filled from empty by this process: spares a lookup a record. */
  private live: Map<string, Known> | null = null;
  /** Digests of records of dropped files. */
  private readonly dropped = new Map<string, number>();
  /** Live records that files gained or lost in this transaction. */
  private readonly gained = new Map<number, number>();
  /** Old and new row of ids whose row changed in this transaction. */
  readonly moved = new Map<number, number>();
  private indexed = false;
  private readonly select: StatementSync;
  private readonly insert: StatementSync;
  private readonly retire: StatementSync;

  constructor(
    private readonly db: DatabaseSync,
    readonly name: 'interaction' | 'feedback',
    ownColumns: number,
    private readonly pathOf: (file: number) => string,
  ) {
    this.select = db.prepare(`SELECT n, revision, updated, time, file, off, digest FROM ${name} WHERE id = ? AND live = 1`);
    const marks = new Array<string>(18 + ownColumns).fill('?').join(', ');
    this.insert = db.prepare(`INSERT INTO ${name} VALUES (NULL, ${marks})`);
    this.retire = db.prepare(`UPDATE ${name} SET live = 0, seq = ? WHERE n = ?`);
    this.begin();
  }

  /** Called at the start of a transaction: another process may have written since. */
  begin(): void {
    if (this.live === null && this.db.prepare(`SELECT 1 FROM ${this.name} LIMIT 1`).get() === undefined) this.live = new Map();
  }

  forget(): void {
    this.live = null;
  }

  /** Ids can be looked for from now on; nothing to do where they can already. */
  index(): void {
    if (this.indexed) return;
    this.db.exec(`CREATE INDEX IF NOT EXISTS ${this.name}_id ON ${this.name} (id)`);
    this.indexed = true;
  }

  get(id: string): Known | null {
    if (this.live !== null) return this.live.get(id) ?? null;
    this.index();
    const row = this.select.get(id);
    if (row === undefined) return null;
    const file = Number(row['file']);
    return {
      n: Number(row['n']),
      revision: Number(row['revision']),
      updated: Number(row['updated']),
      time: row['time'] === null ? null : Number(row['time']),
      file,
      path: this.pathOf(file),
      offset: Number(row['off']),
      digest: Number(row['digest']),
    };
  }

  /** `values`: the columns behind `seq`. `n`: the row that was made, of a winner or a loser. */
  put(
    record: {
      id: string;
      offset: number;
      length: number;
      line: number;
      revision: number;
      updated: number;
      time: number | null;
      digest: number;
    },
    file: number,
    seq: number,
    values: SQLInputValue[],
  ): { outcome: Outcome; n: number | null } {
    const path = this.pathOf(file);
    const before = this.get(record.id);
    const wins = before === null || compareRank({ ...record, path }, before) > 0;
    // Read again from the same place, or the same text once more in one file.
    if (before?.file === file && (before.offset === record.offset || before.digest === record.digest)) return { outcome: 'same', n: null };
    if (before !== null && wins) {
      this.retire.run(seq, before.n);
      this.gain(before.file, -1);
    }
    const { lastInsertRowid } = this.insert.run(
      record.id,
      file,
      record.offset,
      record.length,
      record.line,
      wins ? 1 : 0,
      record.revision,
      record.updated,
      record.time,
      record.digest,
      seq,
      ...values,
    );
    const n = Number(lastInsertRowid);
    if (!wins) return { outcome: 'same', n };
    this.gain(file, 1);
    if (before !== null) this.moved.set(before.n, n);
    if (this.live !== null) {
      if (this.live.size >= remembered) this.live = null;
      else {
        // Only what ranks it: the whole record would be a hundred thousand objects of twenty fields.
        const { revision, updated, time, offset, digest } = record;
        this.live.set(record.id, { revision, updated, time, path, offset, n, file, digest });
      }
    }
    const digest = before?.digest ?? this.dropped.get(record.id);
    if (digest === undefined) return { outcome: 'new', n };
    return { outcome: digest === record.digest ? 'same' : 'updated', n };
  }

  private gain(file: number, by: number): void {
    this.gained.set(file, (this.gained.get(file) ?? 0) + by);
  }

  /** Writes what files gained; called once at the end of a transaction. */
  saveCounts(): void {
    const column = this.name === 'interaction' ? 'interactions' : 'feedback';
    const update = this.db.prepare(`UPDATE file SET ${column} = ${column} + ? WHERE id = ?`);
    for (const [file, by] of this.gained) update.run(by, file);
    this.gained.clear();
  }

  /** Counts anew, after rows changed in other ways. */
  recount(): void {
    const column = this.name === 'interaction' ? 'interactions' : 'feedback';
    this.gained.clear();
    this.db.exec(`UPDATE file SET ${column} = (SELECT count(*) FROM ${this.name} r WHERE r.live = 1 AND r.file = file.id)`);
  }

  /** Takes the best of what is left for each id. */
  promote(ids: readonly string[], seq: number): void {
    if (ids.length > 0) this.index();
    const rest = this.db.prepare(`SELECT n, revision, updated, time, file, off FROM ${this.name} WHERE id = ?`);
    const raise = this.db.prepare(`UPDATE ${this.name} SET live = 1, seq = ? WHERE n = ?`);
    for (const id of ids) {
      const best = rest
        .all(id)
        .map((row) => ({
          n: Number(row['n']),
          revision: Number(row['revision']),
          updated: Number(row['updated']),
          time: row['time'] === null ? null : Number(row['time']),
          path: this.pathOf(Number(row['file'])),
          offset: Number(row['off']),
        }))
        .sort(compareRank)
        .at(-1);
      if (best !== undefined) raise.run(seq, best.n);
    }
  }

  /** Ids that the file's live records share with rows elsewhere. */
  contested(where: string, ...values: SQLInputValue[]): string[] {
    this.index();
    return this.db
      .prepare(
        `SELECT DISTINCT d.id AS id FROM ${this.name} d JOIN ${this.name} o ON o.id = d.id AND o.n <> d.n WHERE d.live = 1 AND ${where}`,
      )
      .all(...values)
      .map((row) => String(row['id']));
  }

  rememberDropped(file: number): void {
    for (const row of this.db.prepare(`SELECT id, digest FROM ${this.name} WHERE file = ? AND live = 1`).iterate(file)) {
      this.dropped.set(String(row['id']), Number(row['digest']));
    }
  }

  forgetDropped(): void {
    this.dropped.clear();
  }
}
