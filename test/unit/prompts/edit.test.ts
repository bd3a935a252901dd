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
import type { PromptDocument } from '../../../src/engine/prompts/types.js';
import { renderPrompt } from '../../../src/engine/prompts/render/render.js';
import { files } from './examples.js';

const variants = Object.entries(files).flatMap(([file, text]) => [
  { title: file, file, text },
  { title: `${file} with CRLF`, file, text: text.replaceAll('\n', '\r\n') },
  { title: `${file} with a byte order mark`, file, text: `\uFEFF${text}` },
]);

/** Words, punctuation that YAML and templates find interesting, line ends and odd characters. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('word', ' ', '\n', '. ', 'Be brief', '\n\n', '- item', '  ', '\t') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(': ', ' #', '"', "'", '\\', '|', '>', '&', '*', '%', '@', '`', '---', '{', '}', '[', ']', '\r\n'),
  },
  { weight: 1, arbitrary: fc.constantFrom('é', '😀', '\u2028', '\u0007', '\u00a0', 'system', 'null', '123', '~', '\uFEFF') },
);
const newText = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** A stretch of the message text without tags. */
function textSegment(document: PromptDocument, index: number, which: number): { from: number; to: number } {
  const found: { from: number; to: number }[] = [];
  let place = 0;
  for (const { kind, text } of document.messages[index]?.segments ?? []) {
    if (kind === 'text') found.push({ from: place, to: place + text.length });
    place += text.length;
  }
  return found[which % Math.max(1, found.length)] ?? { from: 0, to: 0 };
}

describe.each(variants)('edits of $title', ({ file, text }) => {
  it('read back as intended and leave every other byte alone (property)', () => {
    const document = parsePrompt(file, text);
    expect(document.messages.length).toBeGreaterThan(0);
    let applied = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), newText, (which, a, b, inserted) => {
        const index = which % document.messages.length;
        const before = messageText(document, index);
        const { from, to } = which % 3 === 0 ? { from: 0, to: before.length } : textSegment(document, index, a);
        const places = [from + (a % (to - from + 1)), from + (b % (to - from + 1))];
        const [start, end] = [Math.min(...places), Math.max(...places)];
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
      { numRuns: /prompty|yml|yaml/u.test(file) ? 170 : 340, seed: 20260101 },
    );
    expect(applied).toBeGreaterThan(60);
  }, 60_000);
});

describe('edit helpers', () => {
  const document = parsePrompt('a.prompt.yml', files['prompts/github.prompt.yml'] ?? '');
  const jinja = parsePrompt('a.prompty', 'system:\nBe kind.\nuser:\n{{ q }}\n');

  it('insert after a segment, or before the first', () => {
    expect(applyEdits(jinja.text, insertAfterSegment(jinja, 1, 0, ' please'))).toBe('system:\nBe kind.\nuser:\n{{ q }} please\n');
    expect(applyEdits(jinja.text, insertAfterSegment(jinja, 0, -1, 'Be brief. '))).toBe('system:\nBe brief. Be kind.\nuser:\n{{ q }}\n');
  });

  it('edit several places at once', () => {
    const edits = editMessages(jinja, [
      { messageIndex: 0, start: 3, end: 7, newText: 'quick' },
      { messageIndex: 1, start: 0, end: 0, newText: 'Q: ' },
      { messageIndex: 0, start: 0, end: 2, newText: 'Always be' },
    ]);
    expect(applyEdits(jinja.text, edits)).toBe('system:\nAlways be quick.\nuser:\nQ: {{ q }}\n');
    expect(() =>
      applyEdits('abc', [
        { range: { start: 0, end: 2 }, newText: '' },
        { range: { start: 1, end: 3 }, newText: '' },
      ]),
    ).toThrow('overlap');
  });

  it('refuse what the format cannot hold', () => {
    for (const bad of ['x\nuser:\ny', '{% if x %}', '{{ x'])
      expect(() => replaceInMessage(jinja, 0, 0, 0, bad)).toThrow('cannot stand in this prompt');
    expect(() => replaceInMessage(jinja, 5, 0, 0, 'x')).toThrow('no message number 6');
  });

  it('keep a block scalar a block scalar', () => {
    const last = document.messages.length - 1;
    const after = applyEdits(document.text, replaceInMessage(document, last, 0, 0, 'First: line\nsecond # line\n\n'));
    expect(after).toContain('    content: |\n      First: line\n      second # line\n\n      Summarize {{input}}');
  });

  it('map places between message and file', () => {
    document.messages.forEach((_, index) => {
      const all = messageText(document, index);
      const at = all.indexOf(' ') + 1;
      const range = messageRange(document, index, at, at + 3);
      expect(placeInMessage(document, range.start)).toEqual({ messageIndex: index, offset: at });
      expect(document.text.slice(range.start, range.end)).toContain(all[at]);
    });
    expect(placeInMessage(document, 0)).toBeNull();
  });

  it('know frozen places', () => {
    const at = jinja.text.indexOf('{{');
    const edit = (start: number, end: number): boolean => touchesFrozen(jinja, [{ range: { start, end }, newText: 'x' }]);
    expect([edit(at, at), edit(at + 1, at + 1), edit(at, at + 1), edit(0, 1), edit(8, 15)]).toEqual([false, true, true, true, false]);
    const open = parsePrompt('a.prompty', 'user:\nfree\n<!-- prompt:frozen -->\nheld');
    const insert = (start: number): boolean => touchesFrozen(open, [{ range: { start, end: start }, newText: 'x' }]);
    expect([insert(11), insert(20), insert(open.text.length)]).toEqual([false, true, true]);
  });

  it('make any text literal, so that it renders as it is', () => {
    const hostile = 'a {{ x }} {% if y %} {# z #} {{{ w }}} { ok } #} {#} }} %}';
    const literal = literalText(jinja, hostile) ?? '';
    const edited = parsePrompt('a.prompty', applyEdits(jinja.text, replaceInMessage(jinja, 0, 0, 0, literal)));
    expect(renderPrompt(edited, { q: '' }).messages[0]?.content).toBe(`${hostile}Be kind.`);
    expect(literalText(document, hostile)).toBeNull();
    expect(literalText(document, 'plain')).toBe('plain');
  });
});
