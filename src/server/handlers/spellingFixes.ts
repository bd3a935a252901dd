import { CodeActionKind, type CodeAction, type Diagnostic } from 'vscode-languageserver/node';
import { Commands } from '../../shared/ids.js';
import { Positions, uriToWorkspacePath } from '../convert.js';
import type { Session } from '../session.js';

const sentence = ({ message }: Diagnostic): string => (typeof message === 'string' ? message : message.value);

const nearest = /Did you mean "([^"]+)"\?$/;

/** For keys, types and names in suites and config.yaml that are nearly right: the word that was meant. Only where the text is still the marked one. */
export async function spellingFixes(session: Session, uri: string, diagnostics: readonly Diagnostic[]): Promise<CodeAction[]> {
  const file = uriToWorkspacePath(session.root, uri);
  const marked = diagnostics.filter((diagnostic) => diagnostic.source === 'Prompt Ratchet' && nearest.test(sentence(diagnostic)));
  const text = file === null || marked.length === 0 ? null : await session.textOf(file);
  if (text === null) return [];
  const positions = new Positions(text);
  return marked.flatMap((diagnostic) => {
    const wanted = nearest.exec(sentence(diagnostic))?.[1];
    const { start, end } = diagnostic.range;
    const written = text.slice(positions.offset(start), positions.offset(end));
    const word = /^(["']?)(.*)\1$/s.exec(written)?.[2] ?? written;
    // A mark that is wider than the word (a whole entry) does not say where it stands.
    if (wanted === undefined || !sentence(diagnostic).includes(`"${word}"`)) return [];
    const newText = written.replace(word, () => wanted);
    const title = `Change to "${wanted}"`;
    return [
      {
        title,
        kind: CodeActionKind.QuickFix,
        isPreferred: true,
        diagnostics: [diagnostic],
        edit: { changes: { [uri]: [{ range: diagnostic.range, newText }] } },
      },
    ];
  });
}

/** What a run found is looked at in its answers. */
export function healthFixes(diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics.flatMap((diagnostic): CodeAction[] => {
    const { suite } = (diagnostic.data ?? {}) as { suite?: unknown };
    if (diagnostic.source !== 'Prompt Ratchet' || typeof suite !== 'string') return [];
    const title = 'Show Last Evaluation';
    return [
      {
        ...{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic] },
        command: { title, command: Commands.showEvaluation, arguments: [{ suite }] },
      },
    ];
  });
}
