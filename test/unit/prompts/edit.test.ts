import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import {
  applyEdits,
  editMessages,
  insertAfterSegment,
  literalText,
  messageRange,
  messageText,
  placeInMessage,
  replaceInMessage,
  touchesFrozen,
} from '../../../src/engine/prompts/edit.js';
import { parsePrompt } from '../../../src/engine/prompts/parse.js';
import { files } from './examples.js';

const variants = Object.entries(files).flatMap(([file, text]) => [
  { title: file, file, text },
  { title: `${file} with CRLF`, file, text: text.replaceAll('\n', '\r\n') },
  { title: `${file} with a byte order mark`, file, text: `\uFEFF${text}` },
]);

/** Words, punctuation that YAML and templates find interesting, line ends and odd characters. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('word', ' ', '\n', '. ', 'Be brief', '\n\n', '- item', '  ', '\t') },
  { weight: 2, arbitrary: fc.constantFrom(': ', ' #', '"', "'", '\\', '|', '>', '&', '*', '%', '@', '`', '---', '{', '}', '[', ']', '\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('é', '😀', '\u2028', '\u0007', '\u00a0', 'system', 'null', '123', '~', '\uFEFF') },
);
const newText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

describe.each(variants)('edits of $title', ({ file, text }) => {
  it('read back as intended and leave every other byte alone (property)', () => {
    const document = parsePrompt(file, text);
    expect(document.messages.length).toBeGreaterThan(0);
    let applied = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), newText, (which, a, b, inserted) => {
        const index = which % document.messages.length;
        const before = messageText(document, index);
        const start = Math.min(a % (before.length + 1), b % (before.length + 1));
        const end = Math.max(a % (before.length + 1), b % (before.length + 1));
        let edits;
        try {
          edits = replaceInMessage(document, index, start, end, inserted);
        } catch (error) {
          // Formats without escapes cannot hold every text; a YAML scalar can.
          expect(EngineError.is(error, 'PROMPT_INVALID')).toBe(true);
          expect(/\.(?:prompty|prompt|txt|json)$/u.test(file)).toBe(true);
          return;
        }
        applied += 1;
        const after = applyEdits(document.text, edits);
        const parsed = parsePrompt(file, after);
        const intended = before.slice(0, start) + inserted.replaceAll('\r\n', '\n') + before.slice(end);
        const trimmed = /\.prompt(?:y)?$/u.test(file) ? intended.replace(/^\n+|\n+$/gu, '') : intended;
        expect(messageText(parsed, index)).toBe(trimmed);
        document.messages.forEach((message, other) => {
          expect(parsed.messages[other]?.role).toBe(message.role);
          if (other !== index) expect(messageText(parsed, other)).toBe(messageText(document, other));
        });
        const first = Math.min(...edits.map((edit) => edit.range.start));
        const last = Math.max(...edits.map((edit) => edit.range.end));
        expect(after.startsWith(document.text.slice(0, first))).toBe(true);
        expect(after.endsWith(document.text.slice(last))).toBe(true);
      }),
      { numRuns: 350, seed: 20260101 },
    );
    expect(applied).toBeGreaterThan(100);
  });
});
