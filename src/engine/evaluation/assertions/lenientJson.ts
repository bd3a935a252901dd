/** Data in the middle of a text, as models write it. */
import { parseDocument } from 'yaml';
import { parseJson } from './outcome.js';

const maxLength = 100_000;
const maxDepth = 100;

/** The text has more that may be data than is looked at. */
export class TooMany extends Error {}

/**
 * The objects that stand in a text, from the outside: strict JSON first, else what YAML makes of it with `//` comments read as comments
 * (single quotes, names without quotes, commas too many, braces that the end of the text cut off), as promptfoo reads them. A list that
 * stands alone is none. At most `limit` places are tried, for an answer may be full of braces; throws TooMany beyond that.
 */
export function objectsIn(text: string, limit = 100): unknown[] {
  const found: unknown[] = [];
  let tries = 0;
  for (let start = text.indexOf('{'); start !== -1; start = text.indexOf('{', start + 1)) {
    if (++tries > limit) throw new TooMany();
    const object = objectAt(text, start);
    if (object === null) continue;
    found.push(object.value);
    start = object.end - 1;
  }
  return found;
}

/** JSON objects and lists that begin a line and end one, as they stand among prose. Throws TooMany like `objectsIn`. */
export function valuesOnLines(text: string, limit = 100): unknown[] {
  const found: unknown[] = [];
  const starts = /^[^\S\n]*[[{]/gmu;
  let tries = 0;
  for (let match = starts.exec(text); match !== null; match = starts.exec(text)) {
    if (++tries > limit) throw new TooMany();
    const start = match.index + match[0].length - 1;
    const closed = closing(text, start, true);
    const value =
      closed === null || !/^[^\S\n]*(?:\n|$)/u.test(text.slice(closed.end, closed.end + 200))
        ? undefined
        : parseJson(text.slice(start, closed.end));
    if (closed === null || value === undefined) continue;
    found.push(value);
    starts.lastIndex = closed.end;
  }
  return found;
}

function objectAt(text: string, start: number): { value: object; end: number } | null {
  const strictEnd = closing(text, start, true);
  if (strictEnd !== null) {
    const value = parseJson(text.slice(start, strictEnd.end));
    if (typeof value === 'object' && value !== null) return { value, end: strictEnd.end };
  }
  const loose = closing(text, start, false);
  if (loose === null) return null;
  const value = lenient(text.slice(start, loose.end) + '}'.repeat(loose.open));
  return value === null ? null : { value, end: loose.end };
}

/**
 * Behind the brace that closes the one at `start` (`strict`: brackets as well, and none in quotes); `open` braces are missing where the text
 * ends before. `null` where they nest too deep.
 */
function closing(text: string, start: number, strict: boolean): { end: number; open: number } | null {
  const last = Math.min(text.length, start + maxLength);
  let open = 0;
  let quoted = false;
  for (let at = start; at < last; at++) {
    const char = text[at];
    if (strict && char === '\\') at++;
    else if (strict && char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if ((char === '{' || (strict && char === '[')) && ++open > maxDepth) return null;
    else if ((char === '}' || (strict && char === ']')) && --open === 0) return { end: at + 1, open: 0 };
  }
  return strict ? null : { end: last, open };
}

function lenient(text: string): object | null {
  const document = parseDocument(comments(text), { uniqueKeys: false, logLevel: 'silent' });
  if (document.errors.length > 0) return null;
  try {
    const value: unknown = document.toJS({ maxAliasCount: 10 });
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    // Aliases that have no anchor or repeat too much: no data.
    return null;
  }
}

/** `//` to the end of a line is a comment where it stands behind white space and outside of quotes, so not in an address. */
function comments(text: string): string {
  if (!text.includes('//')) return text;
  let quote = '';
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote === '"') result += text[at++] ?? '';
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '/' && text[at + 1] === '/' && /[\s,{[]/u.test(text[at - 1] ?? ' ')) {
      result += ' #';
      at++;
      continue;
    }
    result += text[at] ?? '';
  }
  return result;
}
