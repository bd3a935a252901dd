/** Changes to a prompt as hunks, and the candidate that a set of hunks makes. */
import { EngineError } from '../errors.js';
import { applyEdits, editMessages, messageText, type MessageEdit } from '../prompts/edit.js';
import { promptSha256 } from '../prompts/hash.js';
import type { PromptDocument } from '../prompts/types.js';
import type { Sentence } from './segments.js';
import type { Candidate, Hunk, Proposal } from './types.js';

type Why = Hunk['why'];

/** New lines after a sentence; on the same line only where more of the line follows and the text is one line. */
export function insertAfter(
  document: PromptDocument,
  sentence: Sentence,
  text: string,
  why: Why,
  options: { region?: Hunk['region']; order?: number; blankLine?: boolean } = {},
): Hunk {
  const endsLine = /^[^\S\n]*(\n|$)/u.test(messageText(document, sentence.message).slice(sentence.end));
  const lead = !endsLine && !text.includes('\n') ? ' ' : options.blankLine === true ? '\n\n' : '\n';
  return {
    message: sentence.message,
    start: sentence.end,
    end: sentence.end,
    before: '',
    after: lead + text,
    order: options.order ?? 0,
    region: options.region ?? 'instruction',
    why,
  };
}

export function replace(sentence: Sentence, text: string, why: Why): Hunk {
  return {
    message: sentence.message,
    start: sentence.start,
    end: sentence.end,
    before: sentence.text,
    after: text,
    order: 0,
    region: 'instruction',
    why,
  };
}

/** Takes the sentence and the white space that joined it to what stands before it (after it, where it comes first). */
export function remove(document: PromptDocument, sentence: Sentence, why: Why): Hunk {
  const text = messageText(document, sentence.message);
  const lead = (sentence.wholeLine ? /\s*$/u : /[^\S\n]*$/u).exec(text.slice(0, sentence.start))?.[0].length ?? 0;
  const trail = /^\s*/u.exec(text.slice(sentence.end))?.[0].length ?? 0;
  const first = sentence.start - lead <= 0;
  const start = first ? sentence.start : sentence.start - lead;
  const end = first ? sentence.end + trail : sentence.end;
  return { message: sentence.message, start, end, before: text.slice(start, end), after: '', order: 0, region: 'instruction', why };
}

/** Two hunks that touch the same characters. Two deletions may share white space; a prompt has one list of examples. */
function conflict(a: Hunk, b: Hunk): boolean {
  if (a.region === 'examples' && b.region === 'examples') return true;
  if (a.message !== b.message || (a.after === '' && b.after === '')) return false;
  if (Math.max(a.start, b.start) < Math.min(a.end, b.end)) return true;
  const inside = (point: Hunk, span: Hunk): boolean => point.start === point.end && span.start < point.start && point.start < span.end;
  return inside(a, b) || inside(b, a);
}

function sameHunk(a: Hunk, b: Hunk): boolean {
  return a.message === b.message && a.start === b.start && a.end === b.end && a.after === b.after;
}

/** `null` where hunks conflict. Hunks that both have are taken once. */
export function mergeHunks(a: readonly Hunk[], b: readonly Hunk[]): Hunk[] | null {
  const added = b.filter((hunk) => !a.some((other) => sameHunk(hunk, other)));
  return added.some((hunk) => a.some((other) => conflict(hunk, other))) ? null : [...a, ...added];
}

function sortHunks(hunks: readonly Hunk[]): Hunk[] {
  return [...hunks].sort((a, b) => a.message - b.message || a.start - b.start || a.end - b.end || a.order - b.order);
}

/** The text that a proposal makes of the parent, or why the format cannot hold it. */
export function candidateOf(parent: PromptDocument, proposal: Proposal): Candidate | string {
  const hunks = sortHunks(proposal.hunks);
  try {
    const text = applyEdits(parent.text, editMessages(parent, editsOf(parent, hunks)));
    return { ...proposal, hunks, text, sha: promptSha256(text) };
  } catch (error) {
    if (EngineError.is(error, 'PROMPT_INVALID')) return `cannot stand in the file: ${error.message}`;
    throw error;
  }
}

/** Neighbouring deletions become one; one at the start of a message takes the white space after it along. */
function editsOf(parent: PromptDocument, hunks: readonly Hunk[]): MessageEdit[] {
  const edits: MessageEdit[] = [];
  for (const { message, start, end, after } of hunks) {
    const last = edits.at(-1);
    if (last?.messageIndex === message && last.newText === '' && after === '' && start <= last.end) last.end = Math.max(last.end, end);
    else edits.push({ messageIndex: message, start, end, newText: after });
  }
  edits.forEach((edit, i) => {
    if (edit.start > 0 || edit.newText !== '') return;
    const next = edits[i + 1];
    if (next?.messageIndex === edit.messageIndex && next.start === edit.end) {
      next.newText = next.newText.trimStart();
      return;
    }
    const rest = messageText(parent, edit.messageIndex).slice(edit.end);
    edit.end += rest.length - rest.trimStart().length;
  });
  return edits;
}

/** How much a candidate changes: characters taken plus characters added. */
export function changeSize(hunks: readonly Hunk[]): number {
  return hunks.reduce((total, hunk) => total + hunk.before.length + hunk.after.length, 0);
}
