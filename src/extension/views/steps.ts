import * as vscode from 'vscode';
import { Dismissed } from '../failure.js';

export interface StepOptions<T extends vscode.QuickPickItem> {
  title: string;
  step: number;
  totalSteps: number;
  placeholder: string;
  items: readonly T[];
  canGoBack: boolean;
  /** The item that has the focus at first; without it the first one. */
  active?: T | undefined;
}

export const back = Symbol('back');

/** One step of a multi-step pick. Escape ends the whole flow; the button goes one step back. */
export function pickStep<T extends vscode.QuickPickItem>(options: StepOptions<T>): Promise<T | typeof back> {
  const pick = vscode.window.createQuickPick<T>();
  pick.title = options.title;
  pick.step = options.step;
  pick.totalSteps = options.totalSteps;
  pick.placeholder = options.placeholder;
  pick.ignoreFocusOut = true;
  pick.matchOnDetail = true;
  pick.matchOnDescription = true;
  pick.items = options.items;
  if (options.active !== undefined) pick.activeItems = [options.active];
  if (options.canGoBack) pick.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<T | typeof back>((resolve, reject) => {
    pick.onDidTriggerButton(() => {
      resolve(back);
      pick.hide();
    });
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems[0];
      if (chosen === undefined) return;
      resolve(chosen);
      pick.hide();
    });
    pick.onDidHide(() => {
      reject(new Dismissed());
      pick.dispose();
    });
    pick.show();
  });
}
