import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { EvalDocument } from '../../shared/documents.js';
import { Methods, type EvalRunParams } from '../../shared/protocol.js';
import { FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { pickPrompt, pickSuite } from './pick.js';

/** Runs with progress and cancel, and shows the report in the Evaluation tab. A cancelled run shows what was done. */
export async function runEvaluation(services: Services, title: string, params: Omit<EvalRunParams, 'runId'>): Promise<EvalDocument> {
  const runId = randomUUID();
  services.evaluation.open();
  return services.activity.during(title, () =>
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      let last = 0;
      const listener = services.client.onEvalProgress((event) => {
        if (event.runId !== runId || event.total === 0) return;
        const share = (event.done / event.total) * 100;
        progress.report({
          increment: Math.max(0, share - last),
          message: vscode.l10n.t('{0} of {1}, {2} failed', event.done, event.total, event.failed),
        });
        last = share;
      });
      const cancel = token.onCancellationRequested(() => {
        void services.client.request(Methods.cancel, { runId });
      });
      try {
        const document = await services.client.ask(Methods.evalRun, { runId, ...params });
        services.evaluation.show(document, false);
        return document;
      } finally {
        listener.dispose();
        cancel.dispose();
      }
    }),
  );
}

export async function evaluatePrompt(services: Services, argument: unknown): Promise<void> {
  const prompt = await pickPrompt(services, argument, vscode.l10n.t('Evaluate which prompt?'));
  const suites = (await services.client.ask(Methods.suites, {})).filter((suite) => suite.prompts.includes(prompt.id));
  if (suites.length === 0) {
    throw new FailureError({
      code: 'SUITE_NOT_FOUND',
      message: vscode.l10n.t('No evaluation suite names {0} yet. Create one to evaluate it.', prompt.id),
    });
  }
  await runEvaluation(services, vscode.l10n.t('Evaluating {0}', prompt.id), {
    suites: suites.map((suite) => suite.suite),
    prompt: prompt.id,
  });
}

function casesOf(argument: unknown): string[] | null {
  if (typeof argument !== 'object' || argument === null || !('cases' in argument) || !Array.isArray(argument.cases)) return null;
  return argument.cases.filter((id) => typeof id === 'string');
}

export async function runSuite(services: Services, argument: unknown): Promise<void> {
  const suite = await pickSuite(services, argument, vscode.l10n.t('Run which suite?'));
  const cases = casesOf(argument);
  await runEvaluation(services, vscode.l10n.t('Evaluating {0}', suite.suite), {
    suites: [suite.suite],
    ...(cases === null ? {} : { cases }),
  });
}

export async function showEvaluation(services: Services, argument: unknown): Promise<void> {
  const suite = await pickSuite(services, argument, vscode.l10n.t('Show the last results of which suite?'));
  const document = await services.client.ask(Methods.evalLast, { suite: suite.suite });
  if (document !== null) {
    services.evaluation.open();
    services.evaluation.show(document, false);
    return;
  }
  const run = vscode.l10n.t('Run Suite');
  const choice = await vscode.window.showInformationMessage(vscode.l10n.t('{0} has not run yet.', suite.suite), run);
  if (choice === run) await runSuite(services, { suite: suite.suite });
}

/** Opens the file where a case stands, at its place. */
export async function revealCase(services: Services, suitePath: string, caseId: string): Promise<void> {
  const suites = await services.client.ask(Methods.suites, {});
  const suite = suites.find((entry) => entry.suite === suitePath);
  const entry = suite?.cases.find((item) => item.id === caseId);
  const file = entry?.file ?? suite?.file;
  if (file === undefined) return;
  const range = entry?.range;
  const selection =
    range == null ? {} : { selection: new vscode.Range(range.start.line, range.start.character, range.start.line, range.start.character) };
  await vscode.window.showTextDocument(vscode.Uri.file(file), selection);
}
