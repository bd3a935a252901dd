import type { EvalColumn } from '../../shared/evalDocument.js';
import type { EvalView } from '../../shared/evalView.js';

/** One case over all columns; `cells[c]` are the places of the repeats of column c in the view's rows. */
export interface CaseRow {
  id: string;
  title: string;
  cells: number[][];
  /** Those of the suite's own columns, without the baseline's. */
  own: number[];
}

export const FILTERS = ['all', 'fail', 'error', 'pass', 'regressed', 'fixed'] as const;
export type CaseFilter = (typeof FILTERS)[number];

const letters = { fail: 'f', error: 'e', pass: 'p' } as const;

/** Groups cells by case, in the order of the report. */
export function caseRows({ head, rows }: EvalView): CaseRow[] {
  const columns = head.report.columns.length;
  const grouped = rows.cases.map(({ id, title }): CaseRow => ({ id, title, cells: Array.from({ length: columns }, () => []), own: [] }));
  const own = head.report.columns.map(({ baselineOf }) => baselineOf === undefined);
  for (let cell = 0; cell < rows.case.length; cell++) {
    const row = grouped[rows.case[cell] ?? 0];
    const column = rows.column[cell] ?? 0;
    row?.cells[column]?.push(cell);
    if (own[column] === true) row?.own.push(cell);
  }
  return grouped;
}

/** Cases that pass less, or more, often than in the baseline. */
export interface Compared {
  regressed: ReadonlySet<string>;
  fixed: ReadonlySet<string>;
}

/** `null` where the report is compared with nothing. */
export function compared({ head }: EvalView): Compared | null {
  const { baseline } = head.report;
  return baseline === null ? null : { regressed: new Set(baseline.regressed), fixed: new Set(baseline.fixed) };
}

/** `found`: cells whose output holds the search. */
export function matches(
  row: CaseRow,
  status: string,
  filter: CaseFilter,
  search: { text: string; found: ReadonlySet<number> },
  against: Compared | null,
): boolean {
  if (filter === 'regressed' || filter === 'fixed') {
    if (against?.[filter].has(row.id) !== true) return false;
  } else if (filter !== 'all' && !row.own.some((cell) => status[cell] === letters[filter])) return false;
  if (search.text === '') return true;
  const needle = search.text.toLowerCase();
  if (row.title.toLowerCase().includes(needle) || row.id.includes(needle)) return true;
  return search.found.size > 0 && row.cells.some((cells) => cells.some((cell) => search.found.has(cell)));
}

export function isPassed(row: CaseRow, status: string): boolean {
  return row.own.every((cell) => status[cell] === 'p');
}

export const STATUS_ICON = { pass: 'pass', fail: 'error', error: 'warning' } as const;
export const STATUS_WORD = { pass: 'Passed', fail: 'Failed', error: 'Error' } as const;

export type CellStatus = keyof typeof STATUS_WORD;

/** The worst of the repeats: one failure in three is a failure to look at. */
export function cellStatus(cells: readonly number[], status: string): CellStatus | null {
  if (cells.length === 0) return null;
  if (cells.some((cell) => status[cell] === 'f')) return 'fail';
  if (cells.some((cell) => status[cell] === 'e')) return 'error';
  return 'pass';
}

/** `2 of 3 passed` with repeats, else the word. */
export function cellText(cells: readonly number[], status: string): string {
  const worst = cellStatus(cells, status);
  if (worst === null) return 'Not run';
  if (cells.length === 1) return STATUS_WORD[worst];
  const passed = cells.filter((cell) => status[cell] === 'p').length;
  return `${String(passed)} of ${String(cells.length)} passed`;
}

export function columnName(column: EvalColumn): string {
  const against = column.baselineOf === undefined ? '' : ' (baseline)';
  return `${column.promptLabel ?? column.prompt} ${column.version} · ${column.provider}${column.recorded ? ' (recorded)' : ''}${against}`;
}
