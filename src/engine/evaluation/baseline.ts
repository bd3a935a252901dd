import type { CaseResult, EvalBaseline, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';
import { pairedBootstrap } from '../stats/bootstrap.js';
import { signFlipTest } from '../stats/permutation.js';

const alpha = 0.05;

/** One suite's blessed result, kept under git: what passed, no outputs. */
export interface BlessedBaseline {
  schema: 'promptratchet.baseline/1';
  suite: string;
  columns: { prompt: string; version: string; provider: string; cases: Record<string, number> }[];
}

/** Share of a case's repeats that passed, by prompt and provider, then by case. */
type Rates = Map<string, Map<string, number>>;

function ratesOf(report: Pick<SuiteReport, 'columns' | 'cases'>, columns: readonly string[]): Rates {
  const rates: Rates = new Map();
  for (const column of report.columns.filter(({ id }) => columns.includes(id))) {
    rates.set(`${column.prompt}\n${column.provider}`, caseRates(report.cases.filter((result) => result.column === column.id)));
  }
  return rates;
}

function caseRates(results: readonly CaseResult[]): Map<string, number> {
  const counts = new Map<string, { passed: number; count: number }>();
  for (const { id, status } of results) {
    if (status === 'error') continue;
    const entry = counts.get(id) ?? { passed: 0, count: 0 };
    entry.count++;
    if (status === 'pass') entry.passed++;
    counts.set(id, entry);
  }
  return new Map([...counts].map(([id, { passed, count }]) => [id, passed / count]));
}

/**
 * Paired comparison: one difference a case (repeats and columns averaged), a two-sided sign-flip permutation test and a percentile
 * bootstrap interval over cases. A case that is not on both sides (its variables or assertions changed) is not paired.
 */
function compare(ref: string, now: Rates, before: Rates): EvalBaseline | null {
  // A baseline made with other providers is still the same prompt's: then all columns together are compared.
  const shared = [...now.keys()].filter((key) => before.has(key));
  const pairs =
    shared.length > 0 ? shared.map((key) => [now.get(key), before.get(key)] as const) : [[merged(now), merged(before)] as const];
  const differences = new Map<string, { sum: number; count: number }>();
  for (const [a, b] of pairs) {
    for (const [id, value] of a ?? []) {
      const old = b?.get(id);
      if (old === undefined) continue;
      const entry = differences.get(id) ?? { sum: 0, count: 0 };
      entry.sum += value - old;
      entry.count++;
      differences.set(id, entry);
    }
  }
  if (differences.size === 0) return null;
  const values = [...differences].map(([id, { sum, count }]) => ({ id, value: sum / count }));
  const { p } = signFlipTest(values.map(({ value }) => value));
  const interval = pairedBootstrap(
    values.map(({ value }) => [value]),
    { level: 1 - alpha },
  ) ?? { mean: 0, lo: 0, hi: 0 };
  const verdict = p < alpha && interval.mean !== 0 ? (interval.mean > 0 ? 'better' : 'worse') : 'no-evidence';
  return {
    ref,
    delta: interval.mean,
    lo: interval.lo,
    hi: interval.hi,
    p,
    verdict,
    regressed: values.filter(({ value }) => value < 0).map(({ id }) => id),
    fixed: values.filter(({ value }) => value > 0).map(({ id }) => id),
  };
}

function merged(rates: Rates): Map<string, number> {
  const all = new Map<string, number[]>();
  for (const column of rates.values()) for (const [id, rate] of column) all.set(id, [...(all.get(id) ?? []), rate]);
  return new Map([...all].map(([id, list]) => [id, list.reduce((sum, rate) => sum + rate, 0) / list.length]));
}

type Reported = Pick<SuiteReport, 'suite' | 'columns' | 'cases'>;

/** Columns run side by side: `pairs` maps a column to the one with the baseline's text. */
export function compareColumns(report: Reported, ref: string, pairs: ReadonlyMap<string, string>): EvalBaseline | null {
  return compare(ref, ratesOf(report, [...pairs.keys()]), ratesOf(report, [...pairs.values()]));
}

/** Against an earlier report of the same suite; `null` where that has no case in common. */
export function compareReport(report: Reported, main: readonly string[], ref: string, earlier: EvalDocument): EvalBaseline | null {
  const old = earlier.suites.find(({ suite }) => suite === report.suite);
  if (old === undefined) return null;
  return compare(
    ref,
    ratesOf(report, main),
    ratesOf(
      old,
      old.columns.filter(({ id }) => !id.startsWith('b')).map(({ id }) => id),
    ),
  );
}

export function compareBlessed(report: Reported, main: readonly string[], blessed: BlessedBaseline): EvalBaseline | null {
  const before: Rates = new Map(
    blessed.columns.map(({ prompt, provider, cases }) => [`${prompt}\n${provider}`, new Map(Object.entries(cases))]),
  );
  return compare('blessed', ratesOf(report, main), before);
}

/** What `--bless` keeps of a report. */
export function blessedOf(report: Reported): BlessedBaseline {
  return {
    schema: 'promptratchet.baseline/1',
    suite: report.suite,
    columns: report.columns
      .filter(({ id }) => !id.startsWith('b'))
      .map(({ id, prompt, version, provider }) => {
        const rates = caseRates(report.cases.filter((result) => result.column === id));
        return { prompt, version, provider, cases: Object.fromEntries([...rates].sort(([a], [b]) => (a < b ? -1 : 1))) };
      }),
  };
}
