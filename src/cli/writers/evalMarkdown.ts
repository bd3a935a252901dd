/** An evaluation as Markdown, for a pull request or a job's summary: what got worse stands first. Everything from suites and models is escaped. */
import { caseTitle } from '../../shared/words.js';
import type { CaseResult, EvalColumn, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import { comparisonWords, sameTwiceWords, unpairedWords } from './comparison.js';
import { count, estimate, plain } from './human.js';

/** GitHub takes 1 MiB of a job's summary; UTF-8 of cut texts may be longer than their characters. */
const mostBytes = 1_000_000;
const shownCases = 50;
const shownChars = 1000;

export function evalMarkdown(document: EvalDocument): string {
  const parts = document.suites.map(suiteMarkdown);
  const head = document.complete ? [] : ['> The run was stopped: this is what was done.', ''];
  return cut([...head, ...parts.flat()]);
}

/** Whole lines up to the limit, and then what is missing. */
function cut(lines: readonly string[]): string {
  let bytes = 0;
  const kept: string[] = [];
  let open = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > mostBytes) {
      kept.push(...Array.from({ length: open }, () => '</details>'), '', 'The rest was cut. `--json` and `--junit` have all of it.');
      break;
    }
    if (line.startsWith('<details>')) open++;
    if (line === '</details>') open--;
    kept.push(line);
  }
  return `${kept.join('\n').trimEnd()}\n`;
}

function suiteMarkdown(report: SuiteReport): string[] {
  const main = report.columns.filter(({ baselineOf }) => baselineOf === undefined);
  const own = new Set(main.map(({ id }) => id));
  const cases = report.cases.filter(({ column }) => own.has(column));
  const errors = cases.filter(({ status }) => status === 'error');
  const regressed = cases.filter((result) => isRegressed(result, main, report));
  const failed = cases.filter((result) => result.status === 'fail' && !regressed.includes(result));
  return [
    `## ${text(report.suite)}`,
    '',
    `**${sentence(report)}**`,
    '',
    ...comparisons(report, main),
    ...list('Regressed', regressed, report),
    ...errorsByCause(errors),
    ...columnTable(report, main),
    ...metricTable(report),
    ...list(report.baseline === null ? 'Failed' : 'Failed before as well, or new', failed, report),
    ...fixed(report, cases),
    ...health(report),
  ];
}

/** Only those repeats that failed say why. */
function isRegressed({ id, column, status }: CaseResult, main: readonly EvalColumn[], { baseline }: SuiteReport): boolean {
  if (status !== 'fail' || baseline === null || baseline.ref === 'itself') return false;
  return main.find((entry) => entry.id === column)?.baseline?.regressed.includes(id) ?? baseline.regressed.includes(id);
}

function sentence({ baseline, stats, passRate }: SuiteReport): string {
  const now = passRate === null ? 'Nothing could be evaluated' : `Pass rate ${estimate(passRate)}, 95 % interval`;
  const errors = stats.errored === 0 ? '' : `; ${count(stats.errored, 'error')}`;
  if (baseline === null) return `${now}${errors}.`;
  if (baseline.ref === 'itself') return `A/A check, ${text(sameTwiceWords(baseline))}`;
  return `Against ${text(baseline.ref)}: ${text(comparisonWords(baseline))}. ${now}${errors}.`;
}

function comparisons({ baseline, notCompared = [] }: SuiteReport, main: readonly EvalColumn[]): string[] {
  const lines: string[] = [];
  for (const column of main) {
    if (column.baseline === undefined || baseline === null) continue;
    const unpaired = unpairedWords(column.baseline);
    const said = [
      ...(column.baseline.notes ?? []),
      ...(unpaired === null ? [] : [`${unpaired[0]?.toUpperCase() ?? ''}${unpaired.slice(1)}.`]),
    ];
    const name = main.length > 1 ? `${text(columnName(column))}: ${text(comparisonWords(column.baseline))}. ` : '';
    if (name !== '' || said.length > 0) lines.push(`- ${name}${said.map((note) => text(note)).join(' ')}`);
  }
  for (const why of notCompared) lines.push(`- Not compared: ${text(why)}`);
  return lines.length === 0 ? [] : [...lines, ''];
}

function columnName({ prompt, promptLabel, version, provider }: EvalColumn): string {
  return `${promptLabel ?? prompt} ${version}, ${provider}`;
}

function columnTable({ cases, columns }: SuiteReport, main: readonly EvalColumn[]): string[] {
  const rows = columns.map((column) => {
    const of = (status: CaseResult['status']): string =>
      String(cases.filter((result) => result.column === column.id && result.status === status).length);
    const name = main.includes(column) ? columnName(column) : `${columnName(column)} (baseline)`;
    const score = column.score === undefined ? '' : estimate(column.score);
    return `| ${text(name)} | ${estimate(column.passRate)} | ${score} | ${of('pass')} | ${of('fail')} | ${of('error')} |`;
  });
  return ['| column | pass rate (95 %) | mean score (95 %) | passed | failed | errors |', '|---|---|---|--:|--:|--:|', ...rows, ''];
}

