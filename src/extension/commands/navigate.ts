import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import type { Services } from '../services.js';
import { pickPrompt, promptIdOf } from './pick.js';

export async function refresh(services: Services): Promise<void> {
  await services.activity.during(vscode.l10n.t('Reading feedback'), async () => {
    const { sources } = await services.client.ask(Methods.pull, {});
    const failed = sources.filter((source) => source.error !== null);
    for (const source of failed) services.log.warn(`${source.name}: ${source.error ?? ''}`);
    await services.prompts.refresh();
  });
}

/** Without an argument: all feedback. */
export async function showFeedback(services: Services, argument: unknown): Promise<void> {
  const prompt = promptIdOf(argument);
  await services.feedback.show(prompt === null ? {} : { prompt });
}

export async function showHistory(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('History of which prompt?'));
  await services.history.open(prompt.id);
}

export async function openPrompt(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Open which prompt?'));
  const uri = services.prompts.uriOf(prompt);
  if (uri !== null) await vscode.window.showTextDocument(uri, { preview: true });
}
