import type { CaseResult, EvalStats, JudgeSpend } from '../../../shared/evalDocument.js';

const plus = (sum: number | null, value: number | null): number | null => (sum === null || value === null ? null : sum + value);

export function addJudgeSpend(sum: JudgeSpend, more: JudgeSpend): JudgeSpend {
  return {
    requests: sum.requests + more.requests,
    tokensIn: plus(sum.tokensIn, more.tokensIn),
    tokensOut: plus(sum.tokensOut, more.tokensOut),
    cost: plus(sum.cost, more.cost),
  };
}

/** Counts with what the judges of these cases took: it is in the cost, and said apart. Requests and tokens hold it already. */
export function withJudges(stats: EvalStats, results: readonly Pick<CaseResult, 'judge'>[]): EvalStats {
  const spent = results.map(({ judge }) => judge).filter((judge) => judge !== undefined);
  const [first, ...others] = spent;
  if (first === undefined) return stats;
  const judge = others.reduce(addJudgeSpend, first);
  return { ...stats, cost: plus(stats.cost, judge.cost), judge };
}
