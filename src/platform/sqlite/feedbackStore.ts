/** The feedback index on `node:sqlite`, which is part of Node and of VS Code's Electron: nothing native to ship. */
import { randomBytes } from 'node:crypto';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  feedbackFlags,
  linkOrder,
  type Changes,
  type FeedbackStore,
  type FileState,
  type IndexVisitor,
  type Location,
  type StoredFeedback,
  type StoredInteraction,
  type WriteBatch,
  type WriteCounts,
} from '../../engine/feedback/store.js';
import { FeedbackDatabase } from './feedbackDatabase.js';
import { dropTail, linkLate, relink, rowsOf } from './feedbackLinks.js';
import { Session } from './feedbackSession.js';

const interactionColumns =
  'n, live, file, time, prompt, only_prompt, version, link, sha256, user, session, variant, status, retries, latency, implied';
const feedbackColumns =
  'n, live, file, time, prompt, only_prompt, version, link, sha256, user, session, interaction_n, signal, actor, y, flags';

export function createFeedbackStore(options: { path: string }): FeedbackStore {
  return new SqliteFeedbackStore(options.path);
}

class SqliteFeedbackStore implements FeedbackStore {
  private session: Session | null = null;
  private readonly database: FeedbackDatabase;

  constructor(path: string) {
    this.database = new FeedbackDatabase(path, () => {
      this.session = null;
    });
  }

  getMeta(key: string): Promise<string | null> {
    return this.read((session) => session.meta(key));
  }

  setMeta(key: string, value: string): Promise<void> {
    return this.change((session) => {
      session.setMeta(key, value);
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
      const lost = rowsOf(db, 'SELECT n FROM interaction WHERE file = ? AND live = 1', id);
      db.prepare('DELETE FROM comment WHERE rowid IN (SELECT n FROM feedback WHERE file = ? AND flags & 3)').run(id);
      for (const table of [session.interactions, session.feedback]) {
        table.rememberDropped(id);
        const contested = table.contested('d.file = ? AND o.file <> d.file', id);
        db.prepare(`DELETE FROM ${table.name} WHERE file = ?`).run(id);
        table.promote(contested, seq);
        table.forget();
      }
      db.prepare('DELETE FROM rejected WHERE file = ?').run(id);
      db.prepare('DELETE FROM file WHERE id = ?').run(id);
      session.files.delete(id);
      for (const table of [session.interactions, session.feedback]) table.recount();
      relink(session, lost, seq);
      session.setMeta('epoch', randomBytes(8).toString('hex'));
    });
  }

  finish(): Promise<void> {
    return this.read(({ interactions, feedback }) => {
      for (const table of [interactions, feedback]) {
        table.forgetDropped();
        table.index();
      }
    });
  }

