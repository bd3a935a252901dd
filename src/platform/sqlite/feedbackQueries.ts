/** Questions to the feedback index that need no whole blocks in memory. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { hexOf } from '../../engine/feedback/scan/hash.js';
import {
  blockRows,
  type AttributeValues,
  type Changes,
  type FeedbackBlock,
  type IndexVisitor,
  type InteractionBlock,
  type Location,
} from '../../engine/feedback/store.js';
import { coldLayout, columnsOf, hotLayouts, type Kind } from './feedbackBlock.js';
import { groupOf } from './feedbackDictionaries.js';
import type { Session, Table } from './feedbackSession.js';

export function changesSince(session: Session, after: { seq: number; group: number }, visitor: IndexVisitor): Changes {
  const { db } = session;
  // One snapshot of all tables, whatever another process writes meanwhile.
  db.exec('BEGIN');
  try {
    const groups = db.prepare('SELECT id, key FROM grp WHERE id > ? ORDER BY id').all(after.group);
    visitor.groups?.(groups.map((row) => ({ id: Number(row['id']), group: groupOf(String(row['key'])) })));
    for (const kind of [0, 1] as const) {
      if ((kind === 0 ? visitor.interactions : visitor.feedback) === undefined) continue;
      for (const row of blocksSince(db, after.seq, kind)) {
        const count = Number(row['count']);
        const columns = columnsOf(hotLayouts[kind] ?? {}, row['hot'] as Uint8Array, count);
        const block = { first: (Number(row['id']) >> 1) * blockRows, file: Number(row['file']), count, ...columns };
        if (kind === 0) visitor.interactions?.(block as unknown as InteractionBlock);
        else visitor.feedback?.(block as unknown as FeedbackBlock);
      }
    }
    return { epoch: session.meta('epoch') ?? '', seq: Number(session.meta('seq')) };
  } finally {
    db.exec('COMMIT');
  }
}

/** In order of their numbers. */
function* blocksSince(db: DatabaseSync, seq: number, kind: Kind): Generator<Record<string, unknown>> {
  const columns = 'SELECT id, file, count, hot FROM block';
  if (seq === 0) {
    yield* db.prepare(`${columns} WHERE id & 1 = ? ORDER BY id`).iterate(kind);
    return;
  }
  // A pull that is followed asks again and again for the few that are new: their numbers are in an index, and sorting those is cheap.
  const changed = db.prepare('SELECT id FROM block INDEXED BY block_seq WHERE seq > ? AND id & 1 = ?').all(seq, kind);
  const select = db.prepare(`${columns} WHERE id = ?`);
  for (const id of changed.map((row) => Number(row['id'])).sort((a, b) => a - b)) {
    const row = select.get(id);
    if (row !== undefined) yield row;
  }
}

/** Rows of feedback with all words of the text. */
export function search(db: DatabaseSync, text: string): number[] {
  const query = ftsQuery(text);
  if (query === null) return [];
  const statement = db.prepare('SELECT rowid AS n FROM comment WHERE comment MATCH ?');
  const arrays = hasArrays(statement);
  // Arrays are twice as fast as objects; Node before 24 has objects only.
  if (arrays) statement.setReturnArrays(true);
  const rows = statement.all(query);
  return arrays ? (rows as unknown as [number][]).map(([n]) => n) : rows.map((row) => Number(row['n']));
}

export function attributeNames(db: DatabaseSync): { name: string; rows: number }[] {
  return db
    .prepare(
      `SELECT name, sum(rows) AS rows FROM attribute JOIN block_attribute ON attribute.id = block_attribute.attribute
       WHERE crowded = 0 GROUP BY attribute.id HAVING sum(rows) > 0 ORDER BY 2 DESC, 1`,
    )
    .all()
    .map((row) => ({ name: String(row['name']), rows: Number(row['rows']) }));
}

export function attributeValues(db: DatabaseSync, name: string): AttributeValues | null {
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
}

interface LinePlace {
  file: number;
  line: number;
  offset: number;
  length: number;
}

/** Lines of all records of a unit. */
export function linesOf({ units, tables }: Session, pseudonym: string): LinePlace[] {
  const lines = new Map<string, LinePlace>();
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
}

/** Whole blocks are not needed for it, nor kept: complaints lie all over the index. */
export function locate({ db, units }: Session, table: Table, rows: readonly number[]): Location[] {
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
      const said = (name: string): number => hot[name]?.[i] ?? -1;
      const values = { group: said('group'), row: said('row'), y: said('y'), signal: said('signal'), actor: said('actor') };
      found.set(n, {
        n,
        time: hot['time']?.[i] ?? NaN,
        ...(table.kind === 0 ? {} : values),
        id: names?.get(i) ?? hexOf(at('words', i * 4), at('words', i * 4 + 1), at('words', i * 4 + 2), at('words', i * 4 + 3)),
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

/** Every word quoted, so that no character of the user's text is an operator; the last word may be unfinished. */
function ftsQuery(text: string): string | null {
  const words = text.match(/[\p{L}\p{M}\p{N}]+/gu);
  if (words === null) return null;
  return `${words.map((word) => `"${word}"`).join(' ')}*`;
}
