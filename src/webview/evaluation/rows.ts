import type { CaseResult, EvalColumn, SuiteReport } from '../../shared/evalDocument.js';
import { caseTitle } from '../../shared/words.js';

/** One case over all columns; repeats of a case stand together. */
export interface CaseRow {
  id: string;
  title: string;
  vars: Record<string, unknown>;
  results: CaseResult[][];
}

export type CaseFilter = 'all' | 'fail' | 'error' | 'pass';

/** Groups results by case, in the order of the plan. `results[c]` holds the repeats of column c. */
export function caseRows(report: SuiteReport): CaseRow[] {
  const place = new Map(report.columns.map((column, index) => [column.id, index]));
  const rows = new Map<string, CaseRow>();
  for (const result of report.cases) {
    const index = place.get(result.column);
    if (index === undefined) continue;
    let row = rows.get(result.id);
    if (row === undefined) {
      row = {
        id: result.id,
        title: caseTitle(result.description, result.vars, result.id),
        vars: result.vars,
        results: report.columns.map(() => []),
      };
      rows.set(result.id, row);
    }
    row.results[index]?.push(result);
  }
  return [...rows.values()];
}

export function matches(row: CaseRow, filter: CaseFilter, search: string): boolean {
  const all = row.results.flat();
  if (filter !== 'all' && !all.some((result) => result.status === filter)) return false;
  if (search === '') return true;
  const needle = search.toLowerCase();
  return (
    row.title.toLowerCase().includes(needle) ||
    row.id.includes(needle) ||
    all.some((result) => (result.output ?? '').toLowerCase().includes(needle))
  );
}

export const STATUS_ICON = { pass: 'pass', fail: 'error', error: 'warning' } as const;
export const STATUS_WORD = { pass: 'Passed', fail: 'Failed', error: 'Error' } as const;

export type CellStatus = keyof typeof STATUS_WORD;

/** Worst of the repeats: an error hides nothing, and one failure in three is a failure to look at. */
export function cellStatus(results: CaseResult[]): CellStatus | null {
  if (results.length === 0) return null;
  if (results.some((result) => result.status === 'fail')) return 'fail';
  if (results.some((result) => result.status === 'error')) return 'error';
  return 'pass';
}

/** `2/3` with repeats, else the word. */
export function cellText(results: CaseResult[]): string {
  const status = cellStatus(results);
  if (status === null) return 'Not run';
  if (results.length === 1) return STATUS_WORD[status];
  const passed = results.filter((result) => result.status === 'pass').length;
  return `${String(passed)} of ${String(results.length)} passed`;
}

export function columnName(column: EvalColumn): string {
  return `${column.prompt} ${column.version} · ${column.provider}${column.recorded ? ' (recorded)' : ''}`;
}
