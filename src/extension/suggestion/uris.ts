import * as vscode from 'vscode';

export const versionScheme = 'ratchet-version';
export const suggestionScheme = 'ratchet-suggestion';
export const evidenceScheme = 'ratchet-evidence';

const baseName = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

/** A version's text, read-only. The path ends with the file's name, so that the editor picks its language. */
export function versionUri(prompt: string, version: string, file: string): vscode.Uri {
  return vscode.Uri.from({ scheme: versionScheme, path: `/${version}/${baseName(file)}`, query: JSON.stringify({ prompt, version }) });
}

/** The text that a suggestion changes, read-only: the left side. */
export function parentUri(id: string, file: string): vscode.Uri {
  return vscode.Uri.from({ scheme: versionScheme, path: `/${id}/parent/${baseName(file)}`, query: JSON.stringify({ suggestion: id }) });
}

/** The suggested text, editable: the right side. */
export function suggestionUri(id: string, file: string): vscode.Uri {
  return vscode.Uri.from({ scheme: suggestionScheme, path: `/${id}/${baseName(file)}` });
}

export function suggestionIdOf(uri: vscode.Uri): string | null {
  return uri.scheme === suggestionScheme ? (uri.path.split('/')[1] ?? null) : null;
}

/** Plain text: words from a log must not become links, as they would in Markdown. */
export function evidenceUri(id: string): vscode.Uri {
  return vscode.Uri.from({ scheme: evidenceScheme, path: `/${id}/evidence.txt` });
}

/** The suggestion whose diff is in front, if any. */
export function activeSuggestion(): { id: string; uri: vscode.Uri } | null {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputTextDiff ? input.modified : input instanceof vscode.TabInputText ? input.uri : null;
  const id = uri === null ? null : suggestionIdOf(uri);
  return uri === null || id === null ? null : { id, uri };
}

/** Closes the tabs that show `uri`, alone or on the right of a diff. */
export async function closeTabs(shows: (uri: vscode.Uri) => boolean): Promise<void> {
  const tabs = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) => {
      const uri = input instanceof vscode.TabInputTextDiff ? input.modified : input instanceof vscode.TabInputText ? input.uri : null;
      return uri !== null && shows(uri);
    });
  await vscode.window.tabGroups.close(tabs, true);
}
