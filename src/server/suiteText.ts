/** Puts one more case into the text of a suite: everything else in it stays as it was, comments and spacing too. */
import { isMap, isScalar, isSeq, parseDocument, stringify, type Document } from 'yaml';
import { EngineError } from '../engine/errors.js';
import type { SourceRange } from '../shared/documents.js';

export interface NewCase {
  description: string;
  vars: Record<string, string>;
  assert: Record<string, string>[];
  /** Lines above the case, without `#`. */
  comments: string[];
}

export interface SuiteChange {
  text: string;
  /** Where the case stands in `text`. */
  range: SourceRange;
}

/** Throws SUITE_INVALID where the suite cannot be read. `before` is empty for a new one, which then begins with `head`. */
export function withCase(before: string, head: string, added: NewCase): SuiteChange {
  const crlf = before.includes('\r\n');
  const text = before.replaceAll('\r\n', '\n');
  const change = insert(text.trim() === '' ? head : text, added);
  if (!crlf) return change;
  const lines = (part: string): string => part.replaceAll('\n', '\r\n');
  const start = lines(change.text.slice(0, change.range.start)).length;
  const length = lines(change.text.slice(change.range.start, change.range.end)).length;
  return { text: lines(change.text), range: { start, end: start + length } };
}

function insert(text: string, added: NewCase): SuiteChange {
  const document = parseDocument(text, { strict: false });
  if (document.errors.length > 0 || !isMap(document.contents))
    throw new EngineError('SUITE_INVALID', 'The suite cannot be read as YAML. Mend it first, then add the case.');
  return spliced(text, document, added) ?? throughDocument(text, document, added);
}

/** Behind the last case of a block list, or as a new `tests:`; `null` where the suite is not written that way. */
function spliced(text: string, document: Document.Parsed, added: NewCase): SuiteChange | null {
  const tests = document.get('tests', true);
  const lineEnd = text === '' || text.endsWith('\n') ? '' : '\n';
  if (tests === undefined) return place(`${text}${lineEnd}tests:\n`, '', block(added, '  '));
  if (!isSeq(tests) || tests.flow === true) return null;
  const last = tests.items.at(-1);
  const range = (last as { range?: [number, number, number] | null } | undefined)?.range;
  if (range == null) return null;
  const dash = text.lastIndexOf('-', range[0]);
  const indent = text.slice(text.lastIndexOf('\n', dash) + 1, dash);
  // A case that begins behind something else on its line is in a style that is left to the YAML library.
  if (indent.trim() !== '' || dash === -1) return null;
  // `range[1]` ends the value: a comment behind it belongs to its line, and one below it to what follows.
  const end = text.indexOf('\n', Math.max(range[0], range[1] - 1));
  const at = end === -1 ? text.length : end + 1;
  return place(end === -1 ? `${text}\n` : text.slice(0, at), text.slice(at), block(added, indent));
}

/** For lists in other styles and for `tests: file://…`, which becomes a list of the file and the case. */
function throughDocument(text: string, document: Document.Parsed, added: NewCase): SuiteChange {
  const tests = document.get('tests', true);
  const node = document.createNode(plain(added));
  node.commentBefore = added.comments.map((line) => ` ${line}`).join('\n');
  if (isSeq(tests)) {
    tests.flow = false;
    tests.add(node);
  } else {
    const files = isScalar(tests) && tests.value !== null ? [tests.value] : [];
    document.set('tests', document.createNode(files));
    const list = document.get('tests', true);
    if (isSeq(list)) list.add(node);
  }
  const after = document.toString({ lineWidth: 0 });
  // What stands behind the common beginning is what is new.
  let start = 0;
  while (start < text.length && text[start] === after[start]) start++;
  return { text: after, range: { start: after.lastIndexOf('\n', start) + 1, end: after.length } };
}

function place(before: string, behind: string, block: string): SuiteChange {
  return { text: before + block + behind, range: { start: before.length, end: before.length + block.length } };
}

function plain({ description, vars, assert }: NewCase): Record<string, unknown> {
  return { description, vars, ...(assert.length === 0 ? {} : { assert }) };
}

function block(added: NewCase, indent: string): string {
  const comments = added.comments.map((line) => `${indent}# ${line}\n`).join('');
  const [first = '', ...rest] = stringify(plain(added), { lineWidth: 0 }).replace(/\n$/, '').split('\n');
  const body = [`${indent}- ${first}`, ...rest.map((line) => (line === '' ? '' : `${indent}  ${line}`))];
  return `${comments}${body.join('\n')}\n`;
}
