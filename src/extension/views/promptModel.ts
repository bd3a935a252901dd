import * as vscode from 'vscode';
import { coalesce } from '../../shared/async.js';
import { ContextKeys } from '../../shared/ids.js';
import { Methods, type PromptsResult, type PromptSummary } from '../../shared/protocol.js';
import type { SourceStatus } from '../../shared/sourceProtocol.js';
import type { Client } from '../client/client.js';
import type { Log } from '../log.js';

/** The prompts as last told by the server: tree, status bar, pickers and context keys read them from here. */
export class PromptModel implements vscode.Disposable {
  private readonly updated = new vscode.EventEmitter<void>();
  readonly onDidUpdate = this.updated.event;
  private readonly sourcesUpdated = new vscode.EventEmitter<void>();
  /** How the sources are doing changed, and nothing else. */
  readonly onDidUpdateSources = this.sourcesUpdated.event;
  private readonly subscription: vscode.Disposable;
  private readonly refreshOnce: () => Promise<void>;
  private readonly refreshSourcesOnce: () => Promise<void>;
  sources: readonly SourceStatus[] = [];
  result: PromptsResult | null = null;
  /** Why there is no result, where the server could not say. */
  failure: string | null = null;

  constructor(
    private readonly client: Client,
    log: Log,
  ) {
    this.refreshOnce = coalesce(() => this.load());
    this.refreshSourcesOnce = coalesce(async () => {
      await this.loadSources();
      this.sourcesUpdated.fire();
    });
    this.subscription = client.onChanged(({ what }) => {
      const onlySources = what.every((change) => change === 'sources');
      (onlySources ? this.refreshSourcesOnce() : this.refresh()).catch((error: unknown) => {
        log.error('Prompts not read', error);
      });
    });
  }

  get prompts(): readonly PromptSummary[] {
    return this.result?.prompts ?? [];
  }

  get low(): number {
    return this.prompts.filter((prompt) => prompt.status === 'low').length;
  }

  find(id: string): PromptSummary | undefined {
    return this.prompts.find((prompt) => prompt.id === id);
  }

  /** The prompts whose file this is. */
  inFile(uri: vscode.Uri): PromptSummary[] {
    const { folder } = this.client;
    if (folder === null || uri.scheme !== 'file') return [];
    return this.prompts.filter((prompt) => vscode.Uri.joinPath(folder.uri, prompt.file).fsPath === uri.fsPath);
  }

  uriOf(prompt: { file: string }): vscode.Uri | null {
    return this.client.folder === null ? null : vscode.Uri.joinPath(this.client.folder.uri, prompt.file);
  }

  refresh(): Promise<void> {
    return this.refreshOnce();
  }

  private async load(): Promise<void> {
    const [answer] = await Promise.all([this.client.request(Methods.prompts, {}), this.loadSources()]);
    if (answer.ok) {
      this.result = answer.value;
      this.failure = null;
    } else {
      this.failure = answer.error.message;
    }
    await vscode.commands.executeCommand('setContext', ContextKeys.hasPrompts, this.prompts.length > 0);
    await vscode.commands.executeCommand('setContext', ContextKeys.hasSources, (this.result?.sources ?? 0) > 0);
    this.updated.fire();
  }

  private async loadSources(): Promise<void> {
    const answer = await this.client.request(Methods.sources, {});
    if (answer.ok) this.sources = answer.value;
  }

  dispose(): void {
    this.subscription.dispose();
    this.updated.dispose();
    this.sourcesUpdated.dispose();
  }
}
