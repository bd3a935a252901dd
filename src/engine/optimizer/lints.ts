/** Rules that a candidate must keep. It is rejected with a reason, never repaired: a repaired prompt is one that nobody proposed. */
import type { PromptService } from '../api.js';
import { messageText } from '../prompts/edit.js';
import type { PromptDocument } from '../prompts/types.js';
import type { LeakLint } from './leak.js';
import type { Candidate, Hunk } from './types.js';
import { untrustedContent } from './untrusted.js';

export const LIMITS = { hunks: 6, growth: 1.3, extraTokens: 150, exampleTokens: 400, hunkWords: 80 } as const;

/** About four characters a token in English; a cap needs no tokenizer. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}

export interface LintContext {
  parent: PromptDocument;
  prompts: Pick<PromptService, 'parse' | 'render'>;
  leak: LeakLint;
  /** Real inputs (at most three are rendered). */
  inputs: readonly Record<string, unknown>[];
}

/** Why the candidate is rejected, as the end of a sentence ("it …"); `null` where it is clean. */
export function lint(candidate: Candidate, context: LintContext): string | null {
  const added = candidate.hunks.map((hunk) => hunk.after).join('\n');
  return (
    lintSize(candidate.hunks, context.parent) ??
    lintStructure(context.parent, context.prompts.parse(context.parent.file, candidate.text)) ??
    lintRender(candidate, context) ??
    lintLeak(added, context.leak) ??
    lintUntrusted(added, context.parent.text)
  );
}

export function lintLeak(text: string, leak: LeakLint): string | null {
  return leak.leaks(text) ? 'repeats the words of a case that it is tested on' : null;
}

function lintUntrusted(added: string, seed: string): string | null {
  const found = untrustedContent(added, seed);
  return found === null ? null : `adds ${found}`;
}

function lintSize(hunks: readonly Hunk[], parent: PromptDocument): string | null {
  const changed = places(hunks, parent);
  if (changed > LIMITS.hunks) return `changes ${String(changed)} places, over ${String(LIMITS.hunks)}`;
  const seed = estimateTokens(parent.messages.map((message) => parent.text.slice(message.source.start, message.source.end)).join('\n'));
  const grown = (region: Hunk['region']): number =>
    hunks
      .filter((hunk) => hunk.region === region)
      .reduce((total, hunk) => total + estimateTokens(hunk.after) - estimateTokens(hunk.before), 0);
  const room = Math.max((LIMITS.growth - 1) * seed, LIMITS.extraTokens);
  if (grown('instruction') > room) return `adds more than ${String(Math.round(room))} tokens of instructions`;
  if (grown('examples') > LIMITS.exampleTokens) return `adds more than ${String(LIMITS.exampleTokens)} tokens of examples`;
  const long = hunks.find((hunk) => hunk.region === 'instruction' && hunk.after.split(/\s+/u).length > LIMITS.hunkWords);
  return long === undefined ? null : `has a change of more than ${String(LIMITS.hunkWords)} words`;
}

/** Changes with nothing but white space between them read as one. */
function places(hunks: readonly Hunk[], parent: PromptDocument): number {
  let count = 0;
  let reached = { message: -1, end: 0 };
  for (const hunk of [...hunks].sort((a, b) => a.message - b.message || a.start - b.start || a.end - b.end)) {
    const joined = reached.message === hunk.message && messageText(parent, hunk.message).slice(reached.end, hunk.start).trim() === '';
    if (!joined) count += 1;
    reached = { message: hunk.message, end: joined ? Math.max(reached.end, hunk.end) : hunk.end };
  }
  return count;
}

/** What a person's own edit must keep as well: it parses, and it is still the same prompt. */
export function lintReadable(parent: PromptDocument, child: PromptDocument): string | null {
  const broken = child.problems.find(
    (problem) => problem.severity === 'error' && !parent.problems.some((old) => old.code === problem.code),
  );
  if (broken !== undefined) return `does not parse: ${broken.message}`;
  return child.id === parent.id ? null : 'changes the name of the prompt';
}

function lintStructure(parent: PromptDocument, child: PromptDocument): string | null {
  const unreadable = lintReadable(parent, child);
  if (unreadable !== null) return unreadable;
  if (roles(child) !== roles(parent)) return 'changes the messages of the prompt';
  const lost = difference(placeholders(parent), placeholders(child))[0];
  if (lost !== undefined) return `loses the placeholder ${lost}`;
  const gained = difference(placeholders(child), placeholders(parent))[0];
  if (gained !== undefined) return `adds the placeholder ${gained}`;
  if (frozen(child) !== frozen(parent)) return 'changes the front matter or a frozen part';
  if (child.messages.some((message, i) => content(child, message) === '' && content(parent, parent.messages[i]) !== ''))
    return 'empties a message';
  return null;
}

function lintRender(candidate: Candidate, context: LintContext): string | null {
  const child = context.prompts.parse(context.parent.file, candidate.text);
  for (const vars of context.inputs.slice(0, 3)) {
    const before = rendered(context, context.parent, vars);
    if (before === null) continue;
    const after = rendered(context, child, vars);
    if (after === null) return 'cannot be rendered with the values of a case';
    for (const [name, value] of Object.entries(vars)) {
      if (typeof value === 'string' && value.length > 2 && before.includes(value) && !after.includes(value))
        return `no longer shows the value of ${name}`;
    }
  }
  return null;
}

function rendered(context: LintContext, document: PromptDocument, vars: Record<string, unknown>): string | null {
  try {
    return context.prompts
      .render(document, vars)
      .messages.map((message) => message.content)
      .join('\n');
  } catch {
    // A missing variable or a broken template: the caller decides what that means for parent and candidate.
    return null;
  }
}

function roles(document: PromptDocument): string {
  return document.messages.map((message) => message.role).join(',');
}

function placeholders(document: PromptDocument): string[] {
  return document.placeholders.map((placeholder) => placeholder.raw).sort();
}

/** Multiset difference. */
function difference(a: readonly string[], b: readonly string[]): string[] {
  const rest = [...b];
  return a.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function frozen(document: PromptDocument): string {
  return JSON.stringify(document.frozen.map((range) => document.text.slice(range.start, range.end)));
}

function content(document: PromptDocument, message: PromptDocument['messages'][number] | undefined): string {
  return message === undefined ? '' : document.text.slice(message.source.start, message.source.end).trim();
}
