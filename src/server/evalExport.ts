/** A report's matrix as text: CSV with the answers for a spreadsheet, Markdown with the verdicts for a pull request. */
import type { Estimate } from '../shared/documents.js';
import type { CaseResult, EvalColumn } from '../shared/evalDocument.js';
import type { EvalView } from '../shared/evalView.js';

const words: Record<string, string> = { p: 'pass', f: 'fail', e: 'error' };

/** More rows than this are nothing that a person reads in Markdown. */
const mostMarkdownRows = 1000;

const columnName = ({ prompt, version, provider }: EvalColumn): string => `${prompt} ${version} · ${provider}`;

/** A spreadsheet would run what begins like a formula. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownField(text: string): string {
  return text.replace(/[\\|<>`*_[\]]/g, (found) => (found === '<' ? '&lt;' : found === '>' ? '&gt;' : `\\${found}`)).replace(/\s+/g, ' ');
}

function percent({ mean, lo, hi }: Estimate): string {
  const share = (value: number): string => String(Math.round(value * 100));
  return `${share(mean)} % [${share(lo)}, ${share(hi)}]`;
}

/** Cells by case: for each column its repeats. */
function grid({ head, rows }: EvalView): number[][][] {
  const cells = rows.cases.map(() => head.report.columns.map((): number[] => []));
  for (const [cell, entry] of rows.case.entries()) cells[entry]?.[rows.column[cell] ?? 0]?.push(cell);
  return cells;
}

/** `results`: by cell; what is not there any more is left empty. */
export function exported(view: EvalView, results: readonly (CaseResult | null)[], format: 'csv' | 'markdown'): string {
  return format === 'csv' ? csv(view, results) : markdown(view);
}

/** One line a case and repeat, in each column verdict, score, answer and reason. */
function csv(view: EvalView, results: readonly (CaseResult | null)[]): string {
  const { columns } = view.head.report;
  const cells = grid(view);
  const vars = new Set<string>();
  for (const result of results) for (const name of Object.keys(result?.vars ?? {})) vars.add(name);
  const names = [...vars];
  const head = [
    'id',
    'case',
    'repeat',
    ...names,
    ...columns.flatMap((column) => ['status', 'score', 'output', 'reason'].map((what) => `${columnName(column)}: ${what}`)),
  ];
  const lines = [head];
  for (const [entry, { id, title }] of view.rows.cases.entries()) {
    const own = cells[entry] ?? [];
    const repeats = Math.max(1, ...own.map((column) => column.length));
    for (let repeat = 0; repeat < repeats; repeat++) {
      const at = own.map((column) => column[repeat]);
      const some = at.map((cell) => (cell === undefined ? null : (results[cell] ?? null)));
      const values = some.find((result) => result !== null)?.vars ?? {};
      lines.push([
        ...[id, title, String(repeat + 1)],
        ...names.map((name) => textOf(values[name])),
        ...at.flatMap((cell, column) => {
          const result = some[column] ?? null;
          const status = cell === undefined ? '' : (words[view.rows.status[cell] ?? ''] ?? '');
          const score = cell === undefined ? null : (view.rows.score[cell] ?? null);
          return [status, score === null ? '' : String(score), result?.output ?? '', result?.reason ?? ''];
        }),
      ]);
    }
  }
  return `${lines.map((line) => line.map(csvField).join(',')).join('\r\n')}\r\n`;
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function markdown(view: EvalView): string {
  const { report, run, time } = view.head;
  const { columns, suite } = report;
  const lines = [
    `## ${markdownField(suite)}`,
    '',
    `Run ${run}, ${time}${view.head.complete ? '' : ', stopped before its end'}.`,
    '',
    `| Case | ${columns.map((column) => markdownField(columnName(column))).join(' | ')} |`,
    `| --- |${columns.map(() => ' --- |').join('')}`,
    `| **Pass rate, 95 % interval** | ${columns.map(({ passRate }) => (passRate === null ? 'nothing decided' : percent(passRate))).join(' | ')} |`,
  ];
  const cells = grid(view);
  for (const [entry, { title }] of view.rows.cases.slice(0, mostMarkdownRows).entries()) {
    const own = (cells[entry] ?? []).map((list) => {
      const letters = list.map((cell) => view.rows.status[cell] ?? 'e');
      const passed = letters.filter((letter) => letter === 'p').length;
      return letters.length === 1
        ? (words[letters[0] ?? ''] ?? '')
        : letters.length === 0
          ? 'not run'
          : `${String(passed)} of ${String(letters.length)} passed`;
    });
    lines.push(`| ${markdownField(title)} | ${own.join(' | ')} |`);
  }
  const left = view.rows.cases.length - mostMarkdownRows;
  if (left > 0) lines.push('', `${String(left)} more cases are not listed; export CSV for all of them.`);
  return `${lines.join('\n')}\n`;
}
