/** Kinds where a model judges the answer by a criterion or a reference. */
import { isRecord } from '../../../config/yaml.js';
import { judgeMessages, schemas, tasks } from '../../judges/prompts.js';
import type { JudgePart } from '../../judges/prompts.js';
import { numberOf, oneObject, reasonOf, rubricAnswer } from '../../judges/reading.js';
import { Unreadable } from '../../judges/types.js';
import type { JudgeQuestion, Judged } from '../../judges/types.js';
import { clamp, textOf } from '../outcome.js';
import { NotEvaluated, type AssertionCall, type Handlers, type Outcome } from '../types.js';
import { asData, criteriaOf, judgeOf, ownPrompt, promptVars, questionOf, renderedPrompt, thresholdOf, reaches } from './material.js';

export const rubricHandlers: Handlers = {
  'llm-rubric': llmRubric,
  'g-eval': gEval,
  factuality,
  'model-graded-factuality': factuality,
  'model-graded-closedqa': closedQa,
};

/** Asks with the suite's own prompt, which says itself what to answer, else with ours, for which an endpoint can be held to a schema. */
export function put<T>(
  call: AssertionCall,
  question: {
    task: string;
    parts: JudgePart[];
    schema: JudgeQuestion<T>['schema'];
    vars: Record<string, unknown>;
    own?: unknown;
    read: (text: string) => T;
  },
): Promise<Judged<T>> {
  const { task, parts, schema, vars, read } = question;
  const own = 'own' in question ? question.own : ownPrompt(call);
  const provider: unknown = call.assertion.provider;
  if (own !== undefined && own !== null)
    return judgeOf(call).ask({ provider, messages: renderedPrompt(own, promptVars(call, vars)), read });
  return judgeOf(call).ask({ provider, messages: judgeMessages(task, parts), read, ...(schema === undefined ? {} : { schema }) });
}

/** promptfoo's rule: `pass` as the judge says, and with a threshold also a score that reaches it. The value may be data, and may be absent where a prompt of the suite's own needs none. */
async function llmRubric(call: AssertionCall): Promise<Outcome> {
  const { input, assertion } = call;
  const own = ownPrompt(call);
  const rubric = own === undefined ? criteriaOf(call) : call.value === null ? '' : call.text;
  const { value, use } = await put(call, {
    task: tasks.rubric,
    parts: [
      { name: 'criteria', text: rubric },
      { name: 'answer', text: input.output },
    ],
    schema: schemas.rubric,
    vars: { output: asData(input.output), rubric: call.value ?? '' },
    read: rubricAnswer,
  });
  const { threshold } = assertion;
  const pass = value.pass && (threshold === null || reaches(value.score, threshold));
  const short = value.pass && !pass ? `Score ${value.score.toFixed(2)} is under the threshold ${String(threshold)}. ` : '';
  return {
    pass,
    score: value.score,
    reason: short + (value.reason || `The judge says ${value.pass ? 'pass' : 'fail'}`),
    graded: true,
    judge: use,
  };
}

const categories: Readonly<Record<string, { key: string; score: number; says: string }>> = {
  A: { key: 'subset', score: 1, says: 'The answer says a part of the reference, and nothing against it' },
  B: { key: 'superset', score: 1, says: 'The answer says all of the reference and more, and nothing against it' },
  C: { key: 'agree', score: 1, says: 'The answer says the same as the reference' },
  D: { key: 'disagree', score: 0, says: 'The answer contradicts the reference' },
  E: { key: 'differButFactual', score: 1, says: 'The answer differs from the reference in what does not matter' },
};

/** Five categories with a score each (`options.factuality`); a category passes where its score is over 0. */
async function factuality(call: AssertionCall): Promise<Outcome> {
  const reference = criteriaOf(call);
  const { input } = call;
  const { value, use } = await put(call, {
    task: tasks.factuality,
    parts: [
      { name: 'question', text: input.prompt ?? '' },
      { name: 'reference', text: reference },
      { name: 'answer', text: input.output },
    ],
    schema: schemas.category,
    vars: { input: input.prompt ?? '', ideal: reference, completion: asData(input.output) },
    read: categoryOf,
  });
  const { key, score, says } = categories[value.category] ?? { key: '', score: 0, says: '' };
  const graded = numberOf(input.judge?.factuality?.[key]) ?? score;
  return {
    pass: graded > 0,
    score: clamp(graded),
    reason: `${says} (${value.category})${value.reason === '' ? '' : `: ${value.reason}`}`,
    graded: true,
    judge: use,
  };
}

