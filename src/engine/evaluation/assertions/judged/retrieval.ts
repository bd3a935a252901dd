/**
 * Kinds for answers from retrieved context. Definitions after S. Es et al., "RAGAS: Automated Evaluation of Retrieval Augmented Generation", 2023;
 * thresholds are promptfoo's. Each asks for data that can be counted, never for a number that the judge would have to guess.
 */
import { isRecord } from '../../../config/yaml.js';
import { judgeMessages, schemas, tasks } from '../../judges/prompts.js';
import type { JudgePart } from '../../judges/prompts.js';
import { numberOf, oneObject, textsOf } from '../../judges/reading.js';
import type { JudgeQuestion, Judged } from '../../judges/types.js';
import { Unreadable } from '../../judges/types.js';
import { transformed } from '../../codeCalls.js';
import { textOf } from '../outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from '../types.js';
import { criteriaOf, judgeOf, questionOf, reaches, thresholdOf, withoutOwnPrompt } from './material.js';
import { cosine } from './similar.js';

export const retrievalHandlers: Handlers = {
  'answer-relevance': answerRelevance,
  'context-recall': contextRecall,
  'context-relevance': contextRelevance,
  'context-faithfulness': contextFaithfulness,
};

const half = 0.5;

function put<T>(
  call: AssertionCall,
  task: string,
  parts: JudgePart[],
  schema: JudgeQuestion<T>['schema'],
  read: (text: string) => T,
): Promise<Judged<T>> {
  withoutOwnPrompt(call);
  return judgeOf(call).ask({
    provider: call.assertion.provider,
    messages: judgeMessages(task, parts),
    read,
    ...(schema === undefined ? {} : { schema }),
  });
}

/** `context` of the variables, or what `contextTransform` makes of the answer. */
async function contextOf(call: AssertionCall): Promise<string> {
  const { assertion, input, tools } = call;
  let context: unknown = input.vars['context'];
  if (assertion.contextTransform !== undefined) {
    const answer = input.providerValue ?? input.value ?? input.output;
    const about = { vars: input.vars, prompt: input.prompt ?? '', metadata: input.response?.metadata ?? {} };
    context = await transformed(tools, assertion.contextTransform, answer, about);
  }
  const text = Array.isArray(context)
    ? context.map(textOf).join('\n\n')
    : typeof context === 'string'
      ? context
      : context === undefined
        ? ''
        : textOf(context);
  if (text.trim() === '') throw new NotEvaluated('there is no context. Set the variable context, or contextTransform');
  return text;
}

/** Mean cosine between the question and three questions that the answer would answer. An answer that answers nothing scores 0. */
async function answerRelevance(call: AssertionCall): Promise<Outcome> {
  const question = questionOf(call);
  if (question.trim() === '') throw new NotEvaluated('there is no question to compare with. Set the variable query');
  const asked = await put(call, tasks.questions, [{ name: 'answer', text: call.input.output }], schemas.questions, (text) =>
    textsOf(oneObject(text), 'questions'),
  );
  const threshold = thresholdOf(call, half);
  if (asked.value.length === 0)
    return { pass: threshold <= 0, score: 0, reason: 'The answer answers no question, says the judge', graded: true, judge: asked.use };
  const { value, use } = await judgeOf(call).embed([question, ...asked.value], call.assertion.provider);
  const [own = [], ...others] = value;
  const score = Math.min(1, Math.max(0, others.reduce((sum, other) => sum + cosine(own, other), 0) / others.length));
  const says = `Questions that the answer would answer are alike to the one asked by ${score.toFixed(2)}`;
  const judge = { ...asked.use, cached: asked.use.cached && use.cached };
  return { pass: reaches(score, threshold), score, reason: `${says}; ${String(threshold)} is wanted`, graded: true, judge };
}

interface Checked {
  statement: string;
  supported: boolean;
}

function checkedOf(text: string): Checked[] {
  const { statements } = oneObject(text);
  const isList = Array.isArray(statements) && statements.every((item) => isRecord(item) && typeof item['supported'] === 'boolean');
  if (!isList) throw new Unreadable('"statements" must be a list of {"statement": text, "supported": true or false}.');
  return (statements as Record<string, unknown>[]).map((item) => ({
    statement: typeof item['statement'] === 'string' ? item['statement'] : '',
    supported: item['supported'] === true,
  }));
}

function shareOf(call: AssertionCall, { value, use }: Judged<Checked[]>, of: string): Outcome {
  const supported = value.filter((item) => item.supported).length;
  const score = value.length === 0 ? 0 : supported / value.length;
  const missing = value.find((item) => !item.supported);
  const example = missing === undefined || missing.statement === '' ? '' : `, not “${missing.statement}”`;
  const reason = `The context supports ${String(supported)} of ${String(value.length)} statements of the ${of}${example}`;
  return { pass: reaches(score, thresholdOf(call, half)), score, reason, graded: true, judge: use };
}

/** Share of the reference's statements that the context supports. */
async function contextRecall(call: AssertionCall): Promise<Outcome> {
  const reference = criteriaOf(call);
  const parts = [
    { name: 'context', text: await contextOf(call) },
    { name: 'reference', text: reference },
  ];
  return shareOf(call, await put(call, tasks.recall, parts, schemas.checked, checkedOf), 'reference');
}

/** Share of the context's sentences that are needed for the question. */
async function contextRelevance(call: AssertionCall): Promise<Outcome> {
  const parts = [
    { name: 'question', text: questionOf(call) },
    { name: 'context', text: await contextOf(call) },
  ];
  const { value, use } = await put(call, tasks.relevance, parts, schemas.sentences, (text) => {
    const object = oneObject(text);
    const total = numberOf(object['total']);
    const needed = textsOf(object, 'needed').length;
    if (total === null || total < needed || total < 1)
      throw new Unreadable('"total" must be the number of sentences of the context, at least as many as are needed.');
    return { total, needed };
  });
  const score = value.needed / value.total;
  const reason = `${String(value.needed)} of ${String(value.total)} sentences of the context are needed for the question`;
  return { pass: reaches(score, thresholdOf(call, half)), score, reason, graded: true, judge: use };
}

/** Share of the answer's statements that the context supports. An answer that states nothing contradicts nothing, and scores 1. */
async function contextFaithfulness(call: AssertionCall): Promise<Outcome> {
  const context = await contextOf(call);
  const material = [
    { name: 'question', text: questionOf(call) },
    { name: 'answer', text: call.input.output },
  ];
  const claims = await put(call, tasks.claims, material, schemas.statements, (text) => textsOf(oneObject(text), 'statements'));
  if (claims.value.length === 0)
    return { pass: true, score: 1, reason: 'The answer states nothing that could lack support', graded: true, judge: claims.use };
  const parts = [
    { name: 'context', text: context },
    { name: 'statements', text: claims.value.map((claim, index) => `${String(index + 1)}. ${claim}`).join('\n') },
  ];
  const checked = await put(call, tasks.faithfulness, parts, schemas.checked, (text) => {
    const list = checkedOf(text);
    if (list.length !== claims.value.length)
      throw new Unreadable(`"statements" must hold all ${String(claims.value.length)} statements once, in their order.`);
    return list;
  });
  return shareOf(call, { ...checked, use: { ...checked.use, cached: checked.use.cached && claims.use.cached } }, 'answer');
}
