import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Methods } from '../../shared/protocol.js';
import { historyMessage } from '../../shared/webviewGuards.js';
import type { FromHistoryPage, ToHistoryPage } from '../../shared/webviewProtocol.js';
import { pageHtml, pageOptions } from './html.js';
import type { PageServices } from './services.js';

/** *History* of one prompt: versions, their scores, Diff and Restore. One tab a prompt. */
export class HistoryPanels {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly services: PageServices,
    /** Opens a diff editor between two versions; `null` = the empty text. */
    private readonly diff: (prompt: string, from: string, to: string) => Promise<void>,
  ) {}

  async open(prompt: string): Promise<void> {
    const existing = this.panels.get(prompt);
    if (existing !== undefined) {
      existing.reveal();
      await this.refresh(prompt);
      return;
    }
    const { extensionUri, log } = this.services;
    const panel = vscode.window.createWebviewPanel(
      'promptRatchet.history',
      vscode.l10n.t('History: {0}', prompt),
      vscode.ViewColumn.Active,
      pageOptions(extensionUri),
    );
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = historyMessage(raw);
      if (message === null) log.warn('The History page sent a message of unknown shape; it was dropped.');
      else
        this.receive(prompt, message).catch((error: unknown) => {
          log.error(error instanceof Error ? error : String(error));
        });
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) void this.refresh(prompt);
    });
    panel.onDidDispose(() => {
      this.panels.delete(prompt);
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'history', 'History');
    this.panels.set(prompt, panel);
  }

  /** Versions or scores changed. */
  refreshAll(): void {
    for (const [prompt, panel] of this.panels) if (panel.visible) void this.refresh(prompt);
  }

  dispose(): void {
    for (const panel of [...this.panels.values()]) panel.dispose();
  }

  private async receive(prompt: string, message: FromHistoryPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        await this.refresh(prompt);
        return;
      case 'diff':
        if (message.against !== null) await this.diff(prompt, message.against, message.version);
        return;
      case 'restore':
        await vscode.commands.executeCommand(Commands.rollback, { prompt, to: message.version });
    }
  }

  private async refresh(prompt: string): Promise<void> {
    const panel = this.panels.get(prompt);
    if (panel === undefined) return;
    const [history, prompts] = await Promise.all([
      this.services.request(Methods.history, { prompt }),
      this.services.request(Methods.prompts, {}),
    ]);
    if (!history.ok) {
      void vscode.window.showWarningMessage(history.error.message);
      return;
    }
    const summary = prompts.ok ? prompts.value.prompts.find((item) => item.id === prompt) : undefined;
    const message: ToHistoryPage = {
      type: 'history',
      prompt,
      threshold: prompts.ok ? prompts.value.threshold : 0.7,
      current: summary?.version ?? null,
      entries: history.value.entries,
    };
    void panel.webview.postMessage(message);
    const found = await this.services.request(Methods.promptSegments, { prompt });
    const segments: ToHistoryPage | null = found.ok ? { type: 'segments', segments: found.value } : null;
    // The tab may be closed by now.
    if (segments !== null && this.panels.get(prompt) === panel) void panel.webview.postMessage(segments);
  }
}
