import * as vscode from 'vscode';
import { Views } from '../../shared/ids.js';
import type { PromptModel } from './promptModel.js';

/** The one status bar item: what runs now, else how many prompts are low. Only in a workspace with prompts. */
export class Activity implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly running: string[] = [];
  private readonly subscription: vscode.Disposable;

  constructor(private readonly model: PromptModel) {
    this.item = vscode.window.createStatusBarItem('promptRatchet.status', vscode.StatusBarAlignment.Left, 0);
    this.item.name = 'Prompt Ratchet';
    this.item.command = `${Views.prompts}.focus`;
    this.subscription = model.onDidUpdate(() => {
      this.show();
    });
  }

  /** Shows `label` with a spinning icon while `work` goes on. */
  async during<T>(label: string, work: () => PromiseLike<T>): Promise<T> {
    this.running.push(label);
    this.show();
    try {
      return await work();
    } finally {
      this.running.splice(this.running.indexOf(label), 1);
      this.show();
    }
  }

  private show(): void {
    const { low, prompts } = this.model;
    const label = this.running.at(-1);
    if (label !== undefined) this.set(`$(sync~spin) ${label}`, vscode.l10n.t('Prompt Ratchet: {0}', label));
    else if (prompts.length === 0) this.item.hide();
    else if (prompts.every((prompt) => prompt.score === null))
      this.set('$(graph) No scores yet', vscode.l10n.t('Prompt Ratchet: no prompt has a score yet'));
    else if (low === 0) this.set('$(graph) 0 low', vscode.l10n.t('Prompt Ratchet: no prompt has low quality'));
    else
      this.set(
        `$(graph) ${String(low)} low`,
        low === 1
          ? vscode.l10n.t('Prompt Ratchet: 1 prompt has low quality')
          : vscode.l10n.t('Prompt Ratchet: {0} prompts have low quality', low),
      );
  }

  private set(text: string, words: string): void {
    this.item.text = text;
    this.item.tooltip = words;
    this.item.accessibilityInformation = { label: words, role: 'button' };
    this.item.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}