function metricTable({ metrics, metricEstimates = {} }: SuiteReport): string[] {
  const names = Object.keys(metrics);
  if (names.length === 0) return [];
  const value = (name: string): string => {
    const known = metricEstimates[name];
    return known === undefined ? (metrics[name] ?? 0).toFixed(2) : estimate(known);
  };
  return ['| metric | mean (95 %) |', '|---|---|', ...names.map((name) => `| ${text(name)} | ${value(name)} |`), ''];
}

function list(title: string, results: readonly CaseResult[], report: SuiteReport): string[] {
  if (results.length === 0) return [];
  const more = results.length > shownCases ? [`… and ${String(results.length - shownCases)} more.`, ''] : [];
  const columns = report.columns.filter(({ baselineOf }) => baselineOf === undefined).length;
  return [
    `### ${title} (${String(results.length)})`,
    '',
    ...results.slice(0, shownCases).flatMap((result) => caseLines(result, report, columns)),
    ...more,
  ];
}

function caseLines(result: CaseResult, report: SuiteReport, columns: number): string[] {
  const title = caseTitle(result.description, result.vars, result.id);
  const column = columns > 1 ? report.columns.find(({ id }) => id === result.column) : undefined;
  const before = report.cases.find(
    ({ id, column: other, repeat }) =>
      id === result.id &&
      repeat === result.repeat &&
      report.columns.some((entry) => entry.id === other && entry.baselineOf === result.column),
  );
  const expected = result.assertions.filter(({ pass }) => !pass);
  return [
    `<details><summary>${text(title)} <code>${text(result.id)}</code>${column === undefined ? '' : ` ${text(columnName(column))}`}</summary>`,
    '',
    ...Object.entries(result.vars).map(
      ([name, value]) => `- ${text(name)}: ${code(typeof value === 'string' ? value : JSON.stringify(value))}`,
    ),
    ...expected.map(
      ({ type, reason, expected: wanted }) => `- ${text(type)}: ${text(reason)}${wanted === null ? '' : ` Expected: ${code(wanted)}`}`,
    ),
    `- Got: ${result.output === null ? 'nothing' : code(result.output)}`,
    ...(before?.output == null ? [] : [`- Before: ${code(before.output)}`]),
    '',
    '</details>',
    '',
  ];
}

function errorsByCause(errors: readonly CaseResult[]): string[] {
  const causes = new Map<string, number>();
  for (const { error, reason } of errors) {
    const cause = error === null ? reason : `${error.code}: ${error.message}`;
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const rows = [...causes].sort(([, a], [, b]) => b - a).slice(0, shownCases);
  return rows.length === 0 ? [] : ['### Errors by cause', '', ...rows.map(([cause, n]) => `- ${String(n)}: ${text(cause)}`), ''];
}

function fixed({ baseline }: SuiteReport, cases: readonly CaseResult[]): string[] {
  if (baseline === null || baseline.ref === 'itself' || baseline.fixed.length === 0) return [];
  const titles = new Map(cases.map(({ id, description, vars }) => [id, caseTitle(description, vars, id)]));
  const shown = baseline.fixed.slice(0, shownCases).map((id) => `- ${text(titles.get(id) ?? id)} <code>${text(id)}</code>`);
  const more = baseline.fixed.length > shownCases ? [`- … and ${String(baseline.fixed.length - shownCases)} more`] : [];
  return [`### Fixed (${String(baseline.fixed.length)})`, '', ...shown, ...more, ''];
}

function health({ health: found }: SuiteReport): string[] {
  if (found.length === 0) return [];
  const place = ({ file, line }: SuiteReport['health'][number]): string =>
    file === undefined ? '' : `${text(line === undefined ? file : `${file}:${String(line)}`)}: `;
  return ['### The suite itself', '', ...found.slice(0, shownCases).map((item) => `- ${place(item)}${text(item.message)}`), ''];
}

/** One line in which nothing is Markdown, HTML, a mention or a link. */
function text(value: string): string {
  return plain(value, shownChars)
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign)
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replaceAll('@', '&#64;')
    .replace(/(https?|www)(:|\.)/giu, '$1&#8203;$2');
}

/** A text from a suite or a model, on one line; nothing in it ends the element. */
function code(value: string): string {
  const line = plain(value, shownChars).replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
  const safe = line.replace(/[\\`*_{}[\]()#+!|~$@]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
  return `<code>${safe.replace(/(https?|www)(:|\.)/giu, '$1&#8203;$2')}</code>`;
}
