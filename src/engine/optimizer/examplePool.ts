/** Examples that may be shown in a prompt: what people corrected, what at least two of them confirmed, and labelled `train` cases. */
import type { FeedbackService } from '../api.js';
import type { EvalCase } from '../evaluation/types.js';
import type { LeakLint } from './leak.js';
import { NearDuplicateIndex } from './nearDuplicates.js';
import { caseText } from './roles.js';
import type { Example } from './types.js';
import { untrustedContent } from './untrusted.js';

type Confirmed = Awaited<ReturnType<FeedbackService['examples']>>[number];

export const MIN_RATERS = 2;
export const MIN_Y = 0.8;
const MAX_INPUT = 400;
const MAX_OUTPUT = 600;

/** Expected text of an `equals` assertion with its `{{variables}}` filled in; `null` where there is none. */
export function expectedText(item: EvalCase): string | null {
  const assertion = item.assertions.find((each) => each.type === 'equals' && !each.negate && typeof each.value === 'string');
  if (assertion === undefined || typeof assertion.value !== 'string') return null;
  const text = assertion.value.replace(/\{\{\s*([\w.-]+)\s*\}\}/gu, (whole, name: string) => {
    const value = item.vars[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
  return text.includes('{{') ? null : text;
}

export interface PoolInput {
  feedback: readonly Confirmed[];
  train: readonly EvalCase[];
  /** Development and held-out cases: nothing near to them is shown. */
  tested: readonly EvalCase[];
  leak: LeakLint;
  /** Variables that the prompt has; an example without one of them shows nothing. */
  variables: readonly string[];
}

/** In the order they came (newest first), without near-duplicates of tested cases or of each other. */
export function examplePool(input: PoolInput): Example[] {
  const index = new NearDuplicateIndex();
  for (const item of input.tested) index.add(caseText({ vars: pick(item.vars, input.variables) }));
  const result: Example[] = [];
  for (const example of [...input.feedback.flatMap(fromFeedback), ...input.train.flatMap(fromCase)]) {
    const variables = pick(example.variables, input.variables);
    const shown = Object.values(variables).join('\n');
    if (shown.trim() === '' || example.output.trim() === '') continue;
    if (shown.length > MAX_INPUT || example.output.length > MAX_OUTPUT) continue;
    if (untrustedContent(`${shown}\n${example.output}`) !== null) continue;
    if (input.leak.leaks(`${shown}\n${example.output}`) || index.find(shown) !== null) continue;
    index.add(shown);
    result.push({ ...example, variables });
  }
  return result;
}

function fromFeedback(item: Confirmed): Example[] {
  if (item.corrected !== null && item.corrected.trim() !== '') {
    return [{ variables: item.variables, output: item.corrected.trim(), evidence: item.feedbackIds, corrected: true }];
  }
  if (item.raters < MIN_RATERS || item.y < MIN_Y) return [];
  return [{ variables: item.variables, output: item.output.trim(), evidence: item.feedbackIds, corrected: false }];
}

function fromCase(item: EvalCase): Example[] {
  const output = expectedText(item);
  if (output === null) return [];
  const variables = Object.fromEntries(
    Object.entries(item.vars).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  return [{ variables, output, evidence: [`case:${item.id}`], corrected: true }];
}

function pick<T>(from: Record<string, T>, names: readonly string[]): Record<string, T> {
  const result: Record<string, T> = {};
  for (const name of names) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (value !== undefined) result[name] = value;
  }
  return result;
}
