import * as vscode from 'vscode';
import type { EvalDelta, EvalView } from '../../shared/evalView.js';
import { Commands } from '../../shared/ids.js';
import { Methods } from '../../shared/protocol.js';
import { evaluationMessage } from '../../shared/webviewGuards.js';
import type { FromEvaluationPage, ToEvaluationPage } from '../../shared/webviewProtocol.js';
import { pageHtml, pageOptions } from './html.js';
import type { PageServices } from './services.js';

const viewType = 'promptRatchet.evaluation';
const nothingYet = 'No evaluation has run yet. Run a suite to see its cases here.';

/** Runs as the server tells of them, whoever started them. */
export interface RunEvents {
  readonly onEvalBegun: vscode.Event<{ runId: string; view: EvalView }>;
  readonly onEvalDelta: vscode.Event<{ runId: string; delta: EvalDelta }>;
  readonly onEvalEnded: vscode.Event<{ runId: string; suites: string[] }>;
}

/** What the page asks for that is done elsewhere. */
export interface EvaluationActions {
  /** Opens a case in its suite file. */
  reveal(suite: string, caseId: string): Promise<void>;
  /** Opens a workspace file at an offset, or at a line from 1. */
  place(file: string, start: number | null, line: number | null): Promise<void>;
}

/** The *Evaluation* editor tab: one for the window. Reports stay with the server; the page is given what it shows. */
export class EvaluationPanel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  private panel: vscode.WebviewPanel | null = null;
  /** Suites that can be chosen in the tab, and the one that is shown. */
  private suites: string[] = [];
  private suite: string | null = null;
  private runId: string | null = null;
  /** Runs that open the tab when they begin. */
  private readonly opening = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly services: PageServices,
    runs: RunEvents,
    private readonly actions: EvaluationActions,
  ) {
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(viewType, this),
      runs.onEvalBegun(({ runId, view }) => {
        this.begun(runId, view);
      }),
      runs.onEvalDelta(({ delta }) => {
        if (delta.suite === this.suite) this.post({ type: 'delta', delta });
      }),
      runs.onEvalEnded(({ runId, suites }) => {
        this.opening.delete(runId);
        if (this.suite !== null && suites.includes(this.suite)) this.quietly(this.refresh());
      }),
    ];
  }

  /** The tab opens when this run begins; once, since whoever closes it meanwhile wants it closed. */
  openWith(runId: string): void {
    this.opening.add(runId);
  }

  /** Opens the tab with the last report of a suite, without taking the focus from where the user is typing. */
  async show(suite: string): Promise<void> {
    if (!this.suites.includes(suite)) this.suites = [suite];
    this.suite = suite;
    this.open();
    await this.refresh();
  }

  /** After a reload of the window: the page says which suite it showed. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Thenable<void> {
    const suite = typeof state === 'object' && state !== null && 'suite' in state && typeof state.suite === 'string' ? state.suite : null;
    this.suite ??= suite;
    if (suite !== null && !this.suites.includes(suite)) this.suites = [...this.suites, suite];
    panel.webview.options = pageOptions(this.services.extensionUri);
    this.attach(panel);
    return Promise.resolve();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.panel?.dispose();
  }

  private begun(runId: string, view: EvalView): void {
    const { suite } = view.head.report;
    const asked = this.opening.has(runId);
    if (asked && runId !== this.runId) {
      this.suites = [suite];
      this.suite = suite;
      this.runId = runId;
      this.open();
    } else if (!this.suites.includes(suite)) this.suites = [...this.suites, suite];
    // A run in the background does not take the tab from the suite that somebody reads.
    this.suite ??= suite;
    if (this.suite === suite) this.post({ type: 'view', suites: this.suites, view, history: [] });
  }

  private open(): void {
    if (this.panel !== null) {
      this.panel.reveal(undefined, true);
      return;
    }
    this.attach(
      vscode.window.createWebviewPanel(
        viewType,
        vscode.l10n.t('Evaluation'),
        { viewColumn: vscode.ViewColumn.Active, preserveFocus: true },
        pageOptions(this.services.extensionUri),
      ),
    );
  }

  private attach(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.services;
    this.panel?.dispose();
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = evaluationMessage(raw);
      if (message === null) this.services.log.warn('The Evaluation page sent a message of unknown shape; it was dropped.');
      else this.quietly(this.receive(message));
    });
    panel.onDidChangeViewState(() => {
      // A hidden page is gone, and says that it is ready when it is there again; one that was only covered missed messages.
      if (panel.visible) this.quietly(this.refresh());
    });
    panel.onDidDispose(() => {
      if (this.panel === panel) this.panel = null;
    });
    this.panel = panel;
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'evaluation', 'Evaluation');
  }

  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  private async refresh(): Promise<void> {
    const { suite } = this;
    if (this.panel === null) return;
    if (suite === null) {
      this.post({ type: 'empty', message: nothingYet });
      return;
    }
    const [view, history] = await Promise.all([
      this.services.request(Methods.evalView, { suite }),
      this.services.request(Methods.suiteHistory, { suite }),
    ]);
    if (this.suite !== suite) return;
    if (!view.ok) this.post({ type: 'empty', message: view.error.message });
    else if (view.value === null) this.post({ type: 'empty', message: nothingYet });
    else this.post({ type: 'view', suites: this.suites, view: view.value, history: history.ok ? history.value : [] });
  }

  private async receive(message: FromEvaluationPage): Promise<void> {
    const { services } = this;
    switch (message.type) {
      case 'ready':
        await this.refresh();
        return;
      case 'suite':
        // The page may remember a suite that this window has not shown yet.
        if (!this.suites.includes(message.suite)) {
          if (this.suite !== null) return;
          this.suites = [message.suite];
        }
        this.suite = message.suite;
        await this.refresh();
        return;
      case 'run':
        await vscode.commands.executeCommand(Commands.runSuite, {
          suite: message.suite,
          ...(message.cases === null ? {} : { cases: message.cases }),
        });
        return;
      case 'runWith':
        await vscode.commands.executeCommand(Commands.runSuiteWith, { suite: message.suite });
        return;
      case 'detail': {
        const { suite, run, cells } = message;
        const answer = await services.request(Methods.evalCells, { suite, run, cells, rendered: true });
        const gone = answer.ok && answer.value.results.every((result) => result === null);
        this.post({
          ...{ type: 'detail', request: message.request, detail: answer.ok && !gone ? answer.value : null },
          message: !answer.ok
            ? answer.error.message
            : gone
              ? 'These answers are not there any more: the suite has run again. Show its last evaluation anew.'
              : null,
        });
        return;
      }
      case 'search': {
        const { suite, run, text } = message;
        const answer = await services.request(Methods.evalSearch, { suite, run, text });
        if (answer.ok) this.post({ type: 'found', request: message.request, cells: answer.value });
        return;
      }
      case 'reveal':
        await this.actions.reveal(message.suite, message.caseId);
        return;
      case 'place':
        await this.actions.place(message.file, message.start, message.line);
        return;
      case 'addToSuite':
        await vscode.commands.executeCommand(Commands.addToSuite, { suite: message.suite, run: message.run, cell: message.cell });
        return;
      case 'export':
        await vscode.commands.executeCommand(Commands.exportEvaluation, message);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
    }
  }

  private post(message: ToEvaluationPage): void {
    void this.panel?.webview.postMessage(message);
  }
}
