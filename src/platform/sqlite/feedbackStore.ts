/** The feedback index on `node:sqlite`, which is part of Node and of VS Code's Electron: nothing native to ship. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hexOf, IdHash } from '../../engine/feedback/scan/hash.js';
import {
  blockRows,
  type AttributeValues,
  type Changes,
  type FeedbackBlock,
  type FeedbackStore,
  type FileState,
  type IndexVisitor,
  type InteractionBlock,
  type Location,
  type WriteBatch,
  type WriteCounts,
} from '../../engine/feedback/store.js';
import { coldLayout, columnsOf, hotLayouts } from './feedbackBlocks.js';
import { FeedbackDatabase } from './feedbackDatabase.js';
import { groupOf } from './feedbackDictionaries.js';
import { dropBlocks, relink, resolveTraces } from './feedbackLinks.js';
import { Session, type Table } from './feedbackSession.js';
import { write } from './feedbackWriting.js';

/** Ids that are written at once, which takes some hundredths of a second, and the pause before the next ones. */
const fillRows = 50_000;
const fillPauseMs = 100;

export function createFeedbackStore(options: { path: string }): FeedbackStore {
  return new SqliteFeedbackStore(options.path);
}

class SqliteFeedbackStore implements FeedbackStore {
  private session: Session | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly database: FeedbackDatabase;

  constructor(path: string) {
    this.database = new FeedbackDatabase(path, () => {
      this.session = null;
    });
  }

  getMeta(key: string): Promise<string | null> {
    return this.read((session) => session.meta(`user ${key}`));
  }

  setMeta(key: string, value: string): Promise<void> {
    return this.change((session) => {
      session.setMeta(`user ${key}`, value);
    });
  }

  files(): Promise<FileState[]> {
    return this.read((session) => {
      session.loadFiles();
      return [...session.files.values()];
    });
  }

  addFile(state: Omit<FileState, 'id'>): Promise<FileState> {
    return this.change((session) => {
      const { source, path, offset, lines, size, mtimeMs, head, anchor, fingerprint, scale } = state;
      const { lastInsertRowid } = session.db
        .prepare('INSERT INTO file VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)')
        .run(source, path, offset, lines, size, mtimeMs, head, anchor, fingerprint, scale);
      const added = { ...state, id: Number(lastInsertRowid) };
      session.files.set(added.id, added);
      return added;
    });
  }

  dropFile(id: number): Promise<void> {
    return this.change((session) => {
      const { db } = session;
      const seq = session.nextSeq();
      session.loadFiles();
      dropBlocks(session, id);
      session.flush(seq);
      db.prepare('DELETE FROM rejected WHERE file = ?').run(id);
      db.prepare('DELETE FROM file WHERE id = ?').run(id);
      session.files.delete(id);
      session.setMeta('epoch', randomBytes(8).toString('hex'));
    });
  }

  async finish(): Promise<void> {
    await this.change((session) => {
      const seq = session.nextSeq();
      for (const table of session.tables) table.dropped = null;
      if (session.meta('rows') === 'behind') relink(session);
      if (session.meta('traces') === 'behind') resolveTraces(session);
      session.flush(seq);
      session.clear('rows', 'traces');
      session.translations.clear();
    });
    this.fillLater();
  }

