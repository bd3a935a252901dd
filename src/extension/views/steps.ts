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

export interface InputOptions {
  title: string;
  step: number;
  totalSteps: number;
  prompt: string;
  value: string;
  placeholder?: string;
  password?: boolean;
  /** Why the text cannot be taken; `null` where it can. */
  fault?: (text: string) => string | null;
}

/** One step that asks for a text. Escape ends the whole flow; the button goes one step back. */
export function inputStep(options: InputOptions): Promise<string | typeof back> {
  const input = vscode.window.createInputBox();
  input.title = options.title;
  input.step = options.step;
  input.totalSteps = options.totalSteps;
  input.prompt = options.prompt;
  input.value = options.value;
  input.placeholder = options.placeholder ?? '';
  input.password = options.password === true;
  input.ignoreFocusOut = true;
  input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<string | typeof back>((resolve, reject) => {
    input.onDidTriggerButton(() => {
      resolve(back);
      input.hide();
    });
    input.onDidChangeValue(() => {
      input.validationMessage = '';
    });
    input.onDidAccept(() => {
      const text = input.value.trim();
      const fault = options.fault?.(text) ?? null;
      if (fault !== null) {
        input.validationMessage = fault;
        return;
      }
      resolve(text);
      input.hide();
    });
    input.onDidHide(() => {
      reject(new Dismissed());
      input.dispose();
    });
    input.show();
  });
}
