import type { Estimate } from '../../shared/documents.js';
import type { CaseResult, EvalColumn, EvalStats } from '../../shared/evalDocument.js';
import { wilson } from '../stats/interval.js';
import type { Column } from './columns.js';

/**
 * Pass rate with Wilson's interval. One case is one unit, whatever the number of its repeats and columns: they hang together.
 * Errors are on neither side. `null` where nothing was decided.
 */
export function passRate(results: readonly Pick<CaseResult, 'id' | 'status'>[]): Estimate | null {
  return meanOverCases(
    results.filter(({ status }) => status !== 'error').map(({ id, status }) => ({ id, value: status === 'pass' ? 1 : 0 })),
  );
}

/** Mean score with an interval of the same kind: scores may lie outside of [0, 1] (weights, code), and then there is none. */
export function meanScore(results: readonly CaseResult[]): Estimate | null {
  return meanOverCases(results.flatMap(({ id, status, score }) => (status === 'error' || score === null ? [] : [{ id, value: score }])));
}

/** `null` for no value, or one that is no share. */
function meanOverCases(values: readonly { id: string; value: number }[]): Estimate | null {
  const byCase = new Map<string, { sum: number; count: number }>();
  for (const { id, value } of values) {
    if (!(value >= 0 && value <= 1)) return null;
    const unit = byCase.get(id) ?? { sum: 0, count: 0 };
    unit.count++;
    unit.sum += value;
    byCase.set(id, unit);
  }
  if (byCase.size === 0) return null;
  let sum = 0;
  for (const { sum: own, count } of byCase.values()) sum += own / count;
  return wilson(sum / byCase.size, byCase.size);
}

export function columnsOf(columns: readonly Column[], results: readonly CaseResult[]): EvalColumn[] {
  return columns.map(({ id, prompt, promptLabel, version, provider, profile, document, baselineOf }) => {
    const own = results.filter((result) => result.column === id);
    return {
      id,
      prompt,
      ...(promptLabel === undefined ? {} : { promptLabel }),
      version,
      provider,
      model: profile.model,
      sha256: document.sha256,
      passRate: passRate(own),
      score: meanScore(own),
      recorded: profile.provider === 'replay',
      ...(baselineOf === null ? {} : { baselineOf }),
    };
  });
}

/** Counts over `results`; tokens and cost are those of the requests of this run (`all` its answers), `null` where they are not known. */
export function statsOf(
  results: readonly CaseResult[],
  spent: { requests: number; seconds: number; tokensIn: number | null; tokensOut: number | null },
  all = results,
): EvalStats {
  const count = (status: CaseResult['status']): number => results.filter((result) => result.status === status).length;
  const costs = all.map((result) => result.cost).filter((cost) => cost !== null);
  const asked = all.filter((result) => result.output !== null);
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
  for (const result of results) {
    for (const [metric, value] of Object.entries(result.namedScores ?? {})) {
      const list = values.get(metric) ?? [];
      list.push({ id: result.id, value });
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

/** Mean over the cases of their scores by metric, in which assertions count by their weight. */
export function metricsOf(results: readonly CaseResult[]): Record<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { namedScores = {} } of results) {
    for (const [metric, score] of Object.entries(namedScores)) {
      const entry = sums.get(metric) ?? { sum: 0, count: 0 };
      entry.sum += score;
      entry.count++;
      sums.set(metric, entry);
    }
  }
  const names = [...sums.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, (sums.get(name)?.sum ?? 0) / (sums.get(name)?.count ?? 1)]));
}
