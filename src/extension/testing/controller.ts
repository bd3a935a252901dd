import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { coalesce } from '../../shared/async.js';
import { Methods, type SuiteInfo } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import { FailureError } from '../failure.js';
import type { Log } from '../log.js';
import type { Activity } from '../views/activity.js';
import { LiveRun } from './liveRun.js';
import { TestTree } from './testTree.js';

/** Suites and their cases in Test Explorer. Discovery and results come from the server; runs wait for each other. */
export class Tests implements vscode.Disposable {
  readonly controller = vscode.tests.createTestController('promptRatchet', vscode.l10n.t('Prompt Suites'));
  readonly profile: vscode.TestRunProfile;
  private readonly tree = new TestTree(this.controller);
  private readonly subscriptions: vscode.Disposable[];
  private readonly discover: () => Promise<void>;
  /** Runs under way, ours and those that were begun elsewhere. */
  private readonly live = new Map<string, LiveRun>();
  /** What runs by itself when a file is saved. */
  private readonly watching = new Set<vscode.TestRunRequest>();
  private suites: readonly SuiteInfo[] = [];
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly activity: Activity,
    private readonly log: Log,
  ) {
    this.discover = coalesce(() => this.load());
    this.controller.resolveHandler = (item) => (item === undefined ? this.discover() : Promise.resolve());
    this.controller.refreshHandler = () => this.discover();
    this.profile = this.controller.createRunProfile(
      vscode.l10n.t('Evaluate'),
      vscode.TestRunProfileKind.Run,
      (request, token) => (request.continuous === true ? this.watch(request, token) : this.enqueue(request, token)),
      true,
    );
    this.profile.supportsContinuousRun = true;
    this.subscriptions = [
      client.onChanged(({ what }) => {
        if (what.includes('suites') || what.includes('prompts')) this.quietly('Suites not read', this.discover());
      }),
      client.onEvalBegun(({ runId, view }) => {
        const run = this.live.get(runId) ?? this.elsewhere(runId);
        run.begun(view);
      }),
      client.onEvalDelta(({ runId, delta }) => {
        this.live.get(runId)?.delta(delta);
      }),
      client.onEvalEnded(({ runId }) => {
        const run = this.live.get(runId);
        // Ours end when their request is answered.
        if (run === undefined || this.own.has(runId)) return;
        this.live.delete(runId);
        this.quietly('Test run not ended', run.end());
      }),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (this.watching.size > 0) this.quietly('Saved file not evaluated', this.saved(document.uri.fsPath));
      }),
    ];
  }

  /** Ids of the runs that Test Explorer itself asked for. */
  private readonly own = new Set<string>();

  private quietly(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.log.error(what, error);
    });
  }

  private async load(): Promise<void> {
    const answer = await this.client.request(Methods.suites, {});
    if (answer.ok) {
      this.suites = answer.value;
      this.tree.update(answer.value);
    } else this.log.warn(`Suites not read: ${answer.error.message}`);
  }

  /** *Evaluate*, *Run Suite* and the tab: their results stand in Test Explorer and in the gutter as well. */
  private elsewhere(runId: string): LiveRun {
    const request = new vscode.TestRunRequest(undefined, undefined, this.profile);
    const run = new LiveRun(this.controller.createTestRun(request, vscode.l10n.t('Evaluation')), this.client, this.tree);
    this.live.set(runId, run);
    return run;
  }

  private watch(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    this.watching.add(request);
    token.onCancellationRequested(() => {
      this.watching.delete(request);
    });
    return Promise.resolve();
  }

  /** Runs what is watched and depends on the saved file: the suite itself, a file of its cases, or its prompt. */
  private async saved(path: string): Promise<void> {
    const prompts = await this.client.request(Methods.prompts, {});
    const root = this.client.folder?.uri.fsPath ?? '';
    const changed = prompts.ok
      ? prompts.value.prompts.filter(({ file }) => vscode.Uri.file(`${root}/${file}`).fsPath === path).map(({ id }) => id)
      : [];
    const touched = (suite: SuiteInfo): boolean =>
      suite.file === path || suite.cases.some(({ file }) => file === path) || suite.prompts.some((id) => changed.includes(id));
    await this.discover();
    const names = new Set(this.suites.filter(touched).map(({ suite }) => suite));
    if (names.size === 0) return;
    for (const request of this.watching) {
      const include: vscode.TestItem[] = [];
      for (const [suite, cases] of this.tree.selected(request)) if (names.has(suite.suite)) include.push(...cases.values());
      if (include.length === 0) continue;
      const source = new vscode.CancellationTokenSource();
      await this.enqueue(new vscode.TestRunRequest(include, request.exclude, this.profile, true), source.token);
      source.dispose();
    }
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
    const live = new LiveRun(run, this.client, this.tree);
    // The run's own button ends it as well, which for a continuous one is the only way.
    const stop = new vscode.CancellationTokenSource();
    const listeners = [token, run.token].map((source) =>
      source.onCancellationRequested(() => {
        stop.cancel();
      }),
    );
    try {
      const selected = this.tree.selected(request);
      for (const cases of selected.values()) live.expect(cases.values());
      for (const [suite, cases] of selected) {
        if (stop.token.isCancellationRequested) break;
        await this.activity.during(vscode.l10n.t('Evaluating {0}', suite.suite), () => this.runSuite(live, suite, cases, stop.token));
      }
    } finally {
      for (const listener of [...listeners, stop]) listener.dispose();
      await live.end();
    }
  }

  private async runSuite(
    live: LiveRun,
    suite: SuiteInfo,
    cases: Map<string, vscode.TestItem>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const runId = randomUUID();
    this.live.set(runId, live);
    this.own.add(runId);
    const cancel = token.onCancellationRequested(() => {
      void this.client.request(Methods.cancel, { runId });
    });
    try {
      const all = cases.size === suite.cases.length;
      await this.client.ask(Methods.evalRun, { runId, suites: [suite.suite], ...(all ? {} : { cases: [...cases.keys()] }) });
      await live.settle();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      if (error.code === 'CANCELLED') return;
      // One fault, told once per case in its place; no notification beside it.
      live.fail(new vscode.TestMessage(error.message));
    } finally {
      cancel.dispose();
      this.live.delete(runId);
      this.own.delete(runId);
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.controller.dispose();
  }
}
