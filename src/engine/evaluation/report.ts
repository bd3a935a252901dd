import type { Estimate } from '../../shared/documents.js';
import type { CaseResult, EvalColumn, EvalStats } from '../../shared/evalDocument.js';
import { wilson } from '../stats/interval.js';
import type { Column } from './columns.js';

/**
 * Pass rate with Wilson's interval. One case is one unit, whatever the number of its repeats and columns: they hang together.
 * Errors are on neither side. `null` where nothing was decided.
 */
export function passRate(results: readonly Pick<CaseResult, 'id' | 'status'>[]): Estimate | null {
  const byCase = new Map<string, { passed: number; count: number }>();
  for (const { id, status } of results) {
    if (status === 'error') continue;
    const unit = byCase.get(id) ?? { passed: 0, count: 0 };
    unit.count++;
    if (status === 'pass') unit.passed++;
    byCase.set(id, unit);
  }
  if (byCase.size === 0) return null;
  let sum = 0;
  for (const { passed, count } of byCase.values()) sum += passed / count;
  return wilson(sum / byCase.size, byCase.size);
}

export function columnsOf(columns: readonly Column[], results: readonly CaseResult[]): EvalColumn[] {
  return columns.map(({ id, prompt, promptLabel, version, provider, profile, document }) => ({
    id,
    prompt,
    ...(promptLabel === undefined ? {} : { promptLabel }),
    version,
    provider,
    passRate: passRate(results.filter((result) => result.column === id)),
    recorded: profile.provider === 'replay',
    sha256: document.sha256,
  }));
}

/** Counts over all columns; tokens and cost are those of the requests of this run, `null` where they are not known. */
export function statsOf(
  results: readonly CaseResult[],
  spent: { requests: number; seconds: number; tokensIn: number | null; tokensOut: number | null },
): EvalStats {
  const count = (status: CaseResult['status']): number => results.filter((result) => result.status === status).length;
  const costs = results.map((result) => result.cost).filter((cost) => cost !== null);
  const asked = results.filter((result) => result.output !== null);
  return {
    cases: results.length,
    passed: count('pass'),
    failed: count('fail'),
    errored: count('error'),
    cached: results.filter((result) => result.cached).length,
    requests: spent.requests,
    notEvaluated: results.reduce((sum, result) => sum + result.assertions.filter((assertion) => !assertion.evaluated).length, 0),
    seconds: spent.seconds,
    tokens: { in: spent.tokensIn, out: spent.tokensOut },
    cost: costs.length < asked.length || asked.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  };
}

/** The same means with intervals, a case being one unit. Left out where scores are no shares. */
export function metricEstimatesOf(results: readonly CaseResult[]): Record<string, Estimate> {
  const values = new Map<string, { id: string; value: number }[]>();
  for (const { id, assertions } of results) {
    for (const { metric, evaluated, score } of assertions) {
      if (metric === null || !evaluated) continue;
      const list = values.get(metric) ?? [];
      list.push({ id, value: score });
      values.set(metric, list);
    }
  }
  const estimates: [string, Estimate][] = [];
  for (const [name, list] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const estimate = meanOverCases(list);
    if (estimate !== null) estimates.push([name, estimate]);
  }
  return Object.fromEntries(estimates);
}

/** Mean score of the evaluated assertions of each metric. */
export function metricsOf(results: readonly CaseResult[]): Record<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { metric, evaluated, score } of results.flatMap((result) => result.assertions)) {
    if (metric === null || !evaluated) continue;
    const entry = sums.get(metric) ?? { sum: 0, count: 0 };
    entry.sum += score;
    entry.count++;
    sums.set(metric, entry);
  }
  const names = [...sums.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, (sums.get(name)?.sum ?? 0) / (sums.get(name)?.count ?? 1)]));
}
