import { CodeActionKind, type CodeAction, type Connection, type Diagnostic, type Range } from 'vscode-languageserver/node';
import { Commands } from '../../shared/ids.js';
import { headline } from '../quality.js';
import { nameLine, shownPrompts } from '../promptBuffers.js';
import type { Session } from '../session.js';
import { healthFixes, spellingFixes } from './spellingFixes.js';

/** Quick fixes of a low or watched prompt, on the line of its diagnostic. They open flows; none of them edits by itself. */
export async function codeActions(session: Session, uri: string, range: Range): Promise<CodeAction[]> {
  const prompts = await shownPrompts(session, uri);
  if (prompts.length === 0) return [];
  const scores = await session.scores();
  const versions = await session.engine.versions.list();
  return prompts.flatMap((prompt) => {
    const line = nameLine(prompt);
    if (range.start.line > line || range.end.line < line) return [];
    const row = headline(scores.prompts.find((score) => score.prompt === prompt.id));
    if (row?.status !== 'low' && row?.status !== 'watch') return [];
    const action = (title: string, command: string, isPreferred = false): CodeAction => ({
      title,
      kind: CodeActionKind.QuickFix,
      isPreferred,
      command: { title, command, arguments: [prompt.id] },
    });
    const earlier = versions.prompts.find((entry) => entry.prompt === prompt.id)?.versions.length ?? 0;
    return [
      action('Suggest an Edit', Commands.suggest, true),
      action('Show Feedback', Commands.showFeedback),
      ...(earlier > 1 ? [action('Roll Back…', Commands.rollback)] : []),
    ];
  });
}

export function registerCodeActions(connection: Connection, session: Session): void {
  const answer = session.wire.guard('Quick fixes', [], async (uri: string, range: Range, diagnostics: Diagnostic[]) => [
    ...(await spellingFixes(session, uri, diagnostics)),
    ...healthFixes(diagnostics),
    ...(await codeActions(session, uri, range)),
  ]);
  connection.onCodeAction((params) => answer(params.textDocument.uri, params.range, params.context.diagnostics));
}
