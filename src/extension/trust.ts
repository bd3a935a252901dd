import * as vscode from 'vscode';
import { Methods } from '../shared/protocol.js';
import type { Client } from './client/client.js';
import type { Log } from './log.js';

/** The server starts in the workspace's state of trust and learns at once when trust is given. It blocks in code; this only tells. */
export function watchTrust(client: Client, log: Log): vscode.Disposable {
  return vscode.workspace.onDidGrantWorkspaceTrust(() => {
    client.ask(Methods.setTrusted, { trusted: true }).catch((error: unknown) => {
      log.error('The server was not told of the trust', error);
    });
  });
}
