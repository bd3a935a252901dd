/** What the host tests share. The extension gives its services to tests alone. */
import * as vscode from 'vscode';
import type { Running } from '../../src/extension/extension.js';
import type { Exports } from '../../src/extension/main.js';

export const extensionId = 'prompt-ratchet.prompt-ratchet';

export function extension(): vscode.Extension<Exports> {
  const found = vscode.extensions.getExtension<Exports>(extensionId);
  if (found === undefined) throw new Error(`${extensionId} is not installed`);
  return found;
}

/** The started extension with its prompts read. */
export async function running(): Promise<Running> {
  const started = await (await extension().activate()).ready();
  await until('the prompts', () => started.services.prompts.prompts.length > 0);
  return started;
}

/** Polls, because the editor tells of most things only by how they look. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function folder(): vscode.Uri {
  const first = vscode.workspace.workspaceFolders?.[0];
  if (first === undefined) throw new Error('No folder is open');
  return first.uri;
}

export const triage = (): vscode.Uri => vscode.Uri.joinPath(folder(), 'prompts/support/triage.prompty');
export const answer = (): vscode.Uri => vscode.Uri.joinPath(folder(), 'prompts/support/answer.prompt');

export async function closeEditors(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
