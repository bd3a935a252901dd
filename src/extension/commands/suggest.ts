import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { SuggestionDocument } from '../../shared/suggestionDocument.js';
import { Commands } from '../../shared/ids.js';
import { Methods, type RequestDef } from '../../shared/protocol.js';
import type { Result } from '../../shared/result.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { activeSuggestion } from '../suggestion/uris.js';
import { commandStep, notify, type Step } from '../views/notify.js';
import { pickPrompt, pickSuiteOf } from './pick.js';

/** A search or a check with progress, meter and cancel. */
async function withMeter<P extends { runId: string }>(
  services: Services,
  title: string,
  def: RequestDef<P, Result<SuggestionDocument>>,
  params: P,
): Promise<SuggestionDocument> {
  return services.activity.during(title, () =>
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      let last = 0;
      const listener = services.client.onSuggestProgress(({ runId, message, calls, budget }) => {
        if (runId !== params.runId) return;
        const share = budget === 0 ? 0 : Math.min(100, (calls / budget) * 100);
        progress.report({
          increment: Math.max(0, share - last),
          message: vscode.l10n.t('{0} ({1} of {2} model calls)', message, calls, budget),
        });
        last = Math.max(last, share);
      });
      const cancel = token.onCancellationRequested(() => {
        void services.client.request(Methods.cancel, { runId: params.runId });
      });
      try {
        return await services.client.ask(def, params);
      } finally {
        listener.dispose();
        cancel.dispose();
      }
    }),
  );
}

/** What is suggested is measured on the file on disk: unsaved changes would be lost sight of. */
async function saved(services: Services, file: vscode.Uri | null): Promise<void> {
  const document = vscode.workspace.textDocuments.find((candidate) => candidate.uri.toString() === file?.toString());
  if (document?.isDirty !== true) return;
  const save = vscode.l10n.t('Save');
  const choice = await vscode.window.showInformationMessage(vscode.l10n.t('The prompt has unsaved changes. Save it first.'), save);
  if (choice !== save) throw new Dismissed();
  if (!(await document.save())) throw new Dismissed();
  services.log.info('Saved before a suggestion.');
}

/** A first search is short, so that it is over in minutes on a local model; a longer one is offered where it found nothing. */
function budgetOf(argument: unknown): 'quick' | 'normal' {
  return typeof argument === 'object' && argument !== null && 'budget' in argument && argument.budget === 'normal' ? 'normal' : 'quick';
}

export async function suggest(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Suggest an edit to which prompt?'));
  await saved(services, services.prompts.uriOf(prompt));
  const document = await withMeter(services, vscode.l10n.t('Looking for a better {0}', prompt.id), Methods.suggest, {
    runId: randomUUID(),
    prompt: prompt.id,
    budget: budgetOf(argument),
    ...(await pickSuiteOf(services, prompt.id)),
  });
  const longer = commandStep(vscode.l10n.t('Search Longer'), Commands.suggest, { prompt: prompt.id, budget: 'normal' });
  await present(services, document, document.verdict === 'nothing-better' && budgetOf(argument) === 'quick' ? [longer] : []);
}

/** The gate on what the user wrote in the prompt's own file. */
export async function checkPrompt(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Check your edit of which prompt?'));
  await saved(services, services.prompts.uriOf(prompt));
  const document = await withMeter(services, vscode.l10n.t('Checking {0} on held-out cases', prompt.id), Methods.check, {
    runId: randomUUID(),
    prompt: prompt.id,
    ...(await pickSuiteOf(services, prompt.id)),
  });
  await present(services, document);
}

/** A certified suggestion opens for review; a refusal is one calm sentence with what would help. */
async function present(services: Services, document: SuggestionDocument, steps: Step[] = []): Promise<void> {
  if (document.verdict === 'certified') {
    await services.review.open(document.id);
    return;
  }
  const tried = commandStep(vscode.l10n.t('Show What Was Tried'), Commands.showEvidence, document.id);
  const feedback = commandStep(vscode.l10n.t('Show Feedback'), Commands.showFeedback, document.prompt);
  notify(services.log, 'information', document.reason, [
    ...steps,
    ...(document.verdict === 'too-few-cases' ? [feedback, tried] : [tried, feedback]),
  ]);
}

function idOf(argument: unknown): string {
  const id = typeof argument === 'string' ? argument : (activeSuggestion()?.id ?? null);
  if (id === null) {
    throw new FailureError({ code: 'SUGGESTION_NOT_FOUND', message: vscode.l10n.t('No suggestion is open. Run Suggest an Edit first.') });
  }
  return id;
}

export async function acceptSuggestion(services: Services, argument: unknown): Promise<void> {
  const id = idOf(argument);
  const { edited, document } = await services.review.current(id);
  if (edited || document.verdict !== 'certified') {
    throw new FailureError({
      code: 'NOT_CERTIFIED',
      message: vscode.l10n.t('You changed the suggestion, so its certificate does not hold. Run Check My Edit first.'),
    });
  }
  await saved(services, services.prompts.uriOf(document));
  const version = await services.activity.during(vscode.l10n.t('Committing'), () =>
    services.client.ask(Methods.suggestionAccept, { id, commit: true }),
  );
  await services.review.close(id);
  const words =
    version.commit === null
      ? vscode.l10n.t('{0} is now {1}.', version.prompt, version.version)
      : vscode.l10n.t('{0} is now {1}, committed as {2}.', version.prompt, version.version, version.commit.slice(0, 8));
  notify(services.log, 'information', version.note === null ? words : `${words} ${version.note}`, [
    commandStep(vscode.l10n.t('Show History'), Commands.showHistory, version.prompt),
  ]);
}

export async function rejectSuggestion(services: Services, argument: unknown): Promise<void> {
  const id = idOf(argument);
  const reason = await vscode.window.showInputBox({
    prompt: vscode.l10n.t('Why do you reject it? (optional; Escape keeps the suggestion open)'),
    placeHolder: vscode.l10n.t('For example: changes the tone'),
  });
  if (reason === undefined) throw new Dismissed();
  await services.client.ask(Methods.suggestionReject, { id, reason: reason.trim() === '' ? null : reason.trim() });
  await services.review.close(id);
}

export async function showEvidence(services: Services, argument: unknown): Promise<void> {
  await services.review.showEvidence(idOf(argument));
}

/** The gate on the right side as the user left it. Certified, it becomes a review of its own; else the user's text stays open. */
export async function checkMyEdit(services: Services, argument: unknown): Promise<void> {
  const id = idOf(argument);
  const { text, document } = await services.review.current(id);
  const checked = await withMeter(services, vscode.l10n.t('Checking your edit of {0} on held-out cases', document.prompt), Methods.check, {
    runId: randomUUID(),
    prompt: document.prompt,
    ...(await pickSuiteOf(services, document.prompt)),
    text,
  });
  if (checked.verdict === 'certified') await services.review.close(id);
  await present(services, checked);
}
