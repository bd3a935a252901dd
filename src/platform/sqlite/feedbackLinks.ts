/** Feedback finds its interaction whichever of the two came first, and follows it when rows are revised or removed. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Session } from './feedbackSession.js';

/** Feedback that pointed to these rows of interactions points to the row that counts now, or to none. */
export function relink(session: Session, lost: readonly number[], seq: number): void {
  if (lost.length === 0) return;
  session.interactions.index();
  withRows(
    session.db,
    lost.map((n) => [n, n]),
    () => {
      session.db
        .prepare(
          `UPDATE feedback SET seq = ?, interaction_n = coalesce((SELECT n FROM interaction i WHERE i.id = feedback.interaction AND i.live = 1), -1)
         WHERE interaction_n IN (SELECT old FROM temp.moved)`,
        )
        .run(seq);
    },
  );
}

/** Feedback that came before its interaction finds it, and follows one that was revised. */
export function linkLate(session: Session, seq: number): void {
  const { db, interactions } = session;
  if (interactions.moved.size > 0) {
    withRows(db, lastRows(interactions.moved), () => {
      db.prepare(
        `UPDATE feedback SET seq = ?, interaction_n = (SELECT new FROM temp.moved WHERE old = interaction_n)
         WHERE interaction_n IN (SELECT old FROM temp.moved)`,
      ).run(seq);
    });
    interactions.moved.clear();
  }
  const dangling = 'interaction IS NOT NULL AND interaction_n = -1';
  if (db.prepare(`SELECT 1 FROM feedback WHERE ${dangling} LIMIT 1`).get() === undefined) return;
  interactions.index();
  db.prepare(
    `UPDATE feedback SET seq = ?1, interaction_n = (SELECT n FROM interaction i WHERE i.id = feedback.interaction AND i.live = 1)
     WHERE ${dangling} AND interaction IN (SELECT id FROM interaction WHERE seq = ?1 AND live = 1)`,
  ).run(seq);
}

/** A row may have been replaced more than once in one transaction: each old row with the one that counts at its end. */
function lastRows(moved: ReadonlyMap<number, number>): [number, number][] {
  const last = new Map<number, number>();
  // Backwards: what replaced a row was made, and perhaps replaced, after it.
  for (const [old, next] of [...moved].reverse()) last.set(old, last.get(next) ?? next);
  return [...last];
}

/** Pairs of row numbers as the table `temp.moved`, for one statement that reads feedback once instead of a look-up a pair. */
function withRows(db: DatabaseSync, pairs: readonly (readonly [number, number])[], work: () => void): void {
  db.exec('CREATE TABLE IF NOT EXISTS temp.moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL); DELETE FROM temp.moved;');
  const insert = db.prepare('INSERT OR REPLACE INTO temp.moved VALUES (?, ?)');
  for (const [old, next] of pairs) insert.run(old, next);
  work();
}

export function rowsOf(db: DatabaseSync, select: string, ...values: SQLInputValue[]): number[] {
  return db
    .prepare(select)
    .all(...values)
    .map((row) => Number(row['n']));
}

export function dropTail(session: Session, file: number, offset: number, seq: number): void {
  const { db } = session;
  db.prepare('DELETE FROM rejected WHERE file = ? AND tail = 1').run(file);
  for (const table of [session.interactions, session.feedback]) {
    const lost = rowsOf(db, `SELECT n FROM ${table.name} WHERE file = ? AND off >= ? AND live = 1`, file, offset);
    if (lost.length === 0) continue;
    const contested = table.contested('d.file = ? AND d.off >= ?', file, offset);
    // Gone for good, yet kept as a row: whoever has read the index sees that it no longer counts.
    db.prepare(`UPDATE ${table.name} SET live = 0, seq = ?, id = id || ' ' || n WHERE file = ? AND off >= ?`).run(seq, file, offset);
    table.promote(contested, seq);
    table.forget();
    table.recount();
    if (table.name === 'interaction') relink(session, lost, seq);
  }
}
