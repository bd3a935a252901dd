import { CodeLensRefreshRequest, type CodeLens, type Connection } from 'vscode-languageserver/node';
import { Commands } from '../../shared/ids.js';
import { hasFeedback, lensTitle } from '../quality.js';
import { uriToWorkspacePath } from '../convert.js';
import { shownPrompts, titleLine } from '../promptBuffers.js';
import type { Session } from '../session.js';
import { suiteLenses } from './suiteLens.js';

/** `0.61 [0.56, 0.66] · 240 users · down 0.08 in 7 days · v2 | Evaluate | Suggest | History` over each prompt. */
export async function codeLenses(session: Session, uri: string): Promise<CodeLens[]> {
  if (!session.options.codeLens) return [];
  const file = uriToWorkspacePath(session.root, uri);
  const [prompts, suites] = await Promise.all([shownPrompts(session, uri), file === null ? [] : suiteLenses(session, file)]);
  if (prompts.length === 0) return suites;
  const scores = await session.scores();
  const own = prompts.flatMap((prompt) => {
    const range = prompt.positions.line(titleLine(prompt));
    const lens = (title: string, command: string): CodeLens => ({ range, command: { title, command, arguments: [prompt.id] } });
    const score = scores.prompts.find((entry) => entry.prompt === prompt.id);
    const title = lensTitle(score);
    if (!hasFeedback(score)) {
      return [lens(title, ''), lens('Evaluate', Commands.evaluate), lens('Connect Feedback…', Commands.connectSource)];
    }
    return [
      lens(title, Commands.showFeedback),
      lens('Evaluate', Commands.evaluate),
      lens('Suggest', Commands.suggest),
      lens('History', Commands.showHistory),
    ];
  });
  return [...own, ...suites];
}

export function registerCodeLens(connection: Connection, session: Session, canRefresh: boolean): void {
  const answer = session.wire.guard('Code lens', [], (uri: string) => codeLenses(session, uri));
  connection.onCodeLens((params) => answer(params.textDocument.uri));
  if (!canRefresh) return;
  const refresh = (): void => {
    connection.sendRequest(CodeLensRefreshRequest.type).catch((error: unknown) => {
      session.logger.debug(`code lens refresh: ${String(error)}`);
    });
  };
  session.onDidChange(refresh);
  session.onDidEvaluate(refresh);
}
