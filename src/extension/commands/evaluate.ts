import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { EvalOutcome } from '../../shared/evalView.js';
import { Commands } from '../../shared/ids.js';
import { Methods, type EvalRunParams } from '../../shared/protocol.js';
import { FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { commandStep, notify } from '../views/notify.js';
import { pickPrompt, pickSuite } from './pick.js';
import { confirmPlan } from './runPlan.js';

/** Runs with progress and cancel; the Evaluation tab fills meanwhile. A cancelled run shows what was done. */
export async function runEvaluation(services: Services, title: string, params: Omit<EvalRunParams, 'runId'>): Promise<EvalOutcome> {
  await confirmPlan(services, params);
  const runId = randomUUID();
  services.evaluation.openWith(runId);
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
        const outcome = await services.client.ask(Methods.evalRun, { runId, ...params });
        await tellOfOneCause(services, outcome);
        return outcome;
      } finally {
        listener.dispose();
        cancel.dispose();
      }
    }),
  );
}

/** Where every case stopped at the same door (no key, address not confirmed), the way through it is offered once. */
async function tellOfOneCause(services: Services, { cause }: EvalOutcome): Promise<void> {
  if (cause === null || !doors.has(cause.code)) return;
  const { code, message, provider } = cause;
  const models = await services.client.ask(Methods.models, {});
  const origin = models.find((model) => model.name === provider && model.origin !== null)?.origin ?? null;
  throw new FailureError({ code, message, ...(origin === null ? {} : { origin }) });
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
  const view = await services.client.ask(Methods.evalView, { suite: suite.suite });
  if (view !== null) {
    await services.evaluation.show(suite.suite);
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

/** Opens a file of the workspace at an offset, else at a line from 1. */
export async function revealPlace(services: Services, file: string, start: number | null, line: number | null): Promise<void> {
  const { folder } = services.client;
  if (folder === null || file.startsWith('/') || file.split('/').includes('..')) return;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, file));
  const place = start !== null ? document.positionAt(start) : new vscode.Position(Math.max(0, (line ?? 1) - 1), 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
}
