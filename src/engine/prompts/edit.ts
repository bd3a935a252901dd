/**
 * Edits of a prompt as text ranges: a file is never parsed and printed again, so everything outside the edited ranges
 * stays byte for byte what it was.
 *
 * Offsets "in the message text" are UTF-16 offsets in `messageText(document, index)`: the text that the format's own
 * reader sees, with line ends LF and YAML escapes and indentation resolved; placeholders stand in it as written.
 * The result of every function here has been parsed again and compared before it is returned.
 */
import type { SourceRange } from '../../shared/documents.js';
import { EngineError } from '../errors.js';
import { editScalar } from './editScalar.js';
import type { Layout, LayoutMessage } from './layout.js';
import { frozenRegions, layoutOf, parsePrompt } from './parse.js';
import { sourceOf } from './textMap.js';
import type { PromptDocument, TextEdit } from './types.js';

/** `newText` in place of `[start, end)` of the message text; `start = end` inserts. */
export interface MessageEdit {
  messageIndex: number;
  start: number;
  end: number;
  newText: string;
}

/** Applies edits with ranges of the old text. Throws PROMPT_INVALID where they overlap or lie outside. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  let result = '';
  let place = 0;
  for (const { range, newText } of sorted) {
    if (range.start < place || range.end < range.start || range.end > text.length) {
      throw new EngineError('PROMPT_INVALID', 'The edits overlap or lie outside the file. Make the suggestion again.');
    }
    result += text.slice(place, range.start) + newText;
    place = range.end;
  }
  return result + text.slice(place);
}

function messageAt(layout: Layout, index: number): LayoutMessage {
  const message = layout.messages[index];
  if (message === undefined)
    throw new EngineError('PROMPT_INVALID', `The prompt has no message number ${String(index + 1)}. Check the prompt.`);
  return message;
}

/** The message's text as a model template: escapes and indentation resolved, line ends LF, placeholders as written. */
export function messageText(document: PromptDocument, index: number): string {
  const { map, start, end } = messageAt(layoutOf(document), index);
  return map.text.slice(start, end);
}

/** Where `[start, end)` of the message text stands in the file. */
export function messageRange(document: PromptDocument, index: number, start: number, end: number): SourceRange {
  const message = messageAt(layoutOf(document), index);
  return sourceOf(message.map, message.start + start, message.start + end);
}

/** Where a place in the file lies in the message text; `null` where it is in no message. */
export function placeInMessage(document: PromptDocument, offset: number): { messageIndex: number; offset: number } | null {
  const { messages } = layoutOf(document);
  for (const [messageIndex, { map, start, end }] of messages.entries()) {
    if (offset < map.start(start) || offset > map.end(end)) continue;
    let low = start;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (map.end(middle + 1) <= offset) low = middle + 1;
      else high = middle;
    }
    return { messageIndex, offset: low - start };
  }
  return null;
}

/**
 * Do the edits touch front matter, a role marker, a tag or a frozen region? An insertion at the edge of one does not, except
 * at the end of a region that is not closed.
 */
export function touchesFrozen(document: PromptDocument, edits: readonly TextEdit[]): boolean {
  const open = frozenRegions(layoutOf(document)).filter((region) => region.open);
  return edits.some(({ range: { start, end } }) => {
    if (open.some((region) => end > region.range.start)) return true;
    return document.frozen.some((frozen) =>
      start === end ? start > frozen.start && start < frozen.end : start < frozen.end && end > frozen.start,
    );
  });
}

function isTrimmed(layout: Layout): boolean {
  return layout.format === 'prompty' || layout.format === 'dotprompt';
}

/** What the message texts shall be after the edits, in the form in which the format reads them. */
function intendedTexts(document: PromptDocument, layout: Layout, edits: readonly MessageEdit[]): string[] {
  return layout.messages.map((_, index) => {
    const own = edits
      .filter((edit) => edit.messageIndex === index)
      .map(({ start, end, newText }) => ({ range: { start, end }, newText: newText.replaceAll('\r\n', '\n') }));
    const text = applyEdits(messageText(document, index), own);
    return isTrimmed(layout) && own.length > 0 ? text.replace(/^\n+|\n+$/gu, '') : text;
  });
}

