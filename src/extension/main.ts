/**
 * The eager part: registers the commands and lets the rest load right after activation, so that starting VS Code is not slowed down.
 * A command that comes first loads it at once.
 */
import * as vscode from 'vscode';
import { Commands } from '../shared/ids.js';
import type { Running } from './extension.js';

let running: Promise<Running> | null = null;

/** For the tests in the extension host, and given to nobody else. */
export interface Exports {
  ready(): Promise<Running>;
}

export function activate(context: vscode.ExtensionContext): Exports | undefined {
  const load = (): Promise<Running> => {
    running ??= import('./extension.js').then(({ start }) => start(context));
    return running;
  };
  for (const id of Object.values(Commands)) {
    context.subscriptions.push(
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        await (await load()).run(id, argument);
      }),
    );
  }
  setImmediate(() => {
    load().catch((error: unknown) => {
      console.error('Prompt Ratchet could not start', error);
      void vscode.window.showErrorMessage(vscode.l10n.t('Prompt Ratchet could not start. The developer tools have the details.'));
    });
  });
  // Other extensions must not reach our services, which hold keys.
  return context.extensionMode === vscode.ExtensionMode.Test ? { ready: load } : undefined;
}

export async function deactivate(): Promise<void> {
  const started = running;
  running = null;
  await (await started)?.stop();
}
