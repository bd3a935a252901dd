import type * as vscode from 'vscode';
import type { RequestDef } from '../../shared/protocol.js';
import type { Result } from '../../shared/result.js';

/** All that a page's host may use of the extension. */
export interface PageServices {
  readonly extensionUri: vscode.Uri;
  /** Asks the server; a server that is down or starting is a failure with one sentence, never an exception. */
  request<P, R>(definition: RequestDef<P, Result<R>>, params: P, token?: vscode.CancellationToken): Promise<Result<R>>;
  /** Scores, prompts, suites or versions changed: pages ask again. */
  onChanged(listener: () => void): vscode.Disposable;
  readonly log: vscode.LogOutputChannel;
}
