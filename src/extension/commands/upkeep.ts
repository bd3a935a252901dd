import { join } from 'node:path';
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
import { runSetUp } from '../setUp.js';
import { notify } from '../views/notify.js';

export function showLog(services: Services): Promise<void> {
  services.log.show();
  return Promise.resolve();
}

export async function restartServer(services: Services): Promise<void> {
  await services.activity.during(vscode.l10n.t('Restarting'), () => services.client.restartByUser());
}

export async function verifyAudit(services: Services): Promise<void> {
  const audit = await services.client.ask(Methods.auditVerify, {});
  const holds = audit.status === 'ok' || audit.status === 'empty';
  notify(services.log, holds ? 'information' : 'warning', audit.message);
}

/** Installs the runtime and the demo model after asking; in a process of its own, so that the editor stays quick. */
export async function setUpLocalModel(services: Services): Promise<void> {
  const go = vscode.l10n.t('Download and Set Up');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Set up a local model? This downloads a runtime (70 MB) and the open model Qwen2.5-Coder 0.5B (490 MB) into the cache folder of Prompt Ratchet, each only where it is missing. Nothing is sent anywhere.',
    ),
    go,
  );
  if (answer !== go) throw new Dismissed();
  const title = vscode.l10n.t('Setting up the local model');
  const result = await services.activity.during(title, () =>
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) =>
      runSetUp(join(services.context.extensionUri.fsPath, 'dist', 'setupModel.js'), services.log, progress, token),
    ),
  );
  if (!result.ok)
    throw new FailureError({ code: 'MODEL_UNAVAILABLE', message: result.problem ?? vscode.l10n.t('The local model could not be set up.') });
  await services.client.restartByUser();
  notify(services.log, 'information', vscode.l10n.t('The local model is ready.'));
}