/** `{ category }`, or the older form `(B) …` that prompts of suites may ask for. */
function categoryOf(text: string): { category: string; reason: string } {
  const letters = [...text.matchAll(/\(([A-E])\)/giu)].map((match) => match[1]?.toUpperCase() ?? '');
  if (!text.includes('{') && letters.length > 0) {
    if (new Set(letters).size > 1) throw new Unreadable('It names several categories. Write one of A, B, C, D, E.');
    return { category: letters[0] ?? '', reason: text.slice(text.indexOf(')') + 1).trim() };
  }
  const object = oneObject(text);
  const category = typeof object['category'] === 'string' ? object['category'].trim().toUpperCase() : '';
  if (!Object.hasOwn(categories, category)) throw new Unreadable('"category" must be one of A, B, C, D, E.');
  return { category, reason: reasonOf(object) };
}

async function closedQa(call: AssertionCall): Promise<Outcome> {
  const criterion = criteriaOf(call);
  const { input } = call;
  const { value, use } = await put(call, {
    task: tasks.closedQa,
    parts: [
      { name: 'question', text: input.prompt ?? '' },
      { name: 'criterion', text: criterion },
      { name: 'answer', text: input.output },
    ],
    schema: schemas.yesNo,
    vars: { input: input.prompt ?? '', criteria: criterion, completion: asData(input.output) },
    read: yesOrNo,
  });
  const says = value.pass ? 'The answer meets the criterion' : 'The answer does not meet the criterion';
  return { pass: value.pass, score: value.pass ? 1 : 0, reason: value.reason || says, judge: use };
}

/** `{ pass }`, or a text whose last letter is Y or N, as promptfoo's prompts of this type ask for. */
export function yesOrNo(text: string): { pass: boolean; reason: string } {
  const last = /(?:^|[^A-Za-z])([YN])\W*$/u.exec(text.trim());
  if (!text.includes('{') && last !== null) return { pass: last[1] === 'Y', reason: text.trim().slice(0, last.index).trim() };
  const { pass, reason } = rubricAnswer(text);
  return { pass, reason };
}

const tenth = 10;

/**
 * Two questions for each criterion: the steps of grading, then a grade from 0 to 10 by them. The score is the mean over the criteria divided by 10;
 * it passes from 0.7. Source: Y. Liu et al., "G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment", 2023, without the weights of tokens.
 */
async function gEval(call: AssertionCall): Promise<Outcome> {
  const list: unknown[] = Array.isArray(call.value) ? call.value : [call.value];
  const criteria = list.map((item) => (item === null || item === undefined ? '' : textOf(item)));
  if (criteria.length === 0 || criteria.some((item) => item.trim() === ''))
    throw new NotEvaluated('its value is empty, so there is nothing to judge by');
  const own = ownPrompt(call);
  if (own !== undefined && !isRecord(own)) throw new NotEvaluated('its rubricPrompt must be a mapping of steps and evaluate');
  const grades = [];
  for (const criterion of criteria) grades.push(await graded(call, criterion, own ?? {}));
  const score = grades.reduce((sum, grade) => sum + grade.score, 0) / grades.length;
  const [first] = grades;
  const reason =
    grades.length === 1 ? (first?.reason ?? '') : grades.map((grade) => `${grade.score.toFixed(1)}: ${grade.reason}`).join('\n');
  const judge = first === undefined ? {} : { judge: { ...first.use, cached: grades.every(({ use }) => use.cached) } };
  return { pass: reaches(score, thresholdOf(call, 0.7)), score, reason, graded: true, ...judge };
}

async function graded(
  call: AssertionCall,
  criterion: string,
  own: Record<string, unknown>,
): Promise<{ score: number; reason: string; use: Judged<unknown>['use'] }> {
  const { input } = call;
  const question = questionOf(call);
  const steps = await put(call, {
    task: tasks.steps,
    parts: [{ name: 'criteria', text: criterion }],
    schema: schemas.steps,
    vars: { criteria: criterion },
    own: own['steps'],
    read: stepsOf,
  });
  const { value, use } = await put(call, {
    task: tasks.tenPoints,
    parts: [
      { name: 'criteria', text: criterion },
      { name: 'steps', text: steps.value.map((step) => `- ${step}`).join('\n') },
      { name: 'question', text: question },
      { name: 'answer', text: input.output },
    ],
    schema: schemas.tenPoints,
    vars: {
      criteria: criterion,
      steps: steps.value.join('\n- '),
      maxScore: String(tenth),
      input: asData(question),
      output: asData(input.output),
    },
    own: own['evaluate'],
    read: grade,
  });
  return { score: value.score, reason: value.reason, use: { ...use, cached: use.cached && steps.use.cached } };
}

function stepsOf(text: string): string[] {
  const { steps } = oneObject(text);
  const isList = Array.isArray(steps) && steps.length > 0 && steps.every((step) => typeof step === 'string' && step.trim() !== '');
  if (!isList) throw new Unreadable('"steps" must be a list of texts that are not empty.');
  return steps as string[];
}

function grade(text: string): { score: number; reason: string } {
  const object = oneObject(text);
  const score = numberOf(object['score']);
  if (score === null || score < 0 || score > tenth) throw new Unreadable('"score" must be a number from 0 to 10.');
  return { score: score / tenth, reason: reasonOf(object) || `${String(score)} of 10` };
}
