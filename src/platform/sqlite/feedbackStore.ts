/** The feedback index on `node:sqlite`, which is part of Node and of VS Code's Electron: nothing native to ship. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { IdHash } from '../../engine/feedback/scan/hash.js';
import type {
  AttributeValues,
  Changes,
  FeedbackLocation,
  FeedbackStore,
  FileState,
  IndexVisitor,
  Location,
  WriteBatch,
  WriteCounts,
} from '../../engine/feedback/store.js';
import { FeedbackDatabase } from './feedbackDatabase.js';
import { endFilling, fillSome } from './feedbackFilling.js';
import { dropBlocks, relink, resolveTraces } from './feedbackLinks.js';
import { attributeNames, attributeValues, changesSince, linesOf, locate, search } from './feedbackQueries.js';
import { Session } from './feedbackSession.js';
import { write } from './feedbackWriting.js';

/** Ids that are written at once, which takes some hundredths of a second, and the pause before the next ones. */
const fillRows = 50_000;
const fillPauseMs = 100;

/** `keysInMemory`: ids of each kind that a reading keeps in memory; default some MiB of them. */
export function createFeedbackStore(options: { path: string; keysInMemory?: number }): FeedbackStore {
  return new SqliteFeedbackStore(options.path, options.keysInMemory);
}

class SqliteFeedbackStore implements FeedbackStore {
  private session: Session | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly database: FeedbackDatabase;

  constructor(
    path: string,
    private readonly keysInMemory: number | undefined,
  ) {
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

  /** What no score needs is done after a first reading, piece by piece, so that nobody waits for it. */
  private fillLater(): void {
    const { session } = this;
    if (session === null || this.timer !== null || !session.isUnfinished) return;
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

  private async fillSome(session: Session, rows: number): Promise<void> {
    const isDone = await this.change((current) => {
      // Another process wrote meanwhile.
      if (current !== session) return false;
      return fillSome(session, rows);
    });
    if (isDone) this.database.use(endFilling);
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
    return this.read((session) => changesSince(session, after, visitor));
  }

  locateFeedback(rows: readonly number[]): Promise<FeedbackLocation[]> {
    return this.read((session) => locate(session, session.feedback, rows) as FeedbackLocation[]);
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
    return this.read(({ db }) => search(db, text));
  }

  findUnit(pseudonym: string): Promise<number | null> {
    return this.read(({ units }) => units.find(pseudonym));
  }

  attributeNames(): Promise<{ name: string; rows: number }[]> {
    return this.read(({ db }) => attributeNames(db));
  }

  attributeValues(name: string): Promise<AttributeValues | null> {
    return this.read(({ db }) => attributeValues(db, name));
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
    return this.read((session) => linesOf(session, pseudonym));
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
    if (session?.isUnfinished === true) await this.fillSome(session, Infinity).catch(() => undefined);
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
    this.session ??= new Session(db, this.keysInMemory);
    return this.session;
  }
}

/** `node:sqlite` is synchronous; the port is not, so that another store may be. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
