import * as vscode from 'vscode';
import { Commands, Views } from '../../shared/ids.js';
import { Methods, type FeedbackListParams } from '../../shared/protocol.js';
import { feedbackMessage } from '../../shared/webviewGuards.js';
import type { FromFeedbackPage, ToFeedbackPage } from '../../shared/webviewProtocol.js';
import { pageHtml, pageOptions } from './html.js';
import type { PageServices } from './services.js';

const SIGNALS = [
  'explicit.thumb',
  'explicit.rating',
  'explicit.comment',
  'explicit.correction',
  'implicit.accept',
  'implicit.copy',
  'implicit.edit',
  'implicit.regenerate',
  'implicit.abandon',
  'review.score',
  'judge.score',
  'system.error',
  'system.retry',
];

/** Host of the Feedback view. It keeps the filter, so that a page that was hidden comes back as it was. */
export class FeedbackView implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | null = null;
  private filter: FeedbackListParams = {};

  constructor(private readonly services: PageServices) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = pageOptions(this.services.extensionUri);
    view.webview.onDidReceiveMessage((raw: unknown) => {
      const message = feedbackMessage(raw);
      if (message === null) this.services.log.warn('The Feedback page sent a message of unknown shape; it was dropped.');
      else
        this.receive(message).catch((error: unknown) => {
          this.services.log.error(error instanceof Error ? error : String(error));
        });
    });
    view.onDidChangeVisibility(() => {
      if (view.visible) void this.sendState();
    });
    view.onDidDispose(() => {
      this.view = null;
    });
    view.webview.html = pageHtml(view.webview, this.services.extensionUri, 'feedback', 'Feedback');
  }

  /** Shows the feedback of one prompt (or all): from the tree, the lens and the quick fix. */
  async show(filter: FeedbackListParams): Promise<void> {
    this.filter = filter;
    await vscode.commands.executeCommand(`${Views.feedback}.focus`);
    await this.sendState();
  }

  /** Scores changed: the page asks again with its own filter. */
  refresh(): void {
    if (this.view?.visible === true) void this.sendState();
  }

  private async receive(message: FromFeedbackPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        await this.sendState();
        return;
      case 'query': {
        const { cursor, limit: _limit, ...filter } = message.filter;
        this.filter = filter;
        const result = await this.services.request(Methods.feedbackList, message.filter);
        this.post(
          result.ok
            ? { type: 'page', request: message.request, document: result.value, append: cursor !== undefined }
            : { type: 'failed', request: message.request, message: result.error.message },
        );
        return;
      }
      case 'open': {
        const result = await this.services.request(Methods.feedbackDetail, { id: message.id });
        if (result.ok) this.post({ type: 'detail', detail: result.value });
        else void vscode.window.showWarningMessage(result.error.message);
        return;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'connect':
        await vscode.commands.executeCommand(Commands.connectSource);
    }
  }

  private async sendState(): Promise<void> {
    const result = await this.services.request(Methods.prompts, {});
    const prompts = result.ok ? result.value.prompts : [];
    const chosen = prompts.find((prompt) => prompt.id === this.filter.prompt);
    const history = chosen === undefined ? null : await this.services.request(Methods.promptScore, { prompt: chosen.id });
    const versions = history?.ok === true ? history.value.versions.flatMap((item) => (item.version === null ? [] : [item.version])) : [];
    this.post({
      type: 'state',
      filter: this.filter,
      prompts: prompts.map((prompt) => prompt.id),
      versions,
      signals: SIGNALS,
      sources: result.ok ? result.value.sources : 0,
      trusted: vscode.workspace.isTrusted,
      error: result.ok ? null : result.error.message,
    });
    if (this.view !== null) this.view.description = this.filter.prompt ?? '';
  }

  private post(message: ToFeedbackPage): void {
    void this.view?.webview.postMessage(message);
  }
}
