/** JUnit XML of an evaluation, as CI systems read it: one test suite a suite and column, one test case a case. */
import type { CaseResult, EvalColumn, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';

export function toJunit(document: EvalDocument): string {
  const suites = document.suites.flatMap((suite) =>
    mainColumns(suite).map((column) => suiteXml(suite, column.id, `${column.prompt}@${column.version} ${column.provider}`)),
  );
  const all = document.suites.flatMap((suite) => {
    const own = new Set(mainColumns(suite).map(({ id }) => id));
    return suite.cases.filter(({ column }) => own.has(column));
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="ratchet eval" ${totals(all)}>`, ...suites, '</testsuites>', ''].join(
    '\n',
  );
}

/** What the baseline's text does is no result of the one that is tested. */
function mainColumns({ columns }: SuiteReport): EvalColumn[] {
  return columns.filter(({ baselineOf }) => baselineOf === undefined);
}

function suiteXml(suite: SuiteReport, column: string, label: string): string {
  const cases = suite.cases.filter((result) => result.column === column);
  return [
    `  <testsuite name="${attribute(`${suite.suite} ${label}`)}" ${totals(cases)}>`,
    ...cases.map((result) => caseXml(suite.suite, label, result)),
    '  </testsuite>',
  ].join('\n');
}

function caseXml(suite: string, label: string, result: CaseResult): string {
  const repeat = result.repeat > 1 ? ` #${String(result.repeat)}` : '';
  const name = attribute(`${result.description ?? result.id}${repeat}`);
  const start = `    <testcase classname="${attribute(`${suite} ${label}`)}" name="${name}" time="${seconds(result.latencyMs)}"`;
  if (result.status === 'pass') return `${start}/>`;
  const output = result.output === null ? '' : `\n      <system-out>${content(result.output)}</system-out>`;
  return `${start}>\n      ${outcome(result)}${output}\n    </testcase>`;
}

/** A fault of the surroundings is an `error`, an answer that does not hold a `failure`. */
function outcome(result: CaseResult): string {
  if (result.status === 'error') {
    const { code, message } = result.error ?? { code: 'ERROR', message: result.reason };
    return `<error type="${attribute(code)}" message="${attribute(message)}"/>`;
  }
  const lines = result.assertions.filter((a) => !a.pass).map((a) => `${a.type}: ${a.reason}`);
  return `<failure message="${attribute(result.reason)}">${content(lines.join('\n'))}</failure>`;
}

function totals(cases: readonly CaseResult[]): string {
  const failures = cases.filter((result) => result.status === 'fail').length;
  const errors = cases.filter((result) => result.status === 'error').length;
  const time = seconds(cases.reduce((sum, result) => sum + (result.latencyMs ?? 0), 0));
  return `tests="${String(cases.length)}" failures="${String(failures)}" errors="${String(errors)}" time="${time}"`;
}

function seconds(ms: number | null): string {
  return ((ms ?? 0) / 1000).toFixed(3);
}

function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

/** XML 1.0 has no way to write most control characters and lone surrogates, not even as references. */
function content(text: string): string {
  return text
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}
