/** Feedback finds its interaction whichever of the two came first, and follows it when rows are revised or removed. */
import { noRow, severalRows } from '../../engine/feedback/store.js';
import type { Block } from './feedbackBlock.js';
import { keyOf, wordsOf } from './feedbackIds.js';
import type { Session, Table } from './feedbackSession.js';
import { compareRank, rankOf } from './feedbackRanks.js';
import { groupOf } from './feedbackDictionaries.js';

/** Feedback that names an interaction which is not there, by that one's key. */
export function waitingFor(session: Session): Map<number, number[]> {
  if (session.waiting !== null) return session.waiting;
  const { blocks } = session.feedback;
  session.waiting = new Map();
  // What waits since this change began is to be found, too.
  blocks.flush(session.seq);
  for (const block of blocks.all('AND open > 0')) {
    for (let i = 0; i < block.count; i++) {
      const key = block.interaction[i] ?? 0;
      if (key !== 0 && block.row[i] === noRow) wait(session, key, block.first + i);
    }
    if (session.waitsForEnd) break;
  }
  return session.waiting;
}

/** Remembers that a row waits, unless it will be looked for anyway. */
export function wait(session: Session, key: number, n: number): void {
  const { waiting } = session;
  if (waiting === null || session.waitsForEnd) return;
  const rows = waiting.get(key);
  if (rows === undefined) waiting.set(key, [n]);
  else rows.push(n);
  if (waiting.size <= session.maxWaiting) return;
  waiting.clear();
  session.waitsForEnd = true;
  session.mark('rows');
}

/** Rows from an unfinished last line go: they are the last of their file. */
export function dropTail(session: Session, file: number, offset: number): void {
  const { db } = session;
  db.prepare('DELETE FROM rejected WHERE file = ? AND tail = 1').run(file);
  for (const table of session.tables) {
    for (const id of table.blocks.idsOf(file).reverse()) {
      const block = table.blocks.get(id);
      if (block === null) continue;
      while (block.count > 0 && (block.offset[block.count - 1] ?? 0) >= offset) takeLast(session, table, block);
      if (block.count > 0) break;
      table.blocks.remove(block);
    }
    table.blocks.forgetTail(file);
  }
}

function takeLast(session: Session, table: Table, block: Block): void {
  const i = block.count - 1;
  const n = block.first + i;
  const key = keyOf(block, i);
  const words = wordsOf(block, i);
  const counted = block.live[i] === 1;
  if (table.kind === 1) {
    if (((block.flags[i] ?? 0) & 3) !== 0) session.db.prepare('DELETE FROM comment WHERE rowid = ?').run(n);
    session.waiting = null;
    if (block.interaction[i] !== 0) block.open -= block.row[i] === noRow ? 1 : 0;
    else if (block.trace[i] !== 0) block.traced--;
  } else session.mark('rows');
  if (block.trace[i] !== 0) session.mark('traces');
  block.names.delete(i);
  for (const values of block.attributes.values()) values[i] = 0;
  block.live[i] = 0;
  block.count--;
  table.blocks.touch(block);
  table.ids.setStale();
  if (!counted) return;
  table.gain(block.file, -1);
  promote(session, table, key, words, n);
}

/** The best of what is left for an id counts from now on. */
export function promote(
  session: Session,
  table: Table,
  key: number,
  [a, b, c, d]: readonly [number, number, number, number],
  gone: number,
): void {
  const rows = table.ids.rowsOf(key, a, b, c, d, gone).flatMap((n) => {
    const block = table.blocks.of(n);
    return block === null ? [] : [{ n, block, rank: rankOf(session, block, n & 1023) }];
  });
  const best = rows.sort((x, y) => compareRank(x.rank, y.rank)).at(-1);
  if (best === undefined) return;
  best.block.live[best.n & 1023] = 1;
  table.blocks.touch(best.block);
  table.gain(best.block.file, 1);
  table.ids.set(key, best.n);
}

/** Feedback whose interaction's row does not count any more, or that waits for one, finds the one that does, or waits for it. */
export function relink(session: Session): void {
  const { interactions, feedback } = session;
  const live = new Map<number, Int8Array>();
  for (const block of interactions.blocks.all()) live.set(block.id, block.live.slice(0, block.count));
  for (const block of feedback.blocks.all()) {
    for (let i = 0; i < block.count; i++) {
      const row = block.row[i] ?? noRow;
      const key = block.interaction[i] ?? 0;
      if (row >= 0 ? live.get(row >>> 10)?.[row & 1023] === 1 : key === 0) continue;
      const found = key === 0 ? noRow : interactions.ids.byKey(key);
      if (found === row) continue;
      block.row[i] = found;
      if (key === 0) session.mark('traces');
      else block.open += (found === noRow ? 1 : 0) - (row === noRow ? 1 : 0);
      feedback.blocks.touch(block);
    }
    if (feedback.blocks.isFull) feedback.blocks.flush(session.seq);
  }
  session.waiting = null;
  session.waitsForEnd = false;
}

