import * as vscode from 'vscode';
import { Settings } from '../shared/ids.js';
import type { ServerOptions } from '../shared/protocol.js';

export type EditorOptions = Pick<ServerOptions, 'threshold' | 'autoPull' | 'pullMinutes' | 'inlineHighlights' | 'codeLens'>;

/** The settings as the server takes them. A threshold of `null` leaves it to the workspace's config.yaml. */
export function readSettings(folder: vscode.WorkspaceFolder | null): EditorOptions {
  const settings = vscode.workspace.getConfiguration(Settings.section, folder);
  const autoPull = settings.get<string>(Settings.autoPull);
  return {
    threshold: settings.get<number | null>(Settings.threshold) ?? null,
    autoPull: autoPull === 'off' || autoPull === 'onOpen' ? autoPull : 'interval',
    pullMinutes: Math.max(1, settings.get<number>(Settings.pullMinutes) ?? 5),
    inlineHighlights: settings.get<boolean>(Settings.inlineHighlights) ?? true,
    codeLens: settings.get<boolean>(Settings.codeLens) ?? true,
  };
}

/** The folder that the server works on: the first local one that has a `.ratchet`, else the first local one. */
export async function chooseFolder(): Promise<vscode.WorkspaceFolder | null> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  for (const folder of folders.length > 1 ? folders : []) {
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder.uri, '.ratchet'));
      return folder;
    } catch {
      // Not in this folder; the next one is looked at.
    }
  }
  return folders[0] ?? null;
}
