import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { ChatResponse, ResponseCache } from '../../engine/ports.js';

const DAY_MS = 86_400_000;

export interface ResponseCacheOptions {
  path: string;
  /** Default 256 MiB of answers; the oldest go first. */
  maxBytes?: number;
  /** Default 14 days. */
  maxAgeMs?: number;
  now?: () => number;
}

interface Open {
  db: DatabaseSync;
  get: StatementSync;
  created: StatementSync;
  set: StatementSync;
  /** Bytes of answers, as far as this process knows; `null` until they were counted. */
  bytes: number | null;
}

interface Waiting {
  value: string;
  created: number;
}

/**
 * Answers by request hash in one SQLite file, shared by the editor and the command line. It may be deleted at any time. Answers that come
 * in the same turn are written in one transaction; until then they are found all the same.
 */
export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { path, maxBytes = 256 * 1024 * 1024, maxAgeMs = 14 * DAY_MS, now = Date.now } = options;
  let open: Open | null = null;
  let waiting = new Map<string, Waiting>();
  let writing: Promise<void> | null = null;

  const ready = (): Open => {
    open ??= openOrReplace(path);
    return open;
  };

  const write = (): void => {
    const rows = waiting;
    waiting = new Map();
    writing = null;
    if (rows.size === 0) return;
    const at = ready();
    at.db.exec('BEGIN IMMEDIATE');
    try {
      for (const [key, { value, created }] of rows) at.set.run(key, created, value.length, value);
      if (at.bytes === null) at.db.prepare('DELETE FROM responses WHERE created < ?').run(now() - maxAgeMs);
      at.bytes = at.bytes === null ? sumOf(at) : [...rows.values()].reduce((sum, { value }) => sum + value.length, at.bytes);
      if (at.bytes > maxBytes) {
        prune(at, maxBytes);
        at.bytes = sumOf(at);
      }
      at.db.exec('COMMIT');
    } catch (error) {
      at.db.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    get(key) {
      const value = waiting.get(key)?.value ?? (ready().get.get(key, now() - maxAgeMs) as { value: string } | undefined)?.value;
      return Promise.resolve(value === undefined ? null : (JSON.parse(value) as ChatResponse));
    },
    createdMs(key) {
      const created = waiting.get(key)?.created ?? (ready().created.get(key) as { created: number } | undefined)?.created;
      return Promise.resolve(created ?? null);
    },
    set(key, response) {
      waiting.set(key, { value: JSON.stringify(response), created: now() });
      writing ??= new Promise((resolve, reject) => {
        setImmediate(() => {
          try {
            write();
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      return writing;
    },
    close() {
      try {
        write();
      } finally {
        open?.db.close();
        open = null;
      }
      return Promise.resolve();
    },
  };
}

function sumOf({ db }: Open): number {
  return (db.prepare('SELECT TOTAL(bytes) AS bytes FROM responses').get() as { bytes: number }).bytes;
}

/** The oldest go, down to nine tenths, so that it is not looked for them at every answer that comes. */
function prune({ db }: Open, maxBytes: number): void {
  db.prepare(
    `DELETE FROM responses WHERE key IN (
       SELECT key FROM (SELECT key, SUM(bytes) OVER (ORDER BY created DESC, key) AS total FROM responses) WHERE total > ?)`,
  ).run(maxBytes * 0.9);
}

/** A cache that cannot be read is worth nothing, so a damaged file is replaced. */
function openOrReplace(path: string): Open {
  try {
    return openAt(path);
  } catch {
    // Damaged, or of another program: a second failure is thrown.
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return openAt(path);
  }
}

function openAt(path: string): Open {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS responses (key TEXT PRIMARY KEY, created INTEGER NOT NULL, bytes INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS responses_created ON responses (created);`);
    return {
      db,
      bytes: null,
      created: db.prepare('SELECT created FROM responses WHERE key = ?'),
      get: db.prepare('SELECT value FROM responses WHERE key = ? AND created >= ?'),
      set: db.prepare('INSERT OR REPLACE INTO responses (key, created, bytes, value) VALUES (?, ?, ?, ?)'),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
