/** An evaluation in the shape of promptfoo's JSON output (version 3 of its results), for tools that read that. Baseline columns are left out. */
import type { CaseResult, EvalColumn, EvalDocument, SuiteReport } from '../../shared/evalDocument.js';

/** promptfoo's numbers for why a case did not pass. */
const failureReasons = { pass: 0, fail: 1, error: 2 } as const;

export function toPromptfoo(document: EvalDocument, now: Date): string {
  const time = now.toISOString();
  const columns = document.suites.flatMap((suite) =>
    suite.columns.filter(({ baselineOf }) => baselineOf === undefined).map((column) => ({ suite, column })),
  );
  const results = columns.flatMap(({ suite, column }, index) => resultsOf(suite, column, index));
  const statuses = columns.flatMap(({ suite, column }) => suite.cases.filter((result) => result.column === column.id));
  const count = (status: CaseResult['status']): number => statuses.filter((result) => result.status === status).length;
  return `${JSON.stringify(
    {
      evalId: document.run,
      results: {
        version: 3,
        timestamp: time,
        prompts: columns.map(({ suite, column }) => promptOf(suite, column)),
        results,
        stats: { successes: count('pass'), failures: count('fail'), errors: count('error') },
      },
      config: { description: document.suites.map(({ suite }) => suite).join(', ') },
      shareableUrl: null,
      metadata: { exportedAt: time, generator: 'ratchet' },
    },
    null,
    2,
  )}\n`;
}

function labelOf({ prompt, promptLabel }: EvalColumn): string {
  return promptLabel ?? prompt;
}

function promptOf({ cases }: SuiteReport, column: EvalColumn): object {
  const own = cases.filter((result) => result.column === column.id);
  const of = (status: CaseResult['status']): number => own.filter((result) => result.status === status).length;
  return {
    raw: labelOf(column),
    label: labelOf(column),
    provider: column.provider,
    metrics: {
      score: own.reduce((sum, { score }) => sum + (score ?? 0), 0),
      testPassCount: of('pass'),
      testFailCount: of('fail'),
      testErrorCount: of('error'),
      cost: own.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
      totalLatencyMs: own.reduce((sum, { latencyMs }) => sum + (latencyMs ?? 0), 0),
    },
  };
}

function resultsOf(suite: SuiteReport, column: EvalColumn, promptIdx: number): object[] {
  const order = new Map<string, number>();
  return suite.cases
    .filter((result) => result.column === column.id)
    .map((result) => {
      const testIdx = order.get(result.id) ?? order.size;
      order.set(result.id, testIdx);
      return resultOf(result, column, { promptIdx, testIdx });
    });
}

function resultOf(result: CaseResult, column: EvalColumn, place: { promptIdx: number; testIdx: number }): object {
  const { id, description, vars, status, score, reason, output, assertions, latencyMs, cached, cost, error } = result;
  return {
    id: `${id}-${column.id}-${String(result.repeat)}`,
    ...place,
    prompt: { raw: labelOf(column), label: labelOf(column) },
    provider: { id: column.model ?? column.provider, label: column.provider },
    vars,
    testCase: { ...(description === null ? {} : { description }), vars, metadata: { ratchetCase: id } },
    response: { output: output ?? '', cached, ...(cost === null ? {} : { cost }) },
    success: status === 'pass',
    score: score ?? 0,
    failureReason: failureReasons[status],
    latencyMs: latencyMs ?? 0,
    cost: cost ?? 0,
    namedScores: Object.fromEntries(assertions.flatMap(({ metric, score: own }) => (metric === null ? [] : [[metric, own]]))),
    ...(error === null ? {} : { error: `${error.code}: ${error.message}` }),
    ...(status === 'error'
      ? {}
      : {
          gradingResult: {
            pass: status === 'pass',
            score: score ?? 0,
            reason,
            componentResults: assertions.map(({ type, pass, score: own, reason: why, metric, expected }) => ({
              pass,
              score: own,
              reason: why,
              assertion: { type, ...(expected === null ? {} : { value: expected }), ...(metric === null ? {} : { metric }) },
            })),
          },
        }),
  };
}
