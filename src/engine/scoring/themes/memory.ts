import type { Theme } from '../../../shared/documents.js';
import type { ComplaintRow } from '../../feedback/backend.js';
import type { PromptDocument } from '../../prompts/types.js';
import { Lexicon } from './features.js';
import { findThemes } from './themes.js';

/**
 * Themes of the score before. An editor scores again whenever feedback comes in: a version about which nobody said anything new keeps its themes,
 * and of the others only new comments are cut up.
 */
export class ThemeMemory {
  private readonly lexicon = new Lexicon();
  private readonly last = new Map<string, { of: string; themes: Theme[] }>();

  /** What was found last, whatever was said since. */
  known(version: string): Theme[] {
    return this.last.get(version)?.themes ?? [];
  }

  themes(version: string, complaints: readonly ComplaintRow[], document: PromptDocument | null): Theme[] {
    const parts = complaints.map(({ id, time, unit, text, rated }) => `${id}\n${String(time)}\n${unit}\n${String(rated)}\n${text}`);
    const of = `${document?.file ?? ''}\n${document?.text ?? ''}\n\n${parts.join('\n\n')}`;
    const before = this.last.get(version);
    if (before?.of === of) return before.themes;
    this.lexicon.tidy();
    const themes = findThemes(complaints, document, this.lexicon);
    this.last.set(version, { of, themes });
    return themes;
  }
}
