import type pg from 'pg';
import { tableRows } from './tableRows.js';

/** The last revision of each record: what one statement with ON CONFLICT can take. */
export function newestOf(records: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const newest = new Map<string, Record<string, unknown>>();
  for (const each of records) {
    const key = `${String(each['schema'])} ${String(each['id'])}`;
    if (Number(each['revision'] ?? 0) >= Number(newest.get(key)?.['revision'] ?? -1)) newest.set(key, each);
  }
  return [...newest.values()];
}

/** `replace`: a later revision replaces the row, as the README tells applications to write; else every revision is a row. */
export async function insertRows(
  client: pg.Client,
  records: readonly Record<string, unknown>[],
  replace: boolean,
  schema = '',
): Promise<void> {
  const rows = tableRows(records);
  for (const [table, list] of [
    ['ratchet_interactions', rows.interactions],
    ['ratchet_feedback', rows.feedback],
  ] as const) {
    const [first] = list;
    if (first === undefined) continue;
    const columns = Object.keys(first).join(', ');
    const name = `${schema}${table}`;
    const conflict = replace
      ? `ON CONFLICT (id) DO UPDATE SET (${columns}) = (${Object.keys(first)
          .map((column) => `EXCLUDED.${column}`)
          .join(', ')}) WHERE EXCLUDED.revision >= ${table}.revision`
      : '';
    await client.query(
      `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${name}, $1::jsonb) ${conflict}`,
      [JSON.stringify(list)],
    );
  }
}
