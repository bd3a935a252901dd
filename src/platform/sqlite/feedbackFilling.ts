/**
 * A first reading writes what is needed for a score, and leaves for afterwards what is not: tables of ids, the order in the words of comments, and the
 * way from the log of changes into the file.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Session } from './feedbackSession.js';

/** How long another process that writes is waited for. */
export const patienceMs = 10_000;
/** Pages of 8 KiB that the log of changes may hold before it goes into the file: 32 MB. */
export const checkpointPages = 4000;
/** In a first reading, 256 MB: what is written once need not be written twice before anybody has seen a score. */
const fillingCheckpointPages = 32_000;
/** Segments of the comments' words that may be there at once in a first reading; each change makes one. */
const fillingSegments = 1000;
/** Pages of words that are put in order at once. */
const mergePages = 500;

/** Nothing is at risk: changes are as safe in the log of changes as in the file. */
export function beginFilling(db: DatabaseSync): void {
  db.exec(`PRAGMA wal_autocheckpoint = ${String(fillingCheckpointPages)}`);
  db.exec(`INSERT INTO comment (comment, rank) VALUES ('automerge', 0), ('crisismerge', ${String(fillingSegments)})`);
}

/** Does a part of what was left, in a transaction of its own. `rows`: ids to write; infinite: everything. True: only `endFilling` is left. */
export function fillSome(session: Session, rows: number): boolean {
  if (!session.tables.every(({ ids }) => ids.fill(rows))) return false;
  while (!mergeSome(session.db)) if (rows !== Infinity) return false;
  session.db.exec(`INSERT INTO comment (comment, rank) VALUES ('automerge', 4), ('crisismerge', 16)`);
  session.clear('ids');
  // Whoever found the tables of ids unfinished looks at them again.
  session.nextSeq();
  return true;
}

/** True: the words of comments are in order. */
function mergeSome(db: DatabaseSync): boolean {
  const changes = db.prepare('SELECT total_changes() AS n');
  const before = Number(changes.get()?.['n']);
  db.exec(`INSERT INTO comment (comment, rank) VALUES ('merge', ${String(mergePages)})`);
  // As its documentation says: fewer than two, and there was nothing to do.
  return Number(changes.get()?.['n']) - before < 2;
}

/** The log of changes goes into the file, and is empty then, unless another process is reading. Not in a transaction. */
export function endFilling(db: DatabaseSync): void {
  db.exec(`PRAGMA wal_autocheckpoint = ${String(checkpointPages)}; PRAGMA busy_timeout = 0;`);
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.exec(`PRAGMA busy_timeout = ${String(patienceMs)}`);
  }
}
