import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { coalesce } from '../../shared/async.js';
import { Methods, type SuiteInfo } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import { FailureError } from '../failure.js';
import type { Log } from '../log.js';
import type { Activity } from '../views/activity.js';
import type { EvaluationPanel } from '../webviews/evaluationPanel.js';
import { showRun } from '../webviews/evaluationRun.js';
import { CaseOutcomes } from './outcome.js';
import { TestTree } from './testTree.js';

/** Suites and their cases in Test Explorer. Discovery and results come from the server; runs wait for each other. */
export class Tests implements vscode.Disposable {
  readonly controller = vscode.tests.createTestController('promptRatchet', vscode.l10n.t('Prompt Suites'));
  readonly profile: vscode.TestRunProfile;
  private readonly tree = new TestTree(this.controller);
  private readonly subscriptions: vscode.Disposable[];
  private readonly discover: () => Promise<void>;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly activity: Activity,
    private readonly evaluation: EvaluationPanel,
    private readonly log: Log,
  ) {
    this.discover = coalesce(() => this.load());
    this.controller.resolveHandler = (item) => (item === undefined ? this.discover() : Promise.resolve());
    this.controller.refreshHandler = () => this.discover();
    this.profile = this.controller.createRunProfile(
      vscode.l10n.t('Evaluate'),
      vscode.TestRunProfileKind.Run,
      (request, token) => this.enqueue(request, token),
      true,
    );
    this.subscriptions = [
      client.onChanged(({ what }) => {
        if (!what.includes('suites') && !what.includes('prompts')) return;
        this.discover().catch((error: unknown) => {
          this.log.error('Suites not read', error);
        });
      }),
    ];
  }

  private async load(): Promise<void> {
    const answer = await this.client.request(Methods.suites, {});
    if (answer.ok) this.tree.update(answer.value);
    else this.log.warn(`Suites not read: ${answer.error.message}`);
  }

  /** One run at a time: two would fight over the model and each other's progress. */
  private enqueue(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const next = this.queue.then(() => this.execute(request, token));
    this.queue = next.catch((error: unknown) => {
      this.log.error('Test run failed', error);
    });
    return next;
  }

  private async execute(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    try {
      const selected = this.tree.selected(request);
      for (const cases of selected.values()) for (const item of cases.values()) run.enqueued(item);
      for (const [suite, cases] of selected) {
        if (token.isCancellationRequested) break;
        await this.activity.during(vscode.l10n.t('Evaluating {0}', suite.suite), () => this.runSuite(run, suite, cases, token));
      }
    } finally {
      run.end();
    }
  }

  private async runSuite(
    run: vscode.TestRun,
    suite: SuiteInfo,
    cases: Map<string, vscode.TestItem>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const runId = randomUUID();
    for (const item of cases.values()) run.started(item);
    const cancel = token.onCancellationRequested(() => {
      void this.client.request(Methods.cancel, { runId });
    });
    try {
      const all = cases.size === suite.cases.length;
      const document = await showRun(this.client, this.evaluation, { runId, open: false }, () =>
        this.client.ask(Methods.evalRun, { runId, suites: [suite.suite], ...(all ? {} : { cases: [...cases.keys()] }) }),
      );
      const outcomes = new CaseOutcomes();
      for (const report of document.suites) for (const result of report.cases) outcomes.add(result);
      for (const [id, item] of cases) outcomes.report(run, item, id);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (error.code === 'CANCELLED') return;
      // One fault, told once per case in its place; no notification beside it.
      for (const item of cases.values()) run.errored(item, new vscode.TestMessage(error.message));
    } finally {
      cancel.dispose();
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.controller.dispose();
  }
}