function textsOf(document: PromptDocument): string[] {
  return layoutOf(document).messages.map((_, index) => messageText(document, index));
}

function errorsIn(document: PromptDocument): number {
  return document.problems.filter((problem) => problem.severity === 'error').length;
}

function sameShape(before: PromptDocument, after: PromptDocument, intended: readonly string[]): boolean {
  const texts = textsOf(after);
  return (
    texts.length === intended.length &&
    texts.every((text, index) => text === intended[index] && after.messages[index]?.role === before.messages[index]?.role) &&
    after.id === before.id &&
    after.format === before.format &&
    errorsIn(after) <= errorsIn(before) &&
    JSON.stringify([after.model, after.samples, after.defaults]) === JSON.stringify([before.model, before.samples, before.defaults])
  );
}

function plainEdit(document: PromptDocument, message: LayoutMessage, edit: MessageEdit): TextEdit {
  const newline = document.text.includes('\r\n') ? '\r\n' : '\n';
  const range = sourceOf(message.map, message.start + edit.start, message.start + edit.end);
  return { range, newText: edit.newText.replaceAll('\r\n', '\n').replaceAll('\n', newline) };
}

/** Edits of several places, in one message or many. Ranges refer to the texts before the edits and must not overlap. */
export function editMessages(document: PromptDocument, edits: readonly MessageEdit[]): TextEdit[] {
  const layout = layoutOf(document);
  const intended = intendedTexts(document, layout, edits);
  const inPlace = edits.map((edit) => {
    const message = messageAt(layout, edit.messageIndex);
    return message.node === undefined ? plainEdit(document, message, edit) : editScalar.inPlace(document.text, message, edit);
  });
  if (holds(document, inPlace, intended)) return inPlace;
  // Where the smallest edit does not read back, whole YAML scalars are written anew; other formats cannot express the text.
  const touched = [...new Set(edits.map((edit) => edit.messageIndex))];
  const anew = touched.flatMap((index) => {
    const message = messageAt(layout, index);
    return message.node === undefined ? [] : [editScalar.whole(document.text, message, intended[index] ?? '')];
  });
  if (anew.length === touched.length && holds(document, anew, intended)) return anew;
  const message =
    'The new text cannot stand in this prompt: the format would read a part of it as a role, a tag or a comment. Word it differently.';
  throw new EngineError('PROMPT_INVALID', message, { file: document.file });
}

function holds(document: PromptDocument, edits: readonly TextEdit[], intended: readonly string[]): boolean {
  return sameShape(document, parsePrompt(document.file, applyEdits(document.text, edits)), intended);
}

/**
 * Replaces `[start, end)` of the text of message `messageIndex` (see above for the offsets).
 * Throws PROMPT_INVALID where the format cannot hold the new text, such as a line `user:` in a `.prompty` file.
 */
export function replaceInMessage(document: PromptDocument, messageIndex: number, start: number, end: number, newText: string): TextEdit[] {
  return editMessages(document, [{ messageIndex, start, end, newText }]);
}

/** Inserts right after segment `segmentIndex` of the message; -1 inserts at the start of the message. */
export function insertAfterSegment(document: PromptDocument, messageIndex: number, segmentIndex: number, newText: string): TextEdit[] {
  const segments = document.messages[messageIndex]?.segments ?? [];
  const at = segments.slice(0, segmentIndex + 1).reduce((sum, segment) => sum + segment.text.length, 0);
  return replaceInMessage(document, messageIndex, at, at, newText);
}

/**
 * Text that the template renders as `text`, whatever tags it contains; `null` where the dialect has no way to say it.
 * Text from a feedback log must go through this before it is put into a prompt.
 */
export function literalText(document: PromptDocument, text: string): string | null {
  switch (layoutOf(document).dialect) {
    case 'none':
      return text;
    case 'jinja':
      // Nunjucks also stumbles over the end of a comment that was never begun.
      return text.replace(/\{(?=[{%#])|#(?=\})/gu, '{{ "$&" }}');
    case 'replace':
    case 'mustache':
    case 'handlebars':
      return text.includes('{{') ? null : text;
  }
}
