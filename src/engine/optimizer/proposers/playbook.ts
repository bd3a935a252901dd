/** Proposes curated edits for what people complain about and for what fails, and takes sentences away. */
import { insertAfter, remove, replace } from '../hunks.js';
import { closedLabels, orList } from '../labels.js';
import type { Sentence } from '../segments.js';
import type { ComplaintTheme, Evidence, Hunk, Proposal } from '../types.js';
import { anchorsOf, type Anchors } from './anchors.js';
import { RULES, TALK, TALK_COMPLAINT } from './rules.js';

const PROPOSER = 'playbook';
const MAX_ABLATIONS = 3;
const MAX_HUNKS = 6;

export function playbook(evidence: Evidence): Proposal[] {
  const anchors = anchorsOf(evidence.document);
  if (anchors.end === null) return [];
  const labels = closedLabels(evidence.failures);
  return [
    ...(labels === null ? rules(evidence, anchors) : labelRules(evidence, anchors, labels)),
    ...(labels !== null && anchors.instructions.some((sentence) => TALK.test(sentence.text)) ? [] : ablations(evidence, anchors)),
  ];
}

/** Ways to ask for one of a few labels, from the smallest edit to a new instruction. */
function labelRules(evidence: Evidence, anchors: Anchors, labels: string[]): Proposal[] {
  const why = because(evidence.themes, TALK_COMPLAINT);
  const single = labels.every((label) => !/\s/u.test(label));
  const strict = `Answer with exactly one ${single ? 'word' : 'of these labels'}: ${orList(labels)}.`;
  const only = `Answer with exactly one of: ${labels.join(', ')}. Answer with the label only, no explanation.`;
  const task = `Classify the ${inputName(evidence)}.`;
  const talk = anchors.instructions.filter((sentence) => TALK.test(sentence.text));
  const proposals: Proposal[] = [];
  for (const [text, name] of [
    [strict, 'ask for one label'],
    [only, 'ask for the label only'],
  ] as const) {
    const removed = withoutTalk(evidence, talk, why);
    const alone = adding(evidence, anchors, text, why, name, 'label');
    if (alone !== null) proposals.push(alone);
    if (alone !== null && removed.length > 0 && talk.length < anchors.instructions.length) {
      proposals.push({ ...alone, summary: `${name}, without the sentences that ask for talk`, hunks: [...alone.hunks, ...removed] });
    }
    const rewritten = rewriting(evidence, anchors.instructions, `${task} ${text}`, why);
    if (rewritten !== null)
      proposals.push({ proposer: PROPOSER, summary: `${name} in place of the instructions`, hunks: rewritten, slot: 'label' });
  }
  return proposals;
}

function rules(evidence: Evidence, anchors: Anchors): Proposal[] {
  return RULES.flatMap((rule): Proposal[] => {
    const failing = evidence.failures
      .filter((kind) => kind.failing > 0)
      .map((kind) => rule.fails?.(kind) ?? null)
      .find((text) => text !== null);
    const text = failing ?? (evidence.themes.some((theme) => rule.theme.test(theme.label)) ? rule.text : null);
    if (text === null) return [];
    const why = because(evidence.themes, rule.theme);
    const alone = adding(evidence, anchors, text, why, rule.summary, rule.id);
    const removed = withoutTalk(
      evidence,
      anchors.instructions.filter((sentence) => rule.opposite.test(sentence.text)),
      why,
    );
    if (alone === null) return [];
    if (removed.length === 0 || removed.length >= anchors.instructions.length) return [alone];
    return [
      alone,
      { ...alone, summary: `${rule.summary}, without the sentences that ask for the opposite`, hunks: [...alone.hunks, ...removed] },
    ];
  });
}

function adding(evidence: Evidence, anchors: Anchors, text: string, why: Hunk['why'], summary: string, slot: string): Proposal | null {
  if (anchors.end === null || anchors.sentences.some((sentence) => sentence.text.includes(text))) return null;
  return { proposer: PROPOSER, summary, hunks: [insertAfter(evidence.document, anchors.end, text, why)], slot };
}

function withoutTalk(evidence: Evidence, sentences: readonly Sentence[], why: Hunk['why']): Hunk[] {
  return sentences.slice(0, MAX_HUNKS - 1).map((sentence) => remove(evidence.document, sentence, why));
}

/** The first instruction becomes `text`, the others go. */
function rewriting(evidence: Evidence, instructions: readonly Sentence[], text: string, why: Hunk['why']): Hunk[] | null {
  const [first, ...others] = instructions;
  if (first === undefined || instructions.length > MAX_HUNKS) return null;
  return [replace(first, text, why), ...others.map((sentence) => remove(evidence.document, sentence, why))];
}

/**
 * Each sentence but the first, taken away alone: a prompt is often better for saying less. Not where a classifier is told to
 * talk: those sentences go together, and minimising brings back what need not go.
 */
function ablations(evidence: Evidence, anchors: Anchors): Proposal[] {
  const why = { theme: null, evidence: [], proposer: PROPOSER };
  return anchors.instructions
    .slice(1)
    .slice(0, MAX_ABLATIONS)
    .map((sentence) => ({
      proposer: PROPOSER,
      summary: `without "${sentence.text.length > 60 ? `${sentence.text.slice(0, 59)}…` : sentence.text}"`,
      hunks: [remove(evidence.document, sentence, why)],
    }));
}

/** The theme with the most users that asks for the edit. */
function because(themes: readonly ComplaintTheme[], pattern: RegExp): Hunk['why'] {
  const theme = [...themes].sort((a, b) => b.users - a.users).find((each) => pattern.test(each.label));
  return { theme: theme?.label ?? null, evidence: theme?.evidence ?? [], proposer: PROPOSER };
}

function inputName(evidence: Evidence): string {
  const names = [...new Set(evidence.document.placeholders.map((placeholder) => placeholder.name))];
  return names.length === 1 ? (names[0] ?? 'message').replace(/[_-]+/gu, ' ') : 'message';
}