interface Trace {
  /** Interactions that say something of a prompt: their number, and the last one. */
  prompted: number;
  row: number;
}

/**
 * Feedback that names no interaction has that of its span, else the only one with a prompt in its trace; several are `severalRows`. Looked for
 * anew among everything: a trace that had one may have two now.
 */
export function resolveTraces(session: Session): void {
  const { interactions, feedback } = session;
  const traces = new Map<number, Trace>();
  const spans = new Map<number, number>();
  for (const block of feedback.blocks.all('AND traced > 0')) {
    for (let i = 0; i < block.count; i++) {
      if (block.interaction[i] !== 0 || block.trace[i] === 0) continue;
      traces.set(block.trace[i] ?? 0, { prompted: 0, row: noRow });
      if (block.span[i] !== 0) spans.set(block.span[i] ?? 0, noRow);
    }
  }
  if (traces.size === 0) return;
  const prompted = promptedGroups(session);
  for (const block of interactions.blocks.all()) {
    for (let i = 0; i < block.count; i++) {
      const trace = traces.get(block.trace[i] ?? 0);
      if (trace === undefined || block.live[i] !== 1) continue;
      const n = block.first + i;
      if (prompted.has(block.group[i] ?? -1)) {
        trace.prompted++;
        trace.row = n;
      }
      if (spans.has(block.span[i] ?? 0)) spans.set(block.span[i] ?? 0, n);
    }
  }
  for (const block of feedback.blocks.all('AND traced > 0')) {
    for (let i = 0; i < block.count; i++) {
      if (block.interaction[i] !== 0 || block.trace[i] === 0) continue;
      const found = rowOf(spans.get(block.span[i] ?? 0) ?? noRow, traces.get(block.trace[i] ?? 0));
      if (found === block.row[i]) continue;
      block.row[i] = found;
      feedback.blocks.touch(block);
    }
    if (feedback.blocks.isFull) feedback.blocks.flush(session.seq);
  }
}

function rowOf(bySpan: number, trace: Trace | undefined): number {
  if (bySpan >= 0 || trace === undefined) return bySpan;
  if (trace.prompted === 1) return trace.row;
  return trace.prompted > 1 ? severalRows : noRow;
}

function promptedGroups({ db }: Session): Set<number> {
  const groups = new Set<number>();
  for (const row of db.prepare('SELECT id, key FROM grp').all()) {
    const { prompt, onlyPrompt, sha256 } = groupOf(String(row['key']));
    if (prompt !== null || onlyPrompt || sha256 !== null) groups.add(Number(row['id']));
  }
  return groups;
}

/** Removes the file's blocks; where another file has the same record, that one counts from now on. */
export function dropBlocks(session: Session, file: number): void {
  const only = [...session.files.keys()].every((id) => id === file);
  if (only) session.db.exec(`INSERT INTO comment (comment) VALUES ('delete-all')`);
  const forget = session.db.prepare('DELETE FROM comment WHERE rowid BETWEEN ? AND ?');
  for (const table of session.tables) {
    const blocks = table.blocks.idsOf(file);
    if (blocks.length === 0) continue;
    table.ids.setStale();
    const contested: { key: number; words: readonly [number, number, number, number] }[] = [];
    for (const id of blocks) {
      const block = table.blocks.get(id);
      if (block === null) continue;
      for (let i = 0; i < block.count; i++) {
        if (block.live[i] !== 1) continue;
        const key = keyOf(block, i);
        table.rememberDropped(key, block.digest[i] ?? 0);
        if (!only && table.ids.mayHaveOthers) {
          contested.push({ key, words: wordsOf(block, i) });
        }
      }
      if (table.kind === 1 && !only) forget.run(block.first, block.first + 1023);
      table.blocks.remove(block);
    }
    table.gained.delete(file);
    if (only) table.ids.clear();
    else for (const { key, words } of contested) promote(session, table, key, words, -1);
  }
  session.mark('rows');
  session.mark('traces');
  session.waiting = null;
}
