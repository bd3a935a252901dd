import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { EvalDocument } from '../../shared/evalDocument.js';
import { Commands } from '../../shared/ids.js';
import { Methods, type EvalRunParams } from '../../shared/protocol.js';
import { FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { commandStep, notify } from '../views/notify.js';
import { showRun } from '../webviews/evaluationRun.js';
import { pickPrompt, pickSuite } from './pick.js';

/** Runs with progress and cancel; the Evaluation tab fills meanwhile. A cancelled run shows what was done. */
export async function runEvaluation(services: Services, title: string, params: Omit<EvalRunParams, 'runId'>): Promise<EvalDocument> {
  const runId = randomUUID();
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
        const document = await showRun(services.client, services.evaluation, { runId, open: true }, () =>
          services.client.ask(Methods.evalRun, { runId, ...params }),
        );
        await tellOfOneCause(services, document);
        return document;
      } finally {
        listener.dispose();
        cancel.dispose();
      }
    }),
  );
}

/** Where every case stopped at the same door (no key, address not confirmed), the way through it is offered once. */
async function tellOfOneCause(services: Services, document: EvalDocument): Promise<void> {
  const cases = document.suites.flatMap((suite) => suite.cases);
  const first = cases[0]?.error;
  if (first == null || !doors.has(first.code) || !cases.every((result) => result.error?.code === first.code)) return;
  const providers = new Set(document.suites.flatMap((suite) => suite.columns.map((column) => column.provider)));
  const models = await services.client.ask(Methods.models, {});
  const origin = models.find((model) => providers.has(model.name) && model.origin !== null)?.origin ?? null;
  throw new FailureError({ ...first, ...(origin === null ? {} : { origin }) });
}

const doors = new Set(['UNTRUSTED_WORKSPACE', 'KEY_MISSING', 'ORIGIN_NOT_CONFIRMED', 'MODEL_NOT_CONFIGURED']);

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
  notify(services.log, 'information', vscode.l10n.t('{0} has not run yet.', suite.suite), [
    commandStep(vscode.l10n.t('Run Suite'), Commands.runSuite, { suite: suite.suite }),
  ]);
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
