import * as vscode from 'vscode';
import type { Log } from '../log.js';

/** A button of a notification and what it does. */
export interface Step {
  title: string;
  run: () => Promise<unknown>;
}

/**
 * Shows one notification and returns at once: a command is done when its work is done, not when the user has read about it.
 * What a button does has its own way to fail, which ends in the log.
 */
export function notify(log: Log, kind: 'information' | 'warning' | 'error', message: string, steps: readonly Step[] = []): void {
  const titles = steps.map((step) => step.title);
  const shown =
    kind === 'error'
      ? vscode.window.showErrorMessage(message, ...titles)
      : kind === 'warning'
        ? vscode.window.showWarningMessage(message, ...titles)
        : vscode.window.showInformationMessage(message, ...titles);
  Promise.resolve(shown)
    .then((choice) => steps.find((step) => step.title === choice)?.run())
    .catch((error: unknown) => {
      log.error(`After "${message}"`, error);
    });
}

/** A button that runs one of our commands, which tells of its own faults. */
export function commandStep(title: string, command: string, ...args: unknown[]): Step {
  return { title, run: async () => vscode.commands.executeCommand(command, ...args) };
}
