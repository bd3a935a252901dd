import { Buffer } from 'node:buffer';
import * as vscode from 'vscode';
import type { CaseDraft } from '../../shared/protocol.js';
import { closeTabs } from '../suggestion/uris.js';

export const caseScheme = 'ratchet-case';

interface Entry {
  draft: CaseDraft;
  bytes: Uint8Array;
  mtime: number;
}

/**
 * Suites with a case that nobody has added yet: editable files in memory, the right sides of diffs. Saving one keeps the text here; the
 * suite's own file is written by *Add Case to Suite* alone.
 */
export class CaseFiles implements vscode.FileSystemProvider {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private next = 0;

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(caseScheme, this, { isCaseSensitive: true }),
      // Closing the tab is a way to say no: the words from production do not stay.
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === caseScheme) this.entries.delete(uri.path);
      }),
      this.changed,
    );
  }

  add(draft: CaseDraft): vscode.Uri {
    const path = `/${String(this.next++)}/${draft.suite.slice(draft.suite.lastIndexOf('/') + 1)}`;
    this.entries.set(path, { draft, bytes: Buffer.from(draft.after, 'utf8'), mtime: 1 });
    return vscode.Uri.from({ scheme: caseScheme, path });
  }

  draftOf(uri: vscode.Uri): CaseDraft | null {
    return this.entries.get(uri.path)?.draft ?? null;
  }

  /** Closes the draft and forgets it. */
  async close(uri: vscode.Uri): Promise<void> {
    // Nothing is asked to be saved: what is in it was added or is not wanted.
    const document = vscode.workspace.textDocuments.find((item) => item.uri.toString() === uri.toString());
    if (document?.isDirty === true) await document.save();
    await closeTabs((shown) => shown.toString() === uri.toString());
    this.entries.delete(uri.path);
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { bytes, mtime } = this.entry(uri);
    return { type: vscode.FileType.File, ctime: 0, mtime, size: bytes.byteLength };
  }

  readFile(uri: vscode.Uri): Uint8Array {
    return this.entry(uri).bytes;
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): void {
    const entry = this.entry(uri);
    entry.bytes = content;
    entry.mtime++;
    this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  private entry(uri: vscode.Uri): Entry {
    const entry = this.entries.get(uri.path);
    if (entry === undefined) throw vscode.FileSystemError.FileNotFound(uri);
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
