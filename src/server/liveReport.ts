/** A run as it fills: complete snapshots, at most a few times a second, so that whoever shows it depends on no earlier one. */
import { passRate, statsOf } from '../engine/evaluation/report.js';
import type { CaseResult, EvalColumn, EvalDocument } from '../shared/evalDocument.js';

/** Time between two snapshots; longer where there is much to send. */
const leastPauseMs = 250;
const pausePerCaseMs = 0.5;

interface SuiteSoFar {
  suite: string;
  columns: EvalColumn[];
  cases: CaseResult[];
  startedMs: number;
}

export class LiveReport {
  private readonly suites: SuiteSoFar[] = [];
  private timer: NodeJS.Timeout | null = null;
  private ended = false;

  constructor(
    private readonly runId: string,
    private readonly send: (document: EvalDocument) => void,
  ) {}

  /** A suite begins: told at once, so that a person sees where its answers will come. */
  start(suite: string, columns: EvalColumn[]): void {
    this.suites.push({ suite, columns, cases: [], startedMs: performance.now() });
    if (!this.ended) this.send(this.snapshot());
  }

  add(suite: string, result: CaseResult): void {
    this.suites.find((entry) => entry.suite === suite)?.cases.push(result);
    if (this.timer !== null || this.ended) return;
    const count = this.suites.reduce((sum, entry) => sum + entry.cases.length, 0);
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.send(this.snapshot());
      },
      Math.max(leastPauseMs, count * pausePerCaseMs),
    );
  }

  /** Nothing is sent any more: the result itself comes next. */
  end(): void {
    this.ended = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private snapshot(): EvalDocument {
    return {
      schema: 'promptratchet.eval/1',
      run: this.runId,
      complete: false,
      suites: this.suites.map(({ suite, columns, cases, startedMs }) => ({
        suite,
        columns: columns.map((column) => ({ ...column, passRate: passRate(cases.filter((result) => result.column === column.id)) })),
        stats: statsOf(cases, {
          requests: cases.filter((result) => !result.cached).length,
          seconds: (performance.now() - startedMs) / 1000,
          tokensIn: null,
          tokensOut: null,
        }),
        passRate: passRate(cases),
        cases: [...cases],
        metrics: {},
        health: [],
        baseline: null,
      })),
    };
  }
}
