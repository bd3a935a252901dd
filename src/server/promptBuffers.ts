/** Prompts of one file as the user sees it now: parsed from the open buffer, else from the disk. */
import type { PromptDocument } from '../engine/prompts/types.js';
import type { SourceRange } from '../shared/documents.js';
import { follow, Positions, uriToWorkspacePath } from './convert.js';
import type { Session } from './session.js';

export interface ShownPrompt {
  id: string;
  file: string;
  /** As on disk: what scores and themes speak about. */
  saved: PromptDocument | null;
  shown: PromptDocument;
  positions: Positions;
}

/** Empty where the file is no prompt file of this workspace. */
export async function shownPrompts(session: Session, uri: string): Promise<ShownPrompt[]> {
  const file = uriToWorkspacePath(session.root, uri);
  if (file === null) return [];
  const saved = (await session.prompts()).filter((prompt) => prompt.file === file);
  const buffer = session.documents.get(uri);
  if (buffer === undefined || saved.some((prompt) => prompt.text === buffer.getText())) {
    return saved.map((prompt) => ({ id: prompt.id, file, saved: prompt, shown: prompt, positions: new Positions(prompt.text) }));
  }
  const text = buffer.getText();
  if (saved.length === 0 && !session.engine.prompts.isPromptFile(file, text.slice(0, 2000))) return [];
  if (saved.length > 1) {
    // Entries of a file with several prompts: marks follow their words into the buffer.
    const positions = new Positions(text);
    return saved.map((prompt) => {
      const messages = prompt.messages.flatMap((message) => {
        const source = follow(prompt.text, text, message.source);
        return source === null ? [] : [{ ...message, source }];
      });
      return { id: prompt.id, file, saved: prompt, shown: { ...prompt, text, messages }, positions };
    });
  }
  const shown = session.engine.prompts.parse(file, text);
  const before = saved[0] ?? null;
  // The scores are under the id that the saved file has, until a new one is saved.
  return [{ id: before?.id ?? shown.id, file, saved: before, shown, positions: new Positions(text) }];
}

/** A span that was found in the saved text, in the text that is shown. */
export function inShown(prompt: ShownPrompt, range: SourceRange): SourceRange | null {
  return prompt.saved === null ? null : follow(prompt.saved.text, prompt.shown.text, range);
}

/** The line that stands for the prompt: its entry's first message, its `name:` line, else its first line. */
export function titleLine(prompt: ShownPrompt): number {
  const first = prompt.shown.messages[0];
  if (prompt.shown.entry !== null && first !== undefined) return prompt.positions.range(first.source).start.line;
  return 0;
}

export function nameLine(prompt: ShownPrompt): number {
  if (prompt.shown.entry !== null) return titleLine(prompt);
  const lines = prompt.shown.text.split('\n', 30);
  const name = lines.findIndex((line) => /^name\s*:/.test(line));
  return Math.max(0, name);
}
