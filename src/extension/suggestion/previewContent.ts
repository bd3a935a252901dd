import * as vscode from 'vscode';
import { closeTabs } from './uris.js';

const scheme = 'ratchet-preview';

/** Texts that exist only to be looked at in a diff before they are written. */
export class PreviewContent implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  private next = 0;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  /** Opens `before ↔ after`: read-only, but for an `after` that is a file of its own. */
  async diff(
    name: string,
    before: string,
    after: string | vscode.Uri,
    title: string,
    options: vscode.TextDocumentShowOptions = {},
  ): Promise<void> {
    const right = typeof after === 'string' ? this.add(name, after) : after;
    await vscode.commands.executeCommand('vscode.diff', this.add(name, before), right, title, { preview: false, ...options });
  }

  private add(name: string, text: string): vscode.Uri {
    const path = `/${String(this.next++)}/${name}`;
    this.texts.set(path, text);
    return vscode.Uri.from({ scheme, path });
  }

  async close(): Promise<void> {
    await closeTabs((uri) => uri.scheme === scheme);
    this.texts.clear();
  }

  dispose(): void {
    this.registration.dispose();
  }
}
