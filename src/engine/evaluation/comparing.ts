/** The second step of cases whose columns are compared with each other. */
import type { AssertionResult, CaseResult } from '../../shared/evalDocument.js';
import { evaluateAssertion } from './assertions/evaluate.js';
import { comparesColumns, maxScore, selectBest } from './assertions/judged/compare.js';
import type { Contender } from './assertions/judged/compare.js';
import type { AssertionCall, AssertionInput, AssertionTools, Outcome } from './assertions/types.js';
import { NotEvaluated } from './assertions/types.js';
import type { Column } from './columns.js';
import type { EvalCase } from './types.js';

interface Cell {
  column: Column;
  entry: EvalCase;
  repeat: number;
}

export interface ComparedResult<J extends Cell> {
  job: J;
  result: CaseResult;
}

/**
 * Holds back the results of cases with `select-best` or `max-score` until all columns of the case are there. A baseline's columns are compared among
 * themselves, and with the others where only so there are two.
 */
export class Comparing<J extends Cell> {
  private readonly open = new Map<string, { size: number; held: ComparedResult<J>[] }>();
  private readonly together: boolean;

  constructor(jobs: readonly J[]) {
    const main = new Set(jobs.filter(({ column }) => column.baselineOf === null).map(({ column }) => column.id));
    this.together = main.size < 2;
    for (const job of jobs) {
      if (!isCompared(job.entry)) continue;
      const key = this.keyOf(job);
      const group = this.open.get(key) ?? { size: 0, held: [] };
      group.size++;
      this.open.set(key, group);
    }
  }

  /** The results that are whole now: this one, all columns of its case, or none yet. */
  add(job: J, result: CaseResult): ComparedResult<J>[] {
    const group = isCompared(job.entry) ? this.open.get(this.keyOf(job)) : undefined;
    if (group === undefined) return [{ job, result }];
    group.held.push({ job, result });
    if (group.held.length < group.size) return [];
    this.open.delete(this.keyOf(job));
    return group.held;
  }

  private keyOf({ entry, repeat, column }: J): string {
    const side = this.together || column.baselineOf === null ? 'main' : 'baseline';
    return `${entry.id}\n${String(repeat)}\n${side}`;
  }
}

export function isCompared(entry: EvalCase): boolean {
  return entry.assertions.some(({ type }) => comparesColumns(type));
}

/**
 * Judges what compares columns, and each case anew with it. Columns without an answer take no part. `decide` is what makes a verdict of a case's
 * assertions. Throws only CANCELLED.
 */
export async function compareColumns<J extends Cell>(
  group: readonly ComparedResult<J>[],
  input: Omit<AssertionInput, 'output' | 'latencyMs'>,
  tools: AssertionTools,
  decide: (entry: EvalCase, assertions: readonly AssertionResult[], result: CaseResult) => CaseResult | Promise<CaseResult>,
): Promise<ComparedResult<J>[]> {
  const sorted = [...group].sort((a, b) => (a.job.column.id < b.job.column.id ? -1 : 1));
  const entry = sorted[0]?.job.entry;
  if (entry === undefined || !isCompared(entry)) return [...group];
  const taking = sorted.filter(({ result }) => result.output !== null && result.assertions.length === entry.assertions.length);
  const changed = new Map(taking.map((one) => [one, [...one.result.assertions]]));
  for (const [index, assertion] of entry.assertions.entries()) {
    if (!comparesColumns(assertion.type)) continue;
    const contenders = taking.map((one): Contender => ({
      column: one.job.column.id,
      output: one.result.output ?? '',
      assertions: changed.get(one) ?? [],
    }));
    let outcomes: Promise<Outcome[]> | null = null;
    for (const [place, one] of taking.entries()) {
      const compare = async (call: AssertionCall): Promise<Outcome> => {
        if (contenders.length < 2) throw new NotEvaluated('it compares columns, and fewer than two of them have an answer');
        // One comparison is the verdict of all columns.
        outcomes ??=
          assertion.type === 'max-score' ? Promise.resolve(call).then((same) => maxScore(same, contenders)) : selectBest(call, contenders);
        const outcome = (await outcomes)[place];
        if (outcome === undefined) throw new NotEvaluated('it was not compared');
        return outcome;
      };
      const about = { ...input, output: one.result.output ?? '', latencyMs: one.result.latencyMs ?? 0 };
      const result = await evaluateAssertion(assertion, about, tools, compare);
      const own = changed.get(one);
      if (own !== undefined) own[index] = result;
    }
  }
  const finished: ComparedResult<J>[] = [];
  for (const one of group) {
    const assertions = changed.get(one);
    finished.push(
      assertions === undefined ? one : { job: one.job, result: await decide(entry, assertions, { ...one.result, assertions }) },
    );
  }
  return finished;
}
