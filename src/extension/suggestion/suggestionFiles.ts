import { Buffer } from 'node:buffer';
import * as vscode from 'vscode';
import { Methods, type SuggestionView } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import { suggestionIdOf, suggestionScheme } from './uris.js';

/**
 * The right sides of suggestion diffs: editable files in memory, filled from the server when first read, so that a tab that was
 * restored after a reload still works. Saving one keeps the text here; nothing reaches the prompt's file before it is accepted.
 */
export class SuggestionFiles implements vscode.FileSystemProvider {
  private readonly texts = new Map<string, { bytes: Uint8Array; mtime: number }>();
  private readonly views = new Map<string, SuggestionView>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;

  constructor(private readonly client: Client) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(suggestionScheme, this, { isCaseSensitive: true }),
      this.changed,
    );
  }

  /** The suggestion as the server has it; kept, because its text never changes. */
  async view(id: string): Promise<SuggestionView> {
    const known = this.views.get(id);
    if (known !== undefined) return known;
    const view = await this.client.ask(Methods.suggestionGet, { id });
    this.views.set(id, view);
    return view;
  }

  forget(id: string): void {
    this.views.delete(id);
    for (const path of [...this.texts.keys()]) if (path.startsWith(`/${id}/`)) this.texts.delete(path);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { bytes, mtime } = await this.load(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime, size: bytes.byteLength };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return (await this.load(uri)).bytes;
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): void {
    const before = this.texts.get(uri.path);
    this.texts.set(uri.path, { bytes: content, mtime: (before?.mtime ?? 0) + 1 });
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  private async load(uri: vscode.Uri): Promise<{ bytes: Uint8Array; mtime: number }> {
    const known = this.texts.get(uri.path);
    if (known !== undefined) return known;
    const id = suggestionIdOf(uri);
    if (id === null || id === '') throw vscode.FileSystemError.FileNotFound(uri);
    let view: SuggestionView;
    try {
      view = await this.view(id);
    } catch {
      // An editor's probing for a suggestion that is gone is a missing file, nothing more.
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    if (view.candidate === null) throw vscode.FileSystemError.FileNotFound(uri);
    const entry = { bytes: Buffer.from(view.candidate, 'utf8'), mtime: 1 };
    this.texts.set(uri.path, entry);
    return entry;
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}
