import * as vscode from 'vscode';
import type { EvalDocument } from '../../shared/evalDocument.js';
import { Commands } from '../../shared/ids.js';
import { evaluationMessage } from '../../shared/webviewGuards.js';
import type { FromEvaluationPage, ToEvaluationPage } from '../../shared/webviewProtocol.js';
import { pageHtml, pageOptions } from './html.js';
import type { PageServices } from './services.js';

/** The *Evaluation* editor tab: one for the window, showing the last report it was given. */
export class EvaluationPanel {
  private panel: vscode.WebviewPanel | null = null;
  private last: ToEvaluationPage = { type: 'empty', message: 'No evaluation has run yet. Run a suite to see its cases here.' };

  constructor(
    private readonly services: PageServices,
    /** Opens a case in its suite file. */
    private readonly reveal: (suite: string, caseId: string) => Promise<void>,
  ) {}

  /** Opens the tab without taking the focus from where the user is typing. */
  open(): void {
    if (this.panel !== null) {
      this.panel.reveal(undefined, true);
      return;
    }
    const { extensionUri } = this.services;
    const panel = vscode.window.createWebviewPanel(
      'promptRatchet.evaluation',
      vscode.l10n.t('Evaluation'),
      { viewColumn: vscode.ViewColumn.Active, preserveFocus: true },
      pageOptions(extensionUri),
    );
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = evaluationMessage(raw);
      if (message === null) this.services.log.warn('The Evaluation page sent a message of unknown shape; it was dropped.');
      else
        this.receive(message).catch((error: unknown) => {
          this.services.log.error(error instanceof Error ? error : String(error));
        });
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) this.post(this.last);
    });
    panel.onDidDispose(() => {
      this.panel = null;
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'evaluation', 'Evaluation');
    this.panel = panel;
  }

  /** Complete snapshot each time: a hidden page misses messages, and the next one must not depend on them. */
  show(document: EvalDocument, running: boolean): void {
    const title = document.suites.map((suite) => suite.suite).join(', ');
    this.last =
      document.suites.length === 0
        ? { type: 'empty', message: 'No suite matches. Create one with Create an Evaluation Suite.' }
        : { type: 'report', title, document, running };
    this.post(this.last);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private async receive(message: FromEvaluationPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.post(this.last);
        return;
      case 'run':
        await vscode.commands.executeCommand(Commands.runSuite, {
          suite: message.suite,
          ...(message.cases === null ? {} : { cases: message.cases }),
        });
        return;
      case 'reveal':
        await this.reveal(message.suite, message.caseId);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
    }
  }

  private post(message: ToEvaluationPage): void {
    void this.panel?.webview.postMessage(message);
  }
}
