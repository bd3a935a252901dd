/** The case that one piece of feedback would become: redacted, with what was taken out said, and nothing written. */
import { stat } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path/posix';
import type { Redactor } from '../engine/feedback/redaction/redactor.js';
import { EngineError } from '../engine/errors.js';
import type { FeedbackDetail } from '../shared/documents.js';
import type { CaseResult } from '../shared/evalDocument.js';
import type { CaseDraft } from '../shared/protocol.js';
import { caseTitle } from '../shared/words.js';
import { Positions, toAbsolute } from './convert.js';
import type { Session } from './session.js';
import { withCase, type NewCase } from './suiteText.js';

/** Longest answer that is asked for word for word: longer ones are never the same twice. */
const longestExact = 80;
const longestComment = 200;

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
const cut = (text: string): string => (text.length <= longestComment ? text : `${text.slice(0, longestComment - 1)}…`);

/** `redactor`: a new one, so that it counts this case alone. Throws SUITE_INVALID, OUTSIDE_WORKSPACE, BAD_USAGE (no interaction). */
export async function caseDraft(session: Session, redactor: Redactor, id: string, suite: string): Promise<CaseDraft> {
  const detail = await session.engine.feedback.detail(id);
  if (detail === null) throw new EngineError('BAD_USAGE', 'That feedback is not there any more. Refresh the list.');
  if (detail.interaction === null || detail.row.prompt === null) {
    throw new EngineError('BAD_USAGE', 'A case needs what the user asked, and the log holds no interaction for this feedback.');
  }
  return draft(
    session,
    redactor,
    detail.row.prompt,
    suite,
    newCase(detail, (text) => redactor.text(text)),
  );
}

/** The same from an answer of a report: a person found it good, or wants the question asked elsewhere too. */
export async function outputDraft(
  session: Session,
  redactor: Redactor,
  from: { suite: string; run: string; cell: number; to: string },
): Promise<CaseDraft> {
  const view = await session.reports.view(from.suite);
  const [result] = await session.reports.details(from.suite, from.run, [from.cell]);
  const column = view?.head.report.columns.find(({ id }) => id === result?.column);
  if (result == null || column === undefined) {
    throw new EngineError(
      'BAD_USAGE',
      'That answer is not there any more: the suite has run again. Choose it in the report that is shown now.',
    );
  }
  return draft(
    session,
    redactor,
    column.prompt,
    from.to,
    caseOfOutput(result, `${from.suite}, ${column.prompt} ${column.version}, ${column.provider}`, (text) => redactor.text(text)),
  );
}

async function draft(
  session: Session,
  redactor: Redactor,
  promptId: string,
  suite: string,
  { added, notes }: { added: NewCase; notes: string[] },
): Promise<CaseDraft> {
  const path = suite.split('/');
  if (suite.startsWith('/') || path.includes('..') || !/\.ya?ml$/.test(suite))
    throw new EngineError('OUTSIDE_WORKSPACE', `"${suite}" is no suite of this workspace. Choose one of its .eval.yaml files.`);
  const file = toAbsolute(session.root, suite);
  const before = await textOf(session, suite, file);
  // Only a new suite has to name the prompt; one that stands in a suite is known there alone.
  const prompt = before.trim() === '' ? await session.engine.prompts.get(promptId) : null;
  const redacted = { ...redactor.counts };
  const taken = Object.entries(redacted);
  if (taken.length > 0)
    added.comments.push(`Taken out of the texts: ${taken.map(([kind, count]) => `${kind} (${String(count)})`).join(', ')}.`);
  const { text, range } = withCase(before, prompt === null ? '' : head(prompt.id, referTo(prompt.file, suite)), added);
  return { suite, file, before, after: text, range: new Positions(text).range(range), redacted, notes };
}

async function textOf(session: Session, suite: string, file: string): Promise<string> {
  const text = await session.textOf(suite);
  if (text !== null) return text.replace(/^\uFEFF/, '');
  const there = await stat(file).then(
    () => true,
    () => false,
  );
  if (there) throw new EngineError('SUITE_INVALID', `${suite} cannot be read. Open it and see, or choose another suite.`);
  return '';
}

function referTo(prompt: string, suite: string): string {
  const from = dirname(suite);
  return from === dirname(prompt) ? basename(prompt) : relative(from === '.' ? '' : from, prompt);
}

function head(prompt: string, file: string): string {
  return `description: ${JSON.stringify(`Cases from feedback on ${prompt}`)}\nprompts:\n  - ${JSON.stringify(`file://${file}`)}\n`;
}

function newCase({ row, interaction, others }: FeedbackDetail, clean: (text: string) => string): { added: NewCase; notes: string[] } {
  const vars = Object.fromEntries(Object.entries(interaction?.variables ?? {}).map(([name, value]) => [name, clean(value)]));
  const correction = row.correction ?? others.find((other) => other.correction !== null)?.correction ?? null;
  const said = row.text ?? others.find((other) => other.text !== null)?.text ?? null;
  const praised = row.y !== null && row.y >= 0.75 && said === null ? (interaction?.output ?? null) : null;
  const expected = correction ?? praised;
  const notes: string[] = [];
  const comments = [`From feedback ${row.id}.`];
  if (said !== null) comments.push(`A user said: ${cut(flat(clean(said)))}`);
  const assert = expectation(expected, clean, comments, notes);
  if (Object.keys(vars).length === 0) notes.push('The log holds no variables of this interaction: fill them in.');
  // Titles come from what was asked, which is redacted above.
  return { added: { description: caseTitle(null, vars, `feedback ${row.id}`), vars, assert, comments }, notes };
}

function caseOfOutput(result: CaseResult, where: string, clean: (text: string) => string): { added: NewCase; notes: string[] } {
  const vars = Object.fromEntries(
    Object.entries(result.vars).map(([name, value]) => [name, clean(typeof value === 'string' ? value : JSON.stringify(value))]),
  );
  const notes: string[] = [];
  const comments = [`From an answer of ${where}.`];
  const { output } = result;
  const isGood = result.status === 'pass' && output !== '';
  if (!isGood && output !== null) comments.push(`The answer did not pass: ${cut(flat(clean(output)))}`);
  const assert = expectation(isGood ? output : null, clean, comments, notes);
  return { added: { description: clean(caseTitle(result.description, vars, `case ${result.id}`)), vars, assert, comments }, notes };
}

/** A short answer is asked for word for word; of a longer one a person has to say what matters. */
function expectation(
  expected: string | null,
  clean: (text: string) => string,
  comments: string[],
  notes: string[],
): Record<string, string>[] {
  const assert: Record<string, string>[] = [];
  if (expected !== null && expected.length <= longestExact && !expected.includes('\n')) {
    assert.push({ type: 'equals', value: clean(expected) });
  } else {
    if (expected !== null) comments.push(`A good answer: ${cut(flat(clean(expected)))}`);
    comments.push(
      'Say below what a good answer must hold to, for example:',
      'assert: [{ type: icontains, value: "a fact that must be in it" }]',
    );
    notes.push('Say what a good answer must hold to: a case without an assertion ends in an error, since there is nothing to pass.');
  }
  return assert;
}
