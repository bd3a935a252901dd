/** An evaluation for people: pass rates with their intervals, then what failed and why. */
import type { CaseResult, EvalColumn, EvalComparison, EvalDocument, Health, SuiteReport } from '../../shared/evalDocument.js';
import type { CliContext } from '../context.js';
import { change, comparisonWords, sameTwiceWords, unpairedWords } from './comparison.js';
import { count, estimate, plain, table } from './human.js';

const shownCases = 10;

export function evalText(document: EvalDocument, context: CliContext): string {
  return document.suites.map((report) => suiteText(report, context)).join('\n\n');
}

function suiteText(report: SuiteReport, context: CliContext): string {
  const { stats } = report;
  const rows = report.columns.map((column) => {
    const own = report.cases.filter((result) => result.column === column.id);
    const of = (status: CaseResult['status']): string => String(own.filter((result) => result.status === status).length);
    const marks = [...(column.recorded ? ['recorded'] : []), ...(column.baselineOf === undefined ? [] : ['baseline'])];
    const provider = marks.length === 0 ? column.provider : `${column.provider} (${marks.join(', ')})`;
    return [plain(column.prompt), column.version, plain(provider), estimate(column.passRate), of('pass'), of('fail'), of('error')];
  });
  const head = ['prompt', 'version', 'model', 'pass rate (95 % interval)', 'passed', 'failed', 'errors'].map((name) =>
    context.style('dim', name),
  );
  const lines = [context.style('bold', plain(report.suite)), table([head, ...rows], [4, 5, 6]), ...baselineLines(report, context)];
  const asked = `${count(stats.requests, 'request')}, ${String(stats.cached)} from the cache, ${stats.seconds.toFixed(1)} s`;
  lines.push(context.style('dim', stats.cost === null ? asked : `${asked}, cost ${stats.cost.toFixed(4)}`));
  const metrics = Object.entries(report.metrics).map(([name, value]) => {
    const known = report.metricEstimates?.[name];
    return `${plain(name)} ${known === undefined ? value.toFixed(2) : estimate(known)}`;
  });
  if (metrics.length > 0) lines.push(`metrics: ${metrics.join(', ')}`);
  if (stats.notEvaluated > 0)
    lines.push(
      context.style(
        'yellow',
        `${count(stats.notEvaluated, 'assertion was', 'assertions were')} not evaluated; those cases are neither passed nor failed.`,
      ),
    );
  lines.push(...caseLines(report, 'fail', context), ...caseLines(report, 'error', context));
  for (const health of report.health) lines.push(healthLine(health, context));
  return lines.join('\n');
}

/** `file:line: code: message`, as editors and terminals make a link of it. */
export function healthLine({ code, message, severity, file, line }: Health, context: CliContext): string {
  const coloured = context.style(severity === 'error' ? 'red' : 'yellow', code);
  if (file === undefined) return `${coloured}: ${plain(message, 300)}`;
  const place = line === undefined ? file : `${file}:${String(line)}`;
  const said = message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
  return `${plain(place)}: ${coloured}: ${plain(said, 300)}`;
}

function baselineLines(report: SuiteReport, context: CliContext): string[] {
  const { baseline, notCompared = [] } = report;
  const lines = notCompared.map((why) => context.style('yellow', `not compared: ${plain(why, 300)}`));
  if (baseline === null) return lines;
  if (baseline.ref === 'itself') return [...lines, plain(sameTwiceWords(baseline), 300), ...notes(baseline, 'A/A')];
  const main = mainColumns(report);
  lines.push(`against ${plain(baseline.ref)}: ${comparisonWords(baseline)}`);
  for (const column of main) {
    if (column.baseline === undefined) continue;
    const { score } = column.baseline;
    if (main.length > 1) lines.push(`  ${plain(column.prompt)} ${plain(column.provider)}: ${comparisonWords(column.baseline)}`);
    if (score != null) lines.push(`  mean score ${change(score)}`);
    lines.push(...notes(column.baseline));
  }
  const { regressed } = baseline;
  if (regressed.length > 0)
    lines.push(`regressed: ${regressed.slice(0, shownCases).join(', ')}${regressed.length > shownCases ? ', …' : ''}`);
  return lines;
}

function notes(comparison: EvalComparison, aa?: 'A/A'): string[] {
  const unpaired = unpairedWords(comparison);
  // That the text is the same is what an A/A check is about.
  const said = aa === undefined ? (comparison.notes ?? []) : [];
  return [...(unpaired === null ? [] : [unpaired]), ...said].map((note) => `  ${plain(note, 300)}`);
}

function mainColumns({ columns }: SuiteReport): EvalColumn[] {
  return columns.filter(({ baselineOf }) => baselineOf === undefined);
}

function caseLines(report: SuiteReport, status: 'fail' | 'error', context: CliContext): string[] {
  const own = new Set(mainColumns(report).map(({ id }) => id));
  const found = report.cases.filter((result) => result.status === status && own.has(result.column));
  const lines = found.slice(0, shownCases).map((result) => {
    const name = plain(result.description ?? caseName(result), 60);
    const answer = result.output === null || result.output === '' ? '' : context.style('dim', ` | ${plain(result.output, 60)}`);
    return `  ${context.style(status === 'fail' ? 'red' : 'yellow', status)} ${result.id} ${name}: ${plain(result.reason, 160)}${answer}`;
  });
  if (found.length > shownCases) lines.push(`  … and ${String(found.length - shownCases)} more (--json lists all)`);
  return lines;
}

/** The first text among its variables says best which case it is. */
function caseName(result: CaseResult): string {
  return Object.values(result.vars).find((value) => typeof value === 'string') ?? '';
}