  write(batch: WriteBatch): Promise<WriteCounts> {
    return this.change((session) => {
      const seq = session.nextSeq();
      const { db, interactions, feedback } = session;
      const { file } = batch;
      if (batch.dropFrom !== null) dropTail(session, file.id, batch.dropFrom, seq);
      const counts: WriteCounts = { interactions: { new: 0, updated: 0 }, feedback: { new: 0, updated: 0 } };
      for (const record of batch.interactions) {
        const { outcome } = interactions.put(record, file.id, seq, interactionValues(session, record));
        if (outcome !== 'same') counts.interactions[outcome]++;
      }
      for (const record of batch.feedback) {
        const { outcome, n } = feedback.put(record, file.id, seq, feedbackValues(session, record));
        if (outcome !== 'same') counts.feedback[outcome]++;
        const { comment, correction } = record;
        if (n !== null && (comment ?? correction) !== null) session.comment.run(n, comment, correction);
      }
      linkLate(session, seq);
      interactions.saveCounts();
      feedback.saveCounts();
      const reject = db.prepare(
        `INSERT INTO rejected VALUES (?, ?, ?, ?, ?) ON CONFLICT (file, reason, tail) DO UPDATE SET count = count + excluded.count`,
      );
      for (const { reason, tail, line, count = 1 } of batch.rejected) reject.run(file.id, reason, tail ? 1 : 0, count, line);
      db.prepare(
        'UPDATE file SET off = ?, lines = ?, size = ?, mtime = ?, head = ?, anchor = ?, fingerprint = ?, scale = ? WHERE id = ?',
      ).run(file.offset, file.lines, file.size, file.mtimeMs, file.head, file.anchor, file.fingerprint, file.scale, file.id);
      session.files.set(file.id, file);
      return counts;
    });
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

  changes(after: { seq: number; word: number }, visitor: IndexVisitor): Promise<Changes> {
    return this.read((session) => {
      const { db } = session;
      // One snapshot of all tables, whatever another process writes meanwhile.
      db.exec('BEGIN');
      try {
        const words = db.prepare('SELECT id, text FROM word WHERE id > ? ORDER BY id').all(after.word);
        visit(db, `SELECT ${interactionColumns} FROM interaction`, after.seq, visitor.interaction);
        visit(db, `SELECT ${feedbackColumns} FROM feedback`, after.seq, visitor.feedback);
        return {
          epoch: session.meta('epoch') ?? '',
          seq: Number(session.meta('seq')),
          words: words.map((row) => ({ id: Number(row['id']), text: String(row['text']) })),
        };
      } finally {
        db.exec('COMMIT');
      }
    });
  }

  locateFeedback(rows: readonly number[]): Promise<Location[]> {
    return this.locate('feedback', rows);
  }

  locateInteractions(rows: readonly number[]): Promise<Location[]> {
    return this.locate('interaction', rows);
  }

  findFeedback(id: string): Promise<number | null> {
    return this.read(({ feedback }) => feedback.get(id)?.n ?? null);
  }

  search(text: string): Promise<number[]> {
    const query = ftsQuery(text);
    if (query === null) return Promise.resolve([]);
    return this.read(({ db }) =>
      db
        .prepare('SELECT rowid AS n FROM comment WHERE comment MATCH ?')
        .all(query)
        .map((row) => Number(row['n'])),
    );
  }

  comments(rows: readonly number[]): Promise<Map<number, string>> {
    return this.read(({ db }) => {
      const select = db.prepare('SELECT text FROM comment WHERE rowid = ?');
      const texts = new Map<number, string>();
      for (const n of rows) {
        const row = select.get(n);
        if (row !== undefined && row['text'] !== null) texts.set(n, String(row['text']));
      }
      return texts;
    });
  }

  findUnit(pseudonym: string): Promise<number | null> {
    return this.read(({ db }) => {
      const row = db.prepare('SELECT id FROM unit WHERE text = ?').get(pseudonym);
      return row === undefined ? null : Number(row['id']);
    });
  }

  holds(kind: 'interaction' | 'feedback', records: readonly { id: string; digest: number }[]): Promise<boolean[]> {
    return this.read((session) => {
      const table = kind === 'interaction' ? session.interactions : session.feedback;
      return records.map(({ id, digest }) => table.get(id)?.digest === digest);
    });
  }

  linesOf(pseudonym: string): Promise<{ file: number; line: number; offset: number; length: number }[]> {
    return this.read(({ db }) => {
      const of = (table: string): string =>
        `SELECT file, line, off, len FROM ${table} WHERE (SELECT id FROM unit WHERE text = :text) IN (user, session)`;
      const rows = db.prepare(`${of('interaction')} UNION ${of('feedback')} ORDER BY file, line`).all({ text: pseudonym });
      return rows.map((row) => ({
        file: Number(row['file']),
        line: Number(row['line']),
        offset: Number(row['off']),
        length: Number(row['len']),
      }));
    });
  }

  erase(): Promise<void> {
    return settle(() => {
      this.database.erase();
    });
  }

  close(): Promise<void> {
    this.session = null;
    this.database.close();
    return Promise.resolve();
  }

  private locate(table: 'feedback' | 'interaction', rows: readonly number[]): Promise<Location[]> {
    return this.read(({ db }) => {
      const select = db.prepare(
        `SELECT r.n, r.id, r.file, r.off, r.len, r.line, u.text AS user FROM ${table} r LEFT JOIN unit u ON u.id = r.user WHERE r.n = ?`,
      );
      const found: Location[] = [];
      for (const n of rows) {
        const row = select.get(n);
        if (row === undefined) continue;
        found.push({
          n,
          id: String(row['id']),
          file: Number(row['file']),
          offset: Number(row['off']),
          length: Number(row['len']),
          line: Number(row['line']),
          user: row['user'] === null ? null : String(row['user']),
        });
      }
      return found;
    });
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

  private sessionOf(db: DatabaseSync): Session {
    this.session ??= new Session(db);
    return this.session;
  }
}

/** `node:sqlite` is synchronous; the port is not, so that another store may be. */
function settle<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function visit(db: DatabaseSync, select: string, after: number, visitor: (row: readonly (number | null)[]) => void): void {
  const statement = db.prepare(after === 0 ? select : `${select} WHERE seq > ${String(after)}`);
  // Arrays are twice as fast as objects; Node before 24 has objects only.
  const arrays = 'setReturnArrays' in statement && typeof statement.setReturnArrays === 'function';
  if (arrays) statement.setReturnArrays(true);
  for (const row of statement.iterate()) {
    visitor((arrays ? row : Object.values(row)) as unknown as (number | null)[]);
  }
}

function commonValues(session: Session, record: StoredInteraction | StoredFeedback): SQLInputValue[] {
  const { words, units } = session;
  return [
    words.number(record.prompt),
    record.orOnlyPrompt ? 1 : 0,
    words.number(record.version),
    linkOrder.indexOf(record.link),
    words.number(record.sha256),
    units.number(record.user),
    units.number(record.session),
  ];
}

function interactionValues(session: Session, record: StoredInteraction): SQLInputValue[] {
  return [
    ...commonValues(session, record),
    session.words.number(record.variant),
    record.status === null ? -1 : record.status === 'error' ? 1 : 0,
    record.retries ?? -1,
    record.latencyMs ?? -1,
    record.implied ? 1 : 0,
  ];
}

function feedbackValues(session: Session, record: StoredFeedback): SQLInputValue[] {
  const flags =
    (record.comment === null ? 0 : feedbackFlags.comment) |
    (record.correction === null ? 0 : feedbackFlags.correction) |
    (record.stratum === 'random' ? feedbackFlags.random : 0) |
    (record.stratum === 'risk' ? feedbackFlags.risk : 0);
  const interaction = record.interaction === null ? null : session.interactions.get(record.interaction);
  return [
    ...commonValues(session, record),
    record.interaction,
    interaction?.n ?? -1,
    session.words.number(record.signal),
    session.words.number(record.actor),
    record.y,
    flags,
  ];
}

/** Every word quoted, so that no character of the user's text is an operator; the last word may be unfinished. */
function ftsQuery(text: string): string | null {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu);
  if (words === null) return null;
  return `${words.map((word) => `"${word}"`).join(' ')}*`;
}
