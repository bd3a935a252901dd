import { parse as parseHandlebars } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import type { Tag, TagProblem } from '../tags/types.js';
import type { TemplateDialect } from '../types.js';
import { asFault, offsetAt } from './budget.js';
import { parseJinja } from './jinja.js';

/** A tag that needs no parser to be right: `{{ name }}`, `{{ user.name }}`. */
const simple = /^\{\{-?\s*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*-?\}\}$/u;

/** What the engine's own parser has against the template, beyond what the scan of its tags has found. */
export function checkSyntax(text: string, dialect: TemplateDialect, tags: readonly Tag[]): TagProblem | null {
  if (dialect !== 'jinja' && dialect !== 'handlebars') return null;
  if (tags.every((tag) => tag.kind === 'comment' || simple.test(text.slice(tag.start, tag.end)))) return null;
  try {
    if (dialect === 'jinja') parseJinja(text);
    else parseHandlebars(text);
    return null;
  } catch (error) {
    const start = Math.min(placeOf(text, error), Math.max(0, text.length - 1));
    const lineEnd = text.indexOf('\n', start);
    const message = `${asFault(error).message}. Mend the template.`;
    return { start, end: Math.max(start + 1, lineEnd === -1 ? text.length : lineEnd), message };
  }
}

/** Both parsers tell the line; Nunjucks the column as well, both from 1. */
function placeOf(text: string, error: unknown): number {
  if (error instanceof Error && 'lineno' in error && typeof error.lineno === 'number') {
    const column = 'colno' in error && typeof error.colno === 'number' ? error.colno - 1 : 0;
    return offsetAt(text, Math.max(0, error.lineno - 1), Math.max(0, column));
  }
  const line = /on line (\d+)/u.exec(error instanceof Error ? error.message : '');
  return line === null ? 0 : offsetAt(text, Number(line[1]) - 1, 0);
}
