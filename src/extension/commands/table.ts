import * as vscode from 'vscode';
import { Commands } from '../../shared/ids.js';
import { Dismissed, FailureError } from '../failure.js';
import { connectSource } from '../connect/flow.js';
import { addModel } from '../models/flow.js';
import type { Services } from '../services.js';
import { acceptCase, addToSuite, discardCase } from './cases.js';
import { copyCollectorAddress, copyCollectorSnippet, startCollector, stopCollector } from './collector.js';
import { exportEvaluation } from './exportEvaluation.js';
import { evaluatePrompt, runSuite, showEvaluation } from './evaluate.js';
import { showFeedback, showHistory, openPrompt, refresh } from './navigate.js';
import { removeKey, setKey } from './keys.js';
import { rollback } from './rollback.js';
import { runSuiteWith } from './runWith.js';
import { editSource, pullSource, testSource } from './sources.js';
import { createSuite, openSample } from './start.js';
import { notify, type Step } from '../views/notify.js';
import { acceptSuggestion, checkMyEdit, checkPrompt, rejectSuggestion, showEvidence, suggest } from './suggest.js';
import { restartServer, setUpLocalModel, showLog, verifyAudit } from './upkeep.js';

export type CommandId = (typeof Commands)[keyof typeof Commands];
export type CommandBody = (services: Services, argument: unknown) => Promise<void>;

/** Every command with its body: the type makes a missing one a compile error. */
const bodies: Record<CommandId, CommandBody> = {
  [Commands.refresh]: refresh,
  [Commands.connectSource]: connectSource,
  [Commands.testSource]: testSource,
  [Commands.pullSource]: pullSource,
  [Commands.editSource]: editSource,
  [Commands.startCollector]: startCollector,
  [Commands.stopCollector]: stopCollector,
  [Commands.copyCollectorAddress]: copyCollectorAddress,
  [Commands.copyCollectorSnippet]: copyCollectorSnippet,
  [Commands.openSample]: openSample,
  [Commands.createSuite]: createSuite,
  [Commands.showFeedback]: showFeedback,
  [Commands.addToSuite]: addToSuite,
  [Commands.acceptCase]: acceptCase,
  [Commands.discardCase]: discardCase,
  [Commands.evaluate]: evaluatePrompt,
  [Commands.runSuite]: runSuite,
  [Commands.runSuiteWith]: runSuiteWith,
  [Commands.showEvaluation]: showEvaluation,
  [Commands.exportEvaluation]: exportEvaluation,
  [Commands.suggest]: suggest,
  [Commands.check]: checkPrompt,
  [Commands.showHistory]: showHistory,
  [Commands.rollback]: rollback,
  [Commands.openPrompt]: openPrompt,
  [Commands.acceptSuggestion]: acceptSuggestion,
  [Commands.rejectSuggestion]: rejectSuggestion,
  [Commands.showEvidence]: showEvidence,
  [Commands.checkMyEdit]: checkMyEdit,
  [Commands.setKey]: setKey,
  [Commands.removeKey]: removeKey,
  [Commands.addModel]: addModel,
  [Commands.setUpLocalModel]: setUpLocalModel,
  [Commands.verifyAudit]: verifyAudit,
  [Commands.showLog]: showLog,
  [Commands.restartServer]: restartServer,
};

/** The one error boundary of all commands. One fault is told once: as its sentence with the next step, or as "failed" with the log. */
export async function runCommand(services: Services, id: string, argument: unknown): Promise<void> {
  const body = (bodies as Partial<Record<string, CommandBody>>)[id];
  if (body === undefined) throw new Error(`Unknown command ${id}`);
  try {
    await body(services, argument);
  } catch (error) {
    if (error instanceof Dismissed || error instanceof vscode.CancellationError) return;
    if (!(error instanceof FailureError)) {
      services.log.error(`${id} failed`, error);
      tell(services, vscode.l10n.t('Prompt Ratchet could not finish that. The log has the details.'), []);
      return;
    }
    if (error.code === 'CANCELLED') return;
    const steps = nextSteps(services, error, () => runCommand(services, id, argument));
    // Waiting for trust is no fault: there is nothing in the log to look for.
    if (error.code === 'UNTRUSTED_WORKSPACE') notify(services.log, 'warning', error.message, steps);
    else tell(services, error.message, steps);
  }
}

function nextSteps(services: Services, error: FailureError, again: () => Promise<void>): Step[] {
  const { origin } = error;
  switch (error.code) {
    case 'UNTRUSTED_WORKSPACE':
      return [
        { title: vscode.l10n.t('Manage Workspace Trust'), run: async () => vscode.commands.executeCommand('workbench.trust.manage') },
      ];
    case 'KEY_MISSING':
      return [{ title: vscode.l10n.t('Set a Key…'), run: () => runCommand(services, Commands.setKey, origin ?? undefined) }];
    case 'ORIGIN_NOT_CONFIRMED':
      if (origin === null) return [];
      return [
        {
          title: vscode.l10n.t('Allow {0}', origin),
          run: async () => {
            await services.keys.confirm(origin);
            await services.sendOptions();
            await again();
          },
        },
      ];
    case 'MODEL_NOT_CONFIGURED':
    case 'CONFIG_INVALID':
      return [{ title: vscode.l10n.t('Open Configuration'), run: () => services.openConfig() }];
    case 'SUITE_NOT_FOUND':
      return [{ title: vscode.l10n.t('Create an Evaluation Suite…'), run: () => runCommand(services, Commands.createSuite, undefined) }];
    default:
      return [];
  }
}

function tell(services: Services, message: string, steps: Step[]): void {
  services.log.warn(message);
  const log: Step = {
    title: vscode.l10n.t('Show Log'),
    run: () => {
      services.log.show();
      return Promise.resolve();
    },
  };
  notify(services.log, 'error', message, [...steps, log]);
}
