/**
 * The instructions of a prompt as numbered sentences. A sentence never cuts a placeholder, a tag or a fence, and knows
 * whether it may be changed: frozen text, code, and sentences that carry a placeholder may only be followed by new text.
 */
import { messageRange } from '../prompts/edit.js';
import type { PromptDocument } from '../prompts/types.js';
import type { Role } from '../ports.js';

export interface Sentence {
  /** 1-based, over the whole prompt; what an edit script calls `§n`. */
  n: number;
  message: number;
  role: Role;
  text: string;
  /** Offsets in the message's text (see `prompts/edit.ts`). */
  start: number;
  end: number;
  /** It may be replaced and deleted. */
  editable: boolean;
  /** It stands alone on its lines, so that deleting it takes the line with it. */
  wholeLine: boolean;
}

/** A piece of a message's text with its offsets. */
interface Atom {
  text: string;
  start: number;
  end: number;
  solid: boolean;
}

/** Sentences of all system and user messages, in file order. */
export function sentencesOf(document: PromptDocument): Sentence[] {
  const result: Sentence[] = [];
  document.messages.forEach((message, index) => {
    if (message.role === 'assistant' || message.role === 'tool') return;
    for (const piece of pieces(document, index)) result.push({ n: result.length + 1, message: index, role: message.role, ...piece });
  });
  return result;
}

type Piece = Pick<Sentence, 'text' | 'start' | 'end' | 'editable' | 'wholeLine'>;

function pieces(document: PromptDocument, message: number): Piece[] {
  const result: Piece[] = [];
  for (const line of lines(document, message)) {
    const parts = splitLine(line);
    for (const part of parts) result.push({ ...part, wholeLine: parts.length === 1 });
  }
  return result;
}

/** Lines of a message as lists of atoms; a fenced block is one line. */
function lines(document: PromptDocument, message: number): Atom[][] {
  const result: Atom[][] = [];
  let line: Atom[] = [];
  let fence: string | null = null;
  const flush = (): void => {
    if (line.some((atom) => atom.text.trim() !== '')) result.push(line);
    line = [];
  };
  let at = 0;
  for (const segment of document.messages[message]?.segments ?? []) {
    if (segment.kind !== 'text') {
      line.push({ text: segment.text, start: at, end: at + segment.text.length, solid: true });
      at += segment.text.length;
      continue;
    }
    for (const part of segment.text.split(/(?<=\n)/u)) {
      const mark = /^\s*(```+|~~~+)/u.exec(part)?.[1] ?? null;
      const fenced = fence !== null || mark !== null;
      if (part !== '')
        line.push({ text: part, start: at, end: at + part.length, solid: fenced || isFrozen(document, message, at, at + part.length) });
      at += part.length;
      if (fence === null) fence = mark;
      else if (mark !== null && mark.startsWith(fence)) fence = null;
      if (part.endsWith('\n') && fence === null) flush();
    }
  }
  flush();
  return result;
}

function isFrozen(document: PromptDocument, message: number, start: number, end: number): boolean {
  const place = messageRange(document, message, start, end);
  return document.frozen.some((range) => range.start < place.end && place.start < range.end);
}

const SENTENCE_END = /[.!?…][)"'”’]*\s+(?=[\p{Lu}\p{N}"'“‘(*-])/gu;

/** Cuts a line after each sentence; a cut inside a placeholder or a fence does not exist. */
function splitLine(line: readonly Atom[]): Omit<Piece, 'wholeLine'>[] {
  const result: Omit<Piece, 'wholeLine'>[] = [];
  let open: Atom[] = [];
  const close = (): void => {
    const text = open.map((atom) => atom.text).join('');
    const first = open[0];
    const last = open.at(-1);
    open = [];
    if (first === undefined || last === undefined || text.trim() === '') return;
    const lead = text.length - text.trimStart().length;
    const trail = text.length - text.trimEnd().length;
    result.push({ text: text.trim(), start: first.start + lead, end: last.end - trail, editable: !hasSolid(line, first.start, last.end) });
  };
  for (const atom of line) {
    if (atom.solid) {
      open.push(atom);
      continue;
    }
    let from = 0;
    for (const match of atom.text.matchAll(SENTENCE_END)) {
      const to = match.index + match[0].length;
      open.push({ text: atom.text.slice(from, to), start: atom.start + from, end: atom.start + to, solid: false });
      close();
      from = to;
    }
    if (from < atom.text.length) open.push({ text: atom.text.slice(from), start: atom.start + from, end: atom.end, solid: false });
  }
  close();
  return result;
}

function hasSolid(line: readonly Atom[], start: number, end: number): boolean {
  return line.some((atom) => atom.solid && atom.start < end && start < atom.end);
}
