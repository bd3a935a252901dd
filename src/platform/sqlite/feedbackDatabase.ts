/** Opens the index, makes it anew where it is of another version or damaged, and notices that another process did so. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreLostError } from '../../engine/feedback/store.js';
import { checkpointPages, patienceMs } from './feedbackFilling.js';
import { feedbackSchemaVersion, feedbackTables } from './feedbackSchema.js';

/** SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_SCHEMA, and SQLITE_ERROR for a table that is not there. */
function isDamage(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  const primary = error.errcode & 0xff;
  return primary === 11 || primary === 26 || (primary === 1 && error.message.startsWith('no such table'));
}

/** All of it, or nothing. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A commit that failed may have ended the transaction by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export class FeedbackDatabase {
  private open: { db: DatabaseSync; inode: bigint } | null = null;

  /** `onOpen` is called whenever a connection is made: what was remembered of an earlier file no longer holds. */
  constructor(
    private readonly path: string,
    private readonly onOpen: (db: DatabaseSync) => void,
  ) {}

  /** Throws `StoreLostError` where the file turned out to be damaged; it is empty then. */
  use<T>(work: (db: DatabaseSync) => T): T {
    try {
      return work(this.connection());
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.erase();
      throw new StoreLostError(error);
    }
  }

  transaction<T>(work: (db: DatabaseSync) => T): T {
    return this.use((db) => inTransaction(db, () => work(db)));
  }

  close(): void {
    this.open?.db.close();
    this.open = null;
  }

  private connection(): DatabaseSync {
    if (this.open !== null && this.open.inode !== this.inode()) this.close();
    if (this.open === null) {
      mkdirSync(dirname(this.path), { recursive: true });
      const db = this.create();
      this.open = { db, inode: this.inode() };
      this.onOpen(db);
    }
    return this.open.db;
  }

  /** 0n where the file is not there. */
  private inode(): bigint {
    return statSync(this.path, { bigint: true, throwIfNoEntry: false })?.ino ?? 0n;
  }

  private create(): DatabaseSync {
    const db = new DatabaseSync(this.path);
    try {
      // The timeout first: switching to WAL needs the lock that another process may hold.
      db.exec(
        `PRAGMA busy_timeout = ${String(patienceMs)}; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = ${String(checkpointPages)};
         PRAGMA journal_size_limit = ${String(checkpointPages * 8192)};`,
      );
      db.exec('BEGIN IMMEDIATE');
      const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
      if (version === 0) {
        db.exec(feedbackTables);
        db.prepare("INSERT INTO meta VALUES ('epoch', ?), ('seq', '0')").run(randomBytes(8).toString('hex'));
        db.exec(`PRAGMA user_version = ${String(feedbackSchemaVersion)}`);
      }
      db.exec('COMMIT');
      if (version === 0 || version === feedbackSchemaVersion) return db;
    } catch (error) {
      if (!isDamage(error)) {
        db.close();
        throw error;
      }
    }
    db.close();
    this.erase();
    return this.create();
  }

  /** Removes the file; another process that has it open notices, and makes it again. */
  erase(): void {
    this.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.path + suffix, { force: true });
  }
}
