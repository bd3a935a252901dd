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
  set: StatementSync;
}

/** Answers by request hash in one SQLite file, shared by the editor and the command line. It may be deleted at any time. */
export function createResponseCache(options: ResponseCacheOptions): ResponseCache {
  const { path, maxBytes = 256 * 1024 * 1024, maxAgeMs = 14 * DAY_MS, now = Date.now } = options;
  const pruneEvery = 500;
  let open: Open | null = null;
  let written = 0;

  const ready = (): Open => {
    open ??= openOrReplace(path);
    return open;
  };

  const prune = ({ db }: Open): void => {
    db.prepare('DELETE FROM responses WHERE created < ?').run(now() - maxAgeMs);
    db.prepare(
      `DELETE FROM responses WHERE key IN (
         SELECT key FROM (SELECT key, SUM(bytes) OVER (ORDER BY created DESC, key) AS total FROM responses) WHERE total > ?)`,
    ).run(maxBytes);
  };

  return {
    get(key) {
      const row = ready().get.get(key, now() - maxAgeMs) as { value: string } | undefined;
      return Promise.resolve(row === undefined ? null : (JSON.parse(row.value) as ChatResponse));
    },
    set(key, response) {
      const value = JSON.stringify(response);
      const at = ready();
      at.set.run(key, now(), value.length, value);
      if (written++ % pruneEvery === 0) prune(at);
      return Promise.resolve();
    },
    close() {
      open?.db.close();
      open = null;
      return Promise.resolve();
    },
  };
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
      get: db.prepare('SELECT value FROM responses WHERE key = ? AND created >= ?'),
      set: db.prepare('INSERT OR REPLACE INTO responses (key, created, bytes, value) VALUES (?, ?, ?, ?)'),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
