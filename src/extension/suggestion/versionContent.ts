import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import type { Client } from '../client/client.js';
import { versionScheme } from './uris.js';

/** Read-only texts of versions and of suggestions' parents. Versions never change, so nothing is ever refreshed. */
export class VersionContent implements vscode.TextDocumentContentProvider {
  constructor(private readonly client: Client) {}

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(versionScheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { prompt, version, suggestion } = JSON.parse(uri.query) as { prompt?: string; version?: string; suggestion?: string };
    if (suggestion !== undefined) return (await this.client.ask(Methods.suggestionGet, { id: suggestion })).parentText;
    if (prompt === undefined || version === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return (await this.client.ask(Methods.versionContent, { prompt, version })).text;
  }
}
