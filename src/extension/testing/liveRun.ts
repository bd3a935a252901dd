import type * as vscode from 'vscode';
import type { EvalColumn } from '../../shared/evalDocument.js';
import { applyDelta, type EvalDelta, type EvalView } from '../../shared/evalView.js';
import { Methods } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import { CaseOutcomes } from './outcome.js';
import type { TestTree } from './testTree.js';

/** Answers that are asked for at once. */
const batch = 50;
/** Answers of a run that Test Explorer gets with their texts; beyond, those that passed have their mark alone. */
const mostTexts = 2000;
/** Runs of at most so many answers show what was sent as well. */
const mostRendered = 50;

/** A run in Test Explorer as the server tells of it: marks come while it goes on. */
export class LiveRun {
  private readonly views = new Map<string, EvalView>();
  private readonly outcomes = new CaseOutcomes();
  /** Items without a result yet. */
  private readonly waiting = new Set<vscode.TestItem>();
  private texts = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(
    readonly run: vscode.TestRun,
    private readonly client: Client,
    private readonly tree: TestTree,
  ) {}

  /** Cases that are going to run. */
  expect(items: Iterable<vscode.TestItem>): void {
    for (const item of items) {
      this.waiting.add(item);
      this.run.enqueued(item);
    }
  }

  begun(view: EvalView): void {
    // Its own copy: the tab changes the one that it was given.
    this.views.set(view.head.report.suite, structuredClone(view));
    this.tree.dropColumns(view.head.report.suite, view.head.report.columns);
    for (const item of this.waiting) this.run.started(item);
  }

  delta(delta: EvalDelta): void {
    const view = this.views.get(delta.suite);
    if (view === undefined || !applyDelta(view, delta)) return;
    const { columns } = view.head.report;
    const wanted: number[] = [];
    for (const cell of delta.at) {
      const column = columns[view.rows.column[cell] ?? 0];
      const id = view.rows.cases[view.rows.case[cell] ?? 0]?.id;
      // Answers of an earlier version are no outcome of the suite.
      if (column === undefined || id === undefined || column.baselineOf !== undefined) continue;
      const item = this.itemOf(delta.suite, id, columns, column);
      if (item === undefined) continue;
      this.reached(item);
      if (view.rows.status[cell] === 'p' && this.texts >= mostTexts) this.run.passed(item);
      else {
        this.texts++;
        wanted.push(cell);
      }
    }
    this.work = this.work.then(() => this.tell(view, wanted));
  }

  /** Every mark is set, and what was not reached is skipped. */
  async end(): Promise<void> {
    await this.work;
    for (const item of this.waiting) this.run.skipped(item);
    this.run.end();
  }

  /** Waits for the marks of what came so far. */
  async settle(): Promise<void> {
    await this.work;
  }

  /** One fault, told once for each case in its place. */
  fail(message: vscode.TestMessage): void {
    for (const item of this.waiting) this.run.errored(item, message);
    this.waiting.clear();
  }

  private reached(item: vscode.TestItem): void {
    this.waiting.delete(item);
    if (item.parent !== undefined) this.waiting.delete(item.parent);
  }

  private itemOf(suite: string, id: string, columns: readonly EvalColumn[], column: EvalColumn): vscode.TestItem | undefined {
    const own = columns.filter(({ baselineOf }) => baselineOf === undefined);
    return this.tree.cellOf(suite, id, own, column);
  }

  /** The suite has run again meanwhile: the verdict is known, its reasons are gone. */
  private markOnly(item: vscode.TestItem, letter: string): void {
    if (letter === 'p') this.run.passed(item);
    else if (letter === 'f') this.run.failed(item, []);
    else this.run.errored(item, []);
  }

  private async tell(view: EvalView, cells: readonly number[]): Promise<void> {
    const { report, run } = view.head;
    const rendered = this.texts <= mostRendered;
    const size = rendered ? 1 : batch;
    for (let from = 0; from < cells.length; from += size) {
      const part = cells.slice(from, from + size);
      const answer = await this.client.request(Methods.evalCells, { suite: report.suite, run, cells: part, rendered });
      for (const [index, cell] of part.entries()) {
        const column = report.columns[view.rows.column[cell] ?? 0];
        const id = view.rows.cases[view.rows.case[cell] ?? 0]?.id ?? '';
        const item = column === undefined ? undefined : this.itemOf(report.suite, id, report.columns, column);
        if (item === undefined) continue;
        const result = answer.ok ? (answer.value.results[index] ?? null) : null;
        const sent = answer.ok ? answer.value.rendered.find((entry) => entry.column === column?.id) : undefined;
        if (result !== null) this.outcomes.add(this.run, item, result, sent);
        else this.markOnly(item, view.rows.status[cell] ?? 'e');
      }
    }
  }
}
