import { parse as parseHandlebars } from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import parser from 'nunjucks/src/parser.js';
import type { Tag, TagProblem } from '../tags/types.js';
import type { TemplateDialect } from '../types.js';
import { asFault, offsetAt } from './budget.js';

/** A tag that needs no parser to be right: `{{ name }}`, `{{ user.name }}`. */
const simple = /^\{\{-?\s*[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*-?\}\}$/u;

interface Fault {
  message: string;
  offset: number;
}

/** Editing changes the text around the tags more often than the tags. */
const known = new Map<string, Fault | null>();

function faultOf(skeleton: string, dialect: TemplateDialect): Fault | null {
  const key = `${dialect} ${skeleton}`;
  const seen = known.get(key);
  if (seen !== undefined) return seen;
  let fault: Fault | null = null;
  try {
    if (dialect === 'jinja') parser.parse(skeleton);
    else parseHandlebars(skeleton);
  } catch (error) {
    fault = { message: `${asFault(error).message}. Mend the template.`, offset: placeOf(skeleton, error) };
  }
  if (known.size >= 256) known.clear();
  known.set(key, fault);
  return fault;
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

/**
 * What the engine's own parser has against the template, beyond what the scan of its tags has found. Only the tags are
 * parsed, one a line: the text between them cannot be wrong.
 */
export function checkSyntax(text: string, dialect: TemplateDialect, tags: readonly Tag[]): TagProblem | null {
  if (dialect !== 'jinja' && dialect !== 'handlebars') return null;
  const checked = tags.filter((tag) => tag.kind !== 'comment' && !simple.test(text.slice(tag.start, tag.end)));
  if (checked.length === 0) return null;
  const lines = checked.map((tag) => text.slice(tag.start, tag.end).replaceAll('\n', ' '));
  const fault = faultOf(lines.join('\n'), dialect);
  if (fault === null) return null;
  let start = 0;
  const index = lines.findIndex((line) => (start += line.length + 1) > fault.offset);
  const tag = checked[index] ?? checked[0];
  return tag === undefined ? null : { start: tag.start, end: tag.end, message: fault.message };
}
