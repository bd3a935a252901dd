/** A report as the editor shows it: stored, or filling while a run goes on. Texts of cases are asked for one case at a time. */
import type { Estimate } from './documents.js';
import type { CaseResult, EvalColumn, EvalStats } from './evalDocument.js';
import type { EvalHead, EvalRows } from './evalRows.js';

export interface EvalView {
  head: EvalHead;
  rows: EvalRows;
  running: boolean;
  /** Cells that a later run of a part of the suite replaced; the others are of the run before. */
  rerun: number[];
}

/** What came since the view or the delta before it. Lists of equal length, one entry a cell; `at` is its place in the rows. */
export interface EvalDelta {
  suite: string;
  /** The view that it belongs to: `head.run`. */
  run: string;
  columns: EvalColumn[];
  stats: EvalStats;
  passRate: Estimate | null;
  /** Cases that were not there before, behind those that were. */
  cases: EvalRows['cases'];
  at: number[];
  case: number[];
  column: number[];
  repeat: number[];
  status: string;
  score: (number | null)[];
  /** The view has cells of an earlier run, so those of this delta are run again. */
  again: boolean;
}

/** Puts what came into `view`, in place. False where the delta belongs to another view, which then has to be asked for. */
export function applyDelta(view: EvalView, delta: EvalDelta): boolean {
  const { head, rows } = view;
  if (head.report.suite !== delta.suite || head.run !== delta.run || delta.at.some((at, index) => at > rows.case.length + index))
    return false;
  rows.cases.push(...delta.cases);
  const status = Array.from(rows.status);
  const rerun = new Set(view.rerun);
  for (const [index, at] of delta.at.entries()) {
    rows.case[at] = delta.case[index] ?? 0;
    rows.column[at] = delta.column[index] ?? 0;
    rows.repeat[at] = delta.repeat[index] ?? 1;
    rows.score[at] = delta.score[index] ?? null;
    status[at] = delta.status[index] ?? 'e';
    if (delta.again) rerun.add(at);
  }
  rows.status = status.join('');
  view.rerun = [...rerun];
  head.cells = rows.case.length;
  head.report = { ...head.report, columns: delta.columns, stats: delta.stats, passRate: delta.passRate };
  return true;
}

/** What a column sends for a case, as prompt and suite are now. */
export interface RenderedCase {
  column: string;
  messages: { role: string; text: string }[] | null;
  /** Why there are no messages. */
  problem: string | null;
  /** The prompt is another one now than it was in the run, where that is known. */
  changed: boolean;
}

/** Everything about the cells of one case that were asked for, in their order. */
export interface EvalCaseDetail {
  results: (CaseResult | null)[];
  rendered: RenderedCase[];
}

/** One whole run of a suite in its history, the oldest first. */
export interface SuiteRunEntry {
  time: string;
  run: string;
  columns: { prompt: string; version: string; provider: string; passRate: Estimate | null; n: number }[];
}

/** Result of `ratchet/eval/run`: the reports without their cases, which the host asks for as it needs them. */
export interface EvalOutcome {
  run: string;
  complete: boolean;
  suites: { suite: string; cells: number; passed: number; failed: number; errored: number }[];
  /** The one reason for which every answer is an error. */
  cause: { code: string; message: string; provider: string } | null;
}

/** What a run would do, as it is told before money is spent. */
export interface EvalPlanView {
  /** Without those whose answer is in the cache. */
  requests: number;
  /** The most that models which judge are asked; not in `requests` and not in `cost`. */
  judgeRequests: number;
  /** Models on other machines that would be asked. */
  remote: string[];
  /** `null` where a price is not known. */
  cost: number | null;
}