  /** Scores need no look-up of ids: of a first reading they are written afterwards, piece by piece, so that nobody waits for them. */
  private fillLater(): void {
    const { session } = this;
    if (session === null || this.timer !== null || !session.tables.some(({ ids }) => ids.isFilling)) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      // What went wrong here is met again, and said, by whoever uses the index next; ids that are not written are made again from it.
      void this.fillSome(session, fillRows)
        .then(() => {
          this.fillLater();
        })
        .catch(() => undefined);
    }, fillPauseMs);
    this.timer.unref();
  }

  private fillSome(session: Session, rows: number): Promise<void> {
    return this.change((current) => {
      // Another process wrote meanwhile.
      if (current !== session) return;
      if (session.tables.every(({ ids }) => ids.fill(rows))) session.clear('ids');
    });
  }

  write(batch: WriteBatch): Promise<WriteCounts> {
    return this.change((session) => write(session, batch));
  }

  totals(source: string): Promise<{ interactions: number; feedback: number }> {
    return this.read(({ db }) => {
      const row = db
        .prepare('SELECT coalesce(sum(interactions), 0) AS i, coalesce(sum(feedback), 0) AS f FROM file WHERE source = ?')
        .get(source);
      return { interactions: Number(row?.['i']), feedback: Number(row?.['f']) };
    });
  }

  rejected(): Promise<{ source: string; reason: string; count: number; firstLine: number }[]> {
    return this.read(({ db }) =>
      db
        .prepare(
          `SELECT source, reason, sum(count) AS count, min(first_line) AS line FROM rejected JOIN file ON file.id = rejected.file
           GROUP BY source, reason ORDER BY source, line, reason`,
        )
        .all()
        .map((row) => ({
          source: String(row['source']),
          reason: String(row['reason']),
          count: Number(row['count']),
          firstLine: Number(row['line']),
        })),
    );
  }

  state(): Promise<{ epoch: string; seq: number }> {
    return this.read((session) => ({ epoch: session.meta('epoch') ?? '', seq: Number(session.meta('seq')) }));
  }

  changes(after: { seq: number; group: number }, visitor: IndexVisitor): Promise<Changes> {
    return this.read((session) => {
      const { db } = session;
      // One snapshot of all tables, whatever another process writes meanwhile.
      db.exec('BEGIN');
      try {
        const groups = db.prepare('SELECT id, key FROM grp WHERE id > ? ORDER BY id').all(after.group);
        const rowsOf = ({ blocks }: Table): number => (blocks.highest + 1) * blockRows;
        visitor.rows?.(rowsOf(session.interactions), rowsOf(session.feedback));
        for (const kind of [0, 1] as const) {
          const blocks = db.prepare('SELECT id, file, count, hot FROM block WHERE seq > ? AND id & 1 = ? ORDER BY id');
          for (const row of blocks.iterate(after.seq, kind)) {
            const count = Number(row['count']);
            const columns = columnsOf(hotLayouts[kind] ?? {}, row['hot'] as Uint8Array, count);
            const block = { first: (Number(row['id']) >> 1) * blockRows, file: Number(row['file']), count, ...columns };
            if (kind === 0) visitor.interactions(block as unknown as InteractionBlock);
            else visitor.feedback(block as unknown as FeedbackBlock);
          }
        }
        return {
          epoch: session.meta('epoch') ?? '',
          seq: Number(session.meta('seq')),
          groups: groups.map((row) => ({ id: Number(row['id']), group: groupOf(String(row['key'])) })),
        };
      } finally {
        db.exec('COMMIT');
      }
    });
  }

  locateFeedback(rows: readonly number[]): Promise<Location[]> {
    return this.read((session) => locate(session, session.feedback, rows));
  }

  locateInteractions(rows: readonly number[]): Promise<Location[]> {
    return this.read((session) => locate(session, session.interactions, rows));
  }

  findFeedback(id: string): Promise<number | null> {
    return this.read(({ feedback }) => {
      const { a, b, c, d, key } = new IdHash().text(id);
      const n = feedback.ids.find(key, a, b, c, d);
      return n < 0 ? null : n;
    });
  }

  search(text: string): Promise<number[]> {
    const query = ftsQuery(text);
    if (query === null) return Promise.resolve([]);
    return this.read(({ db }) => {
      const statement = db.prepare('SELECT rowid AS n FROM comment WHERE comment MATCH ?');
      const arrays = hasArrays(statement);
      // Arrays are twice as fast as objects; Node before 24 has objects only.
      if (arrays) statement.setReturnArrays(true);
      const rows = statement.all(query);
      return arrays ? (rows as unknown as [number][]).map(([n]) => n) : rows.map((row) => Number(row['n']));
    });
  }

  findUnit(pseudonym: string): Promise<number | null> {
    return this.read(({ units }) => units.find(pseudonym));
  }

  attributeNames(): Promise<{ name: string; rows: number }[]> {
    return this.read(({ db }) =>
      db
        .prepare(
          `SELECT name, sum(rows) AS rows FROM attribute JOIN block_attribute ON attribute.id = block_attribute.attribute
           WHERE crowded = 0 GROUP BY attribute.id HAVING sum(rows) > 0 ORDER BY 2 DESC, 1`,
        )
        .all()
        .map((row) => ({ name: String(row['name']), rows: Number(row['rows']) })),
    );
  }

  attributeValues(name: string): Promise<AttributeValues | null> {
    return this.read(({ db }) => {
      const attribute = db.prepare('SELECT id FROM attribute WHERE name = ? AND crowded = 0').get(name)?.['id'];
      if (attribute === undefined) return null;
      const result: AttributeValues = { values: [''], interactions: new Map(), feedback: new Map() };
      for (const row of db.prepare('SELECT id, text FROM attribute_value WHERE attribute = ?').all(attribute)) {
        result.values[Number(row['id'])] = String(row['text']);
      }
      for (const row of db.prepare('SELECT block, data FROM block_attribute WHERE attribute = ?').iterate(attribute)) {
        const data = row['data'] as Uint8Array;
        const values = new Uint16Array(data.length / 2);
        new Uint8Array(values.buffer).set(data);
        const id = Number(row['block']);
        (id % 2 === 0 ? result.interactions : result.feedback).set(id >> 1, values);
      }
      return result;
    });
  }

  holds(kind: 'interaction' | 'feedback', records: readonly { id: string; digest: number }[]): Promise<boolean[]> {
    return this.read((session) => {
      const table = kind === 'interaction' ? session.interactions : session.feedback;
      const hash = new IdHash();
      return records.map(({ id, digest }) => {
        const { a, b, c, d, key } = hash.text(id);
        const n = table.ids.find(key, a, b, c, d);
        return n >= 0 && table.blocks.of(n)?.digest[n & 1023] === digest;
      });
    });
  }

  linesOf(pseudonym: string): Promise<{ file: number; line: number; offset: number; length: number }[]> {
    return this.read(({ units, tables }) => {
      const lines = new Map<string, { file: number; line: number; offset: number; length: number }>();
      for (const unit of units.all(pseudonym)) {
        for (const table of tables) {
          for (const block of table.blocks.all()) {
            for (let i = block.unit.indexOf(unit); i >= 0 && i < block.count; i = block.unit.indexOf(unit, i + 1)) {
              const [line, offset, length] = [block.line[i] ?? 0, block.offset[i] ?? 0, block.length[i] ?? 0];
              lines.set(`${String(block.file)} ${String(line)}`, { file: block.file, line, offset, length });
            }
          }
        }
      }
      return [...lines.values()].sort((a, b) => a.file - b.file || a.line - b.line);
    });
  }

  erase(): Promise<void> {
    return settle(() => {
      this.session = null;
      this.database.erase();
    });
  }

  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { session } = this;
    if (session?.tables.some(({ ids }) => ids.isFilling) === true) await this.fillSome(session, Infinity).catch(() => undefined);
    this.session = null;
    this.database.close();
  }

  private read<T>(work: (session: Session) => T): Promise<T> {
    return settle(() => this.database.use((db) => work(this.sessionOf(db))));
  }

  private change<T>(work: (session: Session) => T): Promise<T> {
    return settle(() => {
      try {
        return this.database.transaction((db) => work(this.sessionOf(db)));
      } catch (error) {
        // Numbers and rows that were remembered may have been rolled back.
        this.session = null;
        throw error;
      }
    });
  }

  /** What is remembered holds until another process writes. */
  private sessionOf(db: DatabaseSync): Session {
    if (this.session !== null && this.session.seq !== Number(this.session.meta('seq'))) this.session = null;
    this.session ??= new Session(db);
    return this.session;
  }
}

