import * as vscode from 'vscode';
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import { ContextKeys } from '../../shared/ids.js';
import type { Client } from '../client/client.js';
import { evidenceDocument } from './evidenceText.js';
import { EvidenceThreads } from './evidenceThreads.js';
import { SuggestionFiles } from './suggestionFiles.js';
import {
  activeSuggestion,
  closeTabs,
  evidenceScheme,
  evidenceUri,
  parentUri,
  suggestionScheme,
  suggestionIdOf,
  suggestionUri,
} from './uris.js';

/** Line ends and a byte order mark are the editor's business, not an edit. */
const plain = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');

/** Reviews under way: the diff editors, whether their certificate still holds, and the evidence beside them. */
export class Review implements vscode.Disposable {
  private readonly files: SuggestionFiles;
  private readonly threads = new EvidenceThreads();
  private readonly subscriptions: vscode.Disposable[];

  constructor(client: Client) {
    this.files = new SuggestionFiles(client);
    this.subscriptions = [
      this.files.register(),
      vscode.workspace.registerTextDocumentContentProvider(evidenceScheme, {
        provideTextDocumentContent: async (uri) => evidenceDocument((await this.files.view(uri.path.split('/')[1] ?? '')).document),
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme === suggestionScheme) this.updateContext();
      }),
      vscode.window.tabGroups.onDidChangeTabs(() => {
        this.updateContext();
      }),
      vscode.window.tabGroups.onDidChangeTabGroups(() => {
        this.updateContext();
      }),
    ];
    this.updateContext();
  }

  async open(id: string): Promise<void> {
    const { document } = await this.files.view(id);
    const right = suggestionUri(id, document.file);
    const name = document.file.slice(document.file.lastIndexOf('/') + 1);
    const title = vscode.l10n.t('{0}: {1} ↔ suggestion', name, document.parent.version ?? vscode.l10n.t('working file'));
    await vscode.commands.executeCommand('vscode.diff', parentUri(id, document.file), right, title, { preview: false });
    this.updateContext();
  }

  document(id: string): Promise<SuggestionDocument> {
    return this.files.view(id).then((view) => view.document);
  }

  /** The right side as it is now, and whether it is still the text that the certificate speaks of. */
  async current(id: string): Promise<{ text: string; edited: boolean; document: SuggestionDocument }> {
    const { document, candidate } = await this.files.view(id);
    const open = this.textOf(id);
    return { text: open ?? candidate ?? '', edited: open !== null && plain(open) !== plain(candidate ?? ''), document };
  }

  async showEvidence(id: string): Promise<void> {
    // Threads come when they are asked for: VS Code opens its Comments panel for the first one.
    const { document } = await this.files.view(id);
    const right = vscode.workspace.textDocuments.find((shown) => suggestionIdOf(shown.uri) === id);
    if (right !== undefined) this.threads.show(right, document);
    const text = await vscode.workspace.openTextDocument(evidenceUri(id));
    await vscode.window.showTextDocument(text, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  }

  /** Closes a review for good: its tabs, threads and text. Unsaved edits of the right side have served their purpose. */
  async close(id: string): Promise<void> {
    this.threads.clear(id);
    const document = vscode.workspace.textDocuments.find((candidate) => suggestionIdOf(candidate.uri) === id);
    // A saved file in memory closes without a question.
    if (document?.isDirty === true) await document.save();
    await closeTabs((uri) => suggestionIdOf(uri) === id || uri.toString() === evidenceUri(id).toString());
    this.files.forget(id);
    this.updateContext();
  }

  private textOf(id: string): string | null {
    return vscode.workspace.textDocuments.find((document) => suggestionIdOf(document.uri) === id)?.getText() ?? null;
  }

  /** Title actions follow this key: `certified` = accept, `edited` = the certificate is withdrawn until the edit is checked. */
  private updateContext(): void {
    const active = activeSuggestion();
    if (active === null) {
      this.setKey(undefined);
      return;
    }
    this.current(active.id).then(
      ({ edited, document }) => {
        this.setKey(edited || document.verdict !== 'certified' ? 'edited' : 'certified');
      },
      () => {
        // The suggestion is gone: nothing can be accepted.
        this.setKey(undefined);
      },
    );
  }

  private setKey(value: 'certified' | 'edited' | undefined): void {
    void vscode.commands.executeCommand('setContext', ContextKeys.suggestion, value);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.threads.dispose();
  }
}
