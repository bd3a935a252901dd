/** What an evaluation ends with: the table of exit codes that README has. */
import type { SuiteReport } from '../shared/evalDocument.js';
import type { CliContext } from './context.js';
import { exitCodes } from './exitCodes.js';
import { count } from './writers/human.js';

export interface Rules {
  threshold?: number;
  thresholdOn: 'mean' | 'lo';
  /** A baseline was named: then what counts is the comparison, not that every case passes. */
  baseline?: string;
  failOn?: 'worse' | 'regressed';
  maxErrors?: number;
  aa?: boolean;
}

/**
 * 2 where there is no result to speak of: more errors than allowed, a part of the suite that could not be read, nothing decided, or a baseline that
 * was asked for and could not be compared. 1 where a result does not hold. 2 goes before 1. `no evidence` is 0, and said.
 */
export function judge(report: SuiteReport, rules: Rules, context: CliContext): void {
  const { stats, baselineStats, passRate, baseline, notCompared = [] } = report;
  const errored = stats.errored + (baselineStats?.errored ?? 0);
  if (errored > (rules.maxErrors ?? 0) || passRate === null) context.exit(exitCodes.fault);
  else if (errored > 0) context.note(`${report.suite}: ${count(errored, 'error')}, of which ${String(rules.maxErrors)} are allowed.`);
  const broken = report.health.find(({ severity }) => severity === 'error');
  if (broken !== undefined) {
    context.exit(exitCodes.fault);
    const place = broken.line === undefined ? (broken.file ?? report.suite) : `${broken.file ?? report.suite}:${String(broken.line)}`;
    if (context.json) context.note(`${place}: ${broken.message}`);
  }
  // Two equal columns differ by chance alone, and how much is all that was asked.
  if (rules.aa === true) return;
  const fails = (why: string): void => {
    context.err(`${report.suite}: ${why}`);
    context.exit(exitCodes.fails);
  };
  if (rules.baseline !== undefined && notCompared.length > 0) {
    context.err(`${report.suite}: not compared with ${rules.baseline}. ${notCompared.join(' ')}`);
    context.exit(exitCodes.fault);
  }
  if (baseline?.verdict === 'worse') fails(`worse than ${baseline.ref}.`);
  else if (rules.failOn === 'regressed' && baseline !== null && baseline.regressed.length > 0)
    fails(`${count(baseline.regressed.length, 'case')} regressed against ${baseline.ref}: ${baseline.regressed.slice(0, 10).join(', ')}.`);
  else if (rules.baseline !== undefined && baseline?.verdict === 'no-evidence')
    context.note(`${report.suite}: no evidence of a difference from ${baseline.ref}. ${(baseline.notes ?? []).join(' ')}`.trimEnd());
  if (rules.threshold !== undefined) threshold(report, rules.threshold, rules.thresholdOn, fails);
  else if (rules.baseline === undefined && stats.failed > 0) context.exit(exitCodes.fails);
}

function threshold({ passRate }: SuiteReport, least: number, end: 'mean' | 'lo', fails: (why: string) => void): void {
  if (passRate === null || passRate[end] >= least) return;
  const what = end === 'lo' ? "lower end of the pass rate's interval" : 'pass rate';
  fails(`the ${what} is ${passRate[end].toFixed(2)} (mean ${passRate.mean.toFixed(2)}), under the threshold of ${String(least)}.`);
}
