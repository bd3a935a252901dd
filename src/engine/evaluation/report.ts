import type { Estimate } from '../../shared/documents.js';
import type { CaseResult, EvalColumn, EvalStats } from '../../shared/evalDocument.js';
import { wilson } from '../stats/interval.js';
import type { Column } from './columns.js';

/**
 * Pass rate with Wilson's interval. One case is one unit, whatever the number of its repeats and columns: they hang together.
 * Errors are on neither side. `null` where nothing was decided.
 */
export function passRate(results: readonly CaseResult[]): Estimate | null {
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
  return columns.map(({ id, prompt, promptLabel, version, provider, profile }) => ({
    id,
    prompt,
    ...(promptLabel === undefined ? {} : { promptLabel }),
    version,
    provider,
    passRate: passRate(results.filter((result) => result.column === id)),
    recorded: profile.provider === 'replay',
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
