import * as vscode from 'vscode';
import { Methods, type PromptSummary, type SuiteInfo } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { description, worstFirst } from '../views/promptText.js';

/** Commands are called from lenses (an id), the tree (a node), pages (an object) and the palette (nothing, or a URI of an editor). */
export function promptIdOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return null;
  const { prompt } = argument as { prompt?: unknown };
  if (typeof prompt === 'string') return prompt;
  if (typeof prompt === 'object' && prompt !== null && 'id' in prompt && typeof prompt.id === 'string') return prompt.id;
  return null;
}

/** The prompt that a command is about: its argument, the active editor's, the only one, else what the user picks. */
export async function pickPrompt(services: Services, argument: unknown, placeHolder: string): Promise<PromptSummary> {
  if (services.prompts.result === null) await services.prompts.refresh();
  const id = promptIdOf(argument);
  const named = id === null ? undefined : services.prompts.find(id);
  if (named !== undefined) return named;
  if (id !== null) {
    throw new FailureError({
      code: 'PROMPT_NOT_FOUND',
      message: vscode.l10n.t('There is no prompt "{0}" here any more. Choose one in the Prompts view.', id),
    });
  }
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  const inEditor = uri === undefined ? [] : services.prompts.inFile(uri);
  const candidates = inEditor.length > 0 ? inEditor : services.prompts.prompts;
  const only = candidates.length === 1 ? candidates[0] : undefined;
  if (only !== undefined) return only;
  if (candidates.length === 0) {
    throw new FailureError({
      code: 'PROMPT_NOT_FOUND',
      message:
        services.prompts.failure ??
        vscode.l10n.t('There is no prompt file in this folder yet. Add one (.prompty, .prompt or .prompt.yml), or try the sample.'),
    });
  }
  const items = [...candidates].sort(worstFirst).map((prompt) => ({ label: prompt.id, description: description(prompt), prompt }));
  const choice = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true });
  if (choice === undefined) throw new Dismissed();
  return choice.prompt;
}

/** Suites of the folder; the pick is skipped where there is but one. */
export async function pickSuite(services: Services, argument: unknown, placeHolder: string): Promise<SuiteInfo> {
  const suites = await services.client.ask(Methods.suites, {});
  const wanted =
    typeof argument === 'object' && argument !== null && 'suite' in argument
      ? argument.suite
      : argument instanceof vscode.Uri
        ? argument.fsPath
        : argument;
  const uri = vscode.window.activeTextEditor?.document.uri.fsPath;
  const named =
    suites.find((suite) => suite.suite === wanted || suite.file === wanted) ??
    (wanted === undefined ? suites.find((suite) => suite.file === uri) : undefined);
  if (named !== undefined) return named;
  if (suites.length === 0) {
    throw new FailureError({
      code: 'SUITE_NOT_FOUND',
      message: vscode.l10n.t('There is no evaluation suite in this folder yet. Create one to evaluate a prompt.'),
    });
  }
  const only = suites.length === 1 ? suites[0] : undefined;
  if (only !== undefined) return only;
  const choice = await vscode.window.showQuickPick(
    suites.map((suite) => ({ label: suite.suite, description: vscode.l10n.t('{0} cases', suite.cases.length), suite })),
    { placeHolder },
  );
  if (choice === undefined) throw new Dismissed();
  return choice.suite;
}

/** The suite that a prompt is measured with: asked for only where there are several. None is left to the engine, which says what to do. */
export async function pickSuiteOf(services: Services, prompt: string): Promise<{ suite?: string }> {
  const suites = (await services.client.ask(Methods.suites, {})).filter((suite) => suite.prompts.includes(prompt));
  const only = suites.length === 1 ? suites[0] : undefined;
  if (only !== undefined) return { suite: only.suite };
  if (suites.length === 0) return {};
  const choice = await vscode.window.showQuickPick(
    suites.map((suite) => ({ label: suite.suite, description: vscode.l10n.t('{0} cases', suite.cases.length) })),
    { placeHolder: vscode.l10n.t('Measure {0} with which suite?', prompt) },
  );
  if (choice === undefined) throw new Dismissed();
  return { suite: choice.label };
}
