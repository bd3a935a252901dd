import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Methods } from '../../shared/protocol.js';
import { Dismissed, FailureError } from '../failure.js';
import type { Services } from '../services.js';
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

const script = `
const { setUpLocalModel } = require(process.argv[1]);
const stop = new AbortController();
process.once('disconnect', () => stop.abort());
setUpLocalModel({ onProgress: (message, share) => process.send({ message, share }), signal: stop.signal })
  .then((result) => process.send({ result }, () => process.disconnect()));
`;

interface SetUpMessage {
  message?: string;
  share?: number | null;
  result?: { ok: boolean; problem: string | null };
}

/** Installs the runtime and the demo model after asking; in a process of its own, so that the editor stays quick. */
export async function setUpLocalModel(services: Services): Promise<void> {
  const go = vscode.l10n.t('Download and Set Up');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Set up a local model? This downloads about 560 MB (a runtime and a small open model) into the cache folder of Prompt Ratchet. Nothing is sent anywhere.',
    ),
    go,
  );
  if (answer !== go) throw new Dismissed();
  const title = vscode.l10n.t('Setting up the local model');
  const result = await services.activity.during(title, () =>
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) =>
      runSetUp(services, progress, token),
    ),
  );
  if (!result.ok)
    throw new FailureError({ code: 'MODEL_UNAVAILABLE', message: result.problem ?? vscode.l10n.t('The local model could not be set up.') });
  await services.client.restartByUser();
  notify(services.log, 'information', vscode.l10n.t('The local model is ready.'));
}

function runSetUp(
  services: Services,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  token: vscode.CancellationToken,
): Promise<{ ok: boolean; problem: string | null }> {
  const module = join(services.context.extensionUri.fsPath, 'dist', 'setupModel.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script, module], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let last = 0;
    child.on('message', ({ message, share, result }: SetUpMessage) => {
      if (message !== undefined) {
        const now = share == null ? last : share * 100;
        progress.report({ message, increment: Math.max(0, now - last) });
        last = now;
      }
      if (result !== undefined) resolve(result);
    });
    child.stderr?.on('data', (chunk: unknown) => {
      services.log.warn(String(chunk).trimEnd());
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      reject(new Error(`setting up ended with code ${String(code)}`));
    });
    token.onCancellationRequested(() => {
      child.disconnect();
      reject(new vscode.CancellationError());
    });
  });
}
