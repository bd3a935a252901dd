/** Setting up the local model in a process of its own, so that the editor stays quick and the work can be stopped. */
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import type { Log } from './log.js';

/** Whoever started it is gone, or wants no more: what is under way is stopped, and nothing is told to a channel that is closed. */
const script = `
const { setUpLocalModel } = require(process.argv[1]);
const stop = new AbortController();
process.once('disconnect', () => stop.abort());
const tell = (message) => process.connected && process.send(message);
setUpLocalModel({ onProgress: (message, share) => tell({ message, share }), signal: stop.signal }).then((result) => {
  if (process.connected) process.send({ result }, () => process.exit());
  else process.exit();
});
`;

interface SetUpMessage {
  message?: string;
  share?: number | null;
  result?: SetUpResult;
}

export interface SetUpResult {
  ok: boolean;
  problem: string | null;
}

/**
 * Runs `setUpLocalModel` of a module (dist/setupModel.js) in VS Code's own Node.
 * Rejects with a CancellationError once `token` is cancelled, and with an Error where the process ends without a result.
 */
export function runSetUp(
  module: string,
  log: Pick<Log, 'warn'>,
  progress: vscode.Progress<{ message?: string; increment?: number }>,
  token: vscode.CancellationToken,
): Promise<SetUpResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script, module], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let last = 0;
    child.on('message', ({ message, share, result }: SetUpMessage) => {
      if (message !== undefined) {
        const now = share == null ? last : share * 100;
        progress.report({
          message: share == null ? message : vscode.l10n.t('{0}: {1} %', message, Math.floor(now)),
          increment: Math.max(0, now - last),
        });
        last = now;
      }
      if (result !== undefined) resolve(result);
    });
    child.stderr?.on('data', (chunk: unknown) => {
      log.warn(String(chunk).trimEnd());
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      reject(new Error(`Setting up the local model ended with code ${String(code)}.`));
    });
    token.onCancellationRequested(() => {
      if (child.connected) child.disconnect();
      reject(new vscode.CancellationError());
    });
  });
}
