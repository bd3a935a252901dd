import type { Checks, Path } from './checks.js';
import type { TableMapping } from './types.js';

type Table = TableMapping['feedback'];

function readTable(checks: Checks, value: unknown, path: Path): Table | undefined {
  const record = checks.record(value, path, 'The table');
  if (record === undefined) return undefined;
  checks.keys(record, path, ['table', 'columns'], 'a table');
  const table = checks.text(record['table'], [...path, 'table'], 'The name of the table', true);
  if (table === undefined) return undefined;
  if (record['columns'] === undefined || record['columns'] === null) return { table };
  const columns = checks.record(record['columns'], [...path, 'columns'], 'The value of "columns"') ?? {};
  const entries = Object.entries(columns).flatMap(([field, column]) => {
    const text = checks.text(column, [...path, 'columns', field], `The column of "${field}"`, true);
    return text === undefined ? [] : [[field, text] as const];
  });
  return { table, columns: Object.fromEntries(entries) };
}

/** `tables:` of a database: which table or view, and which of its columns holds which canonical field. */
export function readTables(checks: Checks, value: unknown, path: Path): TableMapping | undefined {
  if (value === undefined || value === null) return undefined;
  const record = checks.record(value, path, 'The value of "tables"');
  if (record === undefined) return undefined;
  checks.keys(record, path, ['interactions', 'feedback'], 'tables');
  if (record['feedback'] === undefined) {
    checks.report(path, 'The table of the feedback is missing. Add feedback: { table: NAME }.');
    return undefined;
  }
  const feedback = readTable(checks, record['feedback'], [...path, 'feedback']);
  const interactions =
    record['interactions'] === undefined ? undefined : readTable(checks, record['interactions'], [...path, 'interactions']);
  if (feedback === undefined) return undefined;
  return interactions === undefined ? { feedback } : { interactions, feedback };
}
