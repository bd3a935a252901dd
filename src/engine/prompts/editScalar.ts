import { isScalar } from 'yaml';
import type { CST } from 'yaml';
import { EngineError } from '../errors.js';
import type { LayoutMessage } from './layout.js';
import { blockLayout } from './scalarMap.js';
import { sourceOf } from './textMap.js';
import type { TextEdit } from './types.js';

interface ScalarPlace {
  token: CST.FlowScalar | CST.BlockScalar;
  /** Added to the token's offsets: 1 where the file starts with a byte order mark. */
  base: number;
  newline: string;
}

function placeOf(file: string, message: LayoutMessage): ScalarPlace {
  const token = isScalar(message.node) ? message.node.srcToken : undefined;
  if (token === undefined || !('source' in token) || token.type === 'alias') {
    throw new EngineError('PROMPT_INVALID', 'This message is no text of its own in the file. Write it out there.');
  }
  return {
    token: token as CST.FlowScalar | CST.BlockScalar,
    base: file.startsWith('\uFEFF') ? 1 : 0,
    newline: file.includes('\r\n') ? '\r\n' : '\n',
  };
}

function columnOf(file: string, offset: number): number {
  return offset - (file.lastIndexOf('\n', offset - 1) + 1);
}

const doubleEscapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Inside double quotes every text can be said. */
function escapeDouble(text: string): string {
  return text.replace(/["\\\p{Cc}\u2028\u2029\uFEFF]|[\uD800-\uDFFF](?<![\uD800-\uDBFF])(?![\uDC00-\uDFFF])/gu, (char) => {
    const known = doubleEscapes[char];
    return known ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The smallest edit in the scalar's own style. It may not read back as intended; the caller checks that. */
function inPlace(file: string, message: LayoutMessage, edit: { start: number; end: number; newText: string }): TextEdit {
  const { token, base, newline } = placeOf(file, message);
  const range = sourceOf(message.map, edit.start, edit.end);
  const text = edit.newText.replaceAll('\r\n', '\n');
  if (token.type === 'double-quoted-scalar') return { range, newText: escapeDouble(text) };
  if (token.type === 'single-quoted-scalar') return { range, newText: text.replaceAll("'", "''") };
  if (token.type !== 'block-scalar') return { range, newText: text };
  const { indent, header } = blockLayout(file, token, base);
  const indented = text
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : ' '.repeat(indent) + line))
    .join(newline);
  // What follows on the same line needs the indentation that the last new line end took from it.
  const follows = text.endsWith('\n') && message.map.text[edit.end] !== undefined && message.map.text[edit.end] !== '\n';
  // Before the first character of a line that was empty there is no indentation yet.
  const column = columnOf(file, range.start);
  const leads = column < indent && text !== '' && !text.startsWith('\n') && range.start === range.end;
  const body = (leads ? ' '.repeat(indent - column) : '') + indented + (follows ? ' '.repeat(indent) : '');
  return { range, newText: header.startsWith('>') ? foldable(body) : body };
}

/** In a folded block one line end is a space, so each has to be doubled. */
function foldable(text: string): string {
  return text.replace(/\r?\n/gu, (end) => end + end);
}

function fitsBlock(text: string): boolean {
  // Control characters, lone surrogates and bare carriage returns cannot be written in a block.
  return !/[^\P{Cc}\n\t]|[\uFEFF\uFFFE\uFFFF\u2028\u2029]/u.test(text) && !/\p{Cs}/u.test(text) && text.trim() !== '';
}

function blockText(text: string, indent: number, relative: number, newline: string): string {
  const ends = /\n*$/u.exec(text)?.[0].length ?? 0;
  const chomp = ends === 0 ? '-' : ends === 1 ? '' : '+';
  // A leading space or empty line would be taken for the indentation.
  const indicator = /^[\s]/u.test(text) ? String(relative) : '';
  const lines = (ends > 0 ? text.slice(0, -1) : text).split('\n');
  return `|${indicator}${chomp}${newline}${lines.map((line) => (line === '' ? '' : ' '.repeat(indent) + line)).join(newline)}`;
}

/** The whole scalar written anew: as a literal block where it was one or spans lines, else in double quotes. */
function whole(file: string, message: LayoutMessage, text: string): TextEdit {
  const { token, base, newline } = placeOf(file, message);
  const start = base + token.offset;
  if (token.type !== 'block-scalar') {
    return { range: { start, end: start + token.source.length }, newText: `"${escapeDouble(text)}"` };
  }
  const { contentEnd, contentStart, indent } = blockLayout(file, token, base);
  const parent = Math.max(token.indent, 0);
  const relative = indent - parent;
  const atEnd = contentEnd >= file.length && !file.endsWith('\n');
  const range = { start, end: Math.max(contentEnd, Math.min(contentStart, file.length)) };
  if (fitsBlock(text) && relative >= 1 && relative <= 9) {
    return { range, newText: blockText(text, indent, relative, newline) + (atEnd && !text.endsWith('\n') ? '' : newline) };
  }
  return { range, newText: `"${escapeDouble(text)}"${newline}` };
}

/** Edits inside a YAML scalar. Both ways are checked by parsing the result; see `edit.ts`. */
export const editScalar = { inPlace, whole };
