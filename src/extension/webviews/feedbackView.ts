import * as vscode from 'vscode';
import { Commands, Views } from '../../shared/ids.js';
import { Methods } from '../../shared/protocol.js';
import { knownSignals } from '../../shared/words.js';
import { feedbackMessage } from '../../shared/webviewGuards.js';
import type { FilterChoices, FromFeedbackPage, ToFeedbackPage, ViewFilter } from '../../shared/webviewProtocol.js';
import { withoutName } from '../views/promptText.js';
import { pageHtml, pageOptions } from './html.js';
import type { PageServices } from './services.js';

type State = Extract<ToFeedbackPage, { type: 'state' }>;

/** Host of the Feedback view. It keeps the filter, so that a page that was hidden comes back as it was. */
export class FeedbackView implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | null = null;
  private filter: ViewFilter = {};
  private asked = 0;
  /** Rows that are on their way to the page, by the page's number. */
  private readonly questions = new Map<number, vscode.CancellationTokenSource>();

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
      if (view.visible) this.refresh();
      else this.callBack();
    });
    view.onDidDispose(() => {
      this.callBack();
      this.view = null;
    });
    view.webview.html = pageHtml(view.webview, this.services.extensionUri, 'feedback', 'Feedback');
  }

  /** Shows the feedback of one prompt (or all): from the tree, the lens and the quick fix. */
  async show(filter: ViewFilter): Promise<void> {
    this.filter = filter;
    this.asked++;
    await vscode.commands.executeCommand(`${Views.feedback}.focus`);
    await this.sendState();
  }

  /** Scores or sources changed: the page asks again with its own filter. */
  refresh(): void {
    if (this.view?.visible !== true) return;
    this.sendState().catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  /** How the sources are doing changed; the rows did not. */
  refreshSources(): void {
    if (this.view?.visible !== true) return;
    this.sources()
      .then(({ sources, failing, waiting }) => {
        this.post({ type: 'sources', sources, failing, waiting });
      })
      .catch((error: unknown) => {
        this.services.log.error(error instanceof Error ? error : String(error));
      });
  }

  private async receive(message: FromFeedbackPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.callBack();
        await this.sendState();
        return;
      case 'query':
        await this.query(message);
        return;
      case 'cancel':
        this.questions.get(message.request)?.cancel();
        return;
      case 'filter': {
        const before = this.filter.prompt;
        this.filter = message.filter;
        this.describe();
        if (before !== message.filter.prompt) this.post({ type: 'choices', choices: await this.choices() });
        return;
      }
      case 'open': {
        const result = await this.services.request(Methods.feedbackDetail, { id: message.id });
        if (result.ok) this.post({ type: 'detail', id: message.id, detail: result.value });
        else void vscode.window.showWarningMessage(result.error.message);
        return;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'connect':
        await vscode.commands.executeCommand(Commands.connectSource);
        return;
      case 'trust':
        await vscode.commands.executeCommand('workbench.trust.manage');
        return;
      case 'log':
        await vscode.commands.executeCommand(Commands.showLog);
        return;
      case 'test':
        await vscode.commands.executeCommand(Commands.testSource, { source: message.source });
        return;
      case 'addToSuite':
        await vscode.commands.executeCommand(Commands.addToSuite, { feedback: message.id });
        return;
      case 'openSource':
        await this.openSource(message.id);
        return;
      case 'showLine':
        await this.showLine(message.id);
    }
  }

  private async query({ request, filter }: Extract<FromFeedbackPage, { type: 'query' }>): Promise<void> {
    const source = new vscode.CancellationTokenSource();
    this.questions.set(request, source);
    try {
      const result = await this.services.request(Methods.feedbackList, filter, source.token);
      if (source.token.isCancellationRequested) return;
      this.post(result.ok ? { type: 'page', request, document: result.value } : { type: 'failed', request, message: result.error.message });
    } finally {
      this.questions.delete(request);
      source.dispose();
    }
  }

  private callBack(): void {
    for (const source of this.questions.values()) source.cancel();
  }

  /** The address comes from a log or a server: it is looked up anew, and opened only after a person saw whose it is. */
  private async openSource(id: string): Promise<void> {
    const result = await this.services.request(Methods.feedbackDetail, { id });
    const url = result.ok ? result.value?.url : null;
    if (url == null) return;
    const uri = vscode.Uri.parse(url, true);
    if (uri.scheme !== 'http' && uri.scheme !== 'https') return;
    const open = vscode.l10n.t('Open in Browser');
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('Open this record at {0}?', new URL(url).host),
      { modal: true, detail: url.length > 300 ? `${url.slice(0, 299)}…` : url },
      open,
    );
    if (choice === open) await vscode.env.openExternal(uri);
  }

  private async showLine(id: string): Promise<void> {
    const result = await this.services.request(Methods.feedbackDetail, { id });
    const detail = result.ok ? result.value : null;
    if (detail?.file == null || detail.row.line === null) return;
    const place = new vscode.Position(detail.row.line - 1, 0);
    try {
      await vscode.window.showTextDocument(vscode.Uri.file(detail.file), { selection: new vscode.Range(place, place) });
    } catch {
      // VS Code opens no file over 50 MB in its ordinary editor; the number of the line still helps.
      void vscode.window.showWarningMessage(
        vscode.l10n.t('{0} could not be opened here. The record is line {1} of it.', detail.file, detail.row.line),
      );
    }
  }

  private async choices(): Promise<FilterChoices> {
    const { services } = this;
    const [prompts, known] = await Promise.all([services.request(Methods.prompts, {}), services.request(Methods.feedbackChoices, {})]);
    const { prompt } = this.filter;
    const history = prompt === undefined ? null : await services.request(Methods.promptScore, { prompt });
    return {
      prompts: prompts.ok ? prompts.value.prompts.map(({ id }) => id) : [],
      versions: history?.ok === true ? history.value.versions.flatMap(({ version }) => version ?? []) : [],
      signals: [...knownSignals],
      attributes: known.ok ? known.value.attributes : [],
      sources: known.ok ? known.value.sources : [],
    };
  }

  private async sources(): Promise<Pick<State, 'sources' | 'failing' | 'waiting' | 'error'>> {
    const answer = await this.services.request(Methods.sources, {});
    const list = answer.ok ? answer.value : [];
    return {
      sources: list.length,
      failing: list.flatMap(({ name, state, message }) =>
        state === 'failing' && message !== null ? [{ name, message: withoutName(message, name) }] : [],
      ),
      waiting: list.flatMap(({ name, state }) => (state === 'waiting' ? [name] : [])),
      error: answer.ok ? null : answer.error.message,
    };
  }

  private async sendState(): Promise<void> {
    const [choices, sources] = await Promise.all([this.choices(), this.sources()]);
    this.post({ type: 'state', filter: this.filter, asked: this.asked, choices, ...sources });
    this.describe();
  }

  private describe(): void {
    if (this.view !== null) this.view.description = this.filter.prompt ?? '';
  }

  private post(message: ToFeedbackPage): void {
    void this.view?.webview.postMessage(message);
  }
}