/** Whole blocks are not needed for it, nor kept: complaints lie all over the index. */
function locate({ db, units }: Session, table: Table, rows: readonly number[]): Location[] {
  const select = db.prepare('SELECT file, count, hot, cold, names FROM block WHERE id = ?');
  const found = new Map<number, Location>();
  const byBlock = new Map<number, number[]>();
  for (const n of rows) {
    const id = Math.floor(n / blockRows);
    const members = byBlock.get(id);
    if (members === undefined) byBlock.set(id, [n]);
    else members.push(n);
  }
  for (const [id, members] of byBlock) {
    const stored = select.get(id * 2 + table.kind);
    if (stored === undefined) continue;
    const count = Number(stored['count']);
    const hot = columnsOf(hotLayouts[table.kind] ?? {}, stored['hot'] as Uint8Array, count);
    const cold = columnsOf(coldLayout, stored['cold'] as Uint8Array, count);
    const names = stored['names'] === null ? null : new Map(JSON.parse(String(stored['names'])) as [number, string][]);
    const at = (name: string, i: number): number => cold[name]?.[i] ?? 0;
    for (const n of members) {
      const i = n % blockRows;
      if (i >= count) continue;
      found.set(n, {
        n,
        id: names?.get(i) ?? hexOf(at('a', i), at('b', i), at('c', i), at('d', i)),
        file: Number(stored['file']),
        offset: at('offset', i),
        length: at('length', i),
        line: at('line', i),
        ordinal: at('ordinal', i),
        user: units.user(hot['unit']?.[i] ?? -1),
      });
    }
  }
  return rows.flatMap((n) => found.get(n) ?? []);
}

function hasArrays(statement: StatementSync): boolean {
  return typeof (statement as { setReturnArrays?: unknown }).setReturnArrays === 'function';
}

/** `node:sqlite` is synchronous; the port is not, so that another store may be. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** Every word quoted, so that no character of the user's text is an operator; the last word may be unfinished. */
function ftsQuery(text: string): string | null {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu);
  if (words === null) return null;
  return `${words.map((word) => `"${word}"`).join(' ')}*`;
}
