import type { AssertionResult } from '../../../shared/evalDocument.js';
import { EngineError } from '../../errors.js';
import { renderJinja } from '../../prompts/render/jinja.js';
import { transformed } from '../codeCalls.js';
import type { Assertion, SuiteCode } from '../types.js';
import { combined } from './combine.js';
import { madeValue } from './madeValue.js';
import { textOf } from './outcome.js';
import { handlers } from './registry.js';
import { NotEvaluated, type AssertionHandler, type AssertionInput, type AssertionTools } from './types.js';

/**
 * Evaluates one assertion, with `own` in place of its kind's handler. Throws only CANCELLED: whatever else keeps it from being evaluated is in the
 * result, with `evaluated: false`.
 */
export async function evaluateAssertion(
  assertion: Assertion,
  input: AssertionInput,
  tools: AssertionTools,
  own?: AssertionHandler,
): Promise<AssertionResult> {
  const type = `${assertion.negate ? 'not-' : ''}${assertion.type}`;
  const base = { type, metric: metricName(assertion.metric, input.vars) };
  try {
    if (assertion.problem !== undefined) throw new NotEvaluated(assertion.problem);
    if (assertion.parts !== undefined) return { ...base, ...(await evaluateSet(assertion, assertion.parts, input, tools)) };
    const seen = assertion.transform === undefined ? input : await transformedInput(assertion.transform, input, tools);
    const value = await valueOf(assertion, seen, tools);
    const handler = own ?? (Object.hasOwn(handlers, assertion.type) ? handlers[assertion.type] : undefined);
    if (handler === undefined) throw new NotEvaluated('this type is not evaluated here');
    const outcome = await handler({ assertion, value, text: textOf(value), input: seen, tools });
    const { pass, score, judge, parts } = outcome;
    const more = {
      ...(judge === undefined ? {} : { judge }),
      ...(parts === undefined ? {} : { parts }),
      ...(outcome.namedScores === undefined ? {} : { namedScores: outcome.namedScores }),
    };
    if (!assertion.negate || outcome.final === true)
      return { ...base, pass, score, reason: outcome.reason, evaluated: true, expected: outcome.expected ?? null, ...more };
    const reason = pass ? `${outcome.reason}, which it must not` : `Not so, as wanted: ${outcome.reason}`;
    const inverse = outcome.graded === true ? 1 - score : pass ? 0 : 1;
    return { ...base, pass: !pass, score: inverse, reason, evaluated: true, expected: null, ...more };
  } catch (error) {
    if (EngineError.is(error, 'CANCELLED')) throw error;
    if (!(error instanceof NotEvaluated) && !EngineError.is(error)) throw error;
    const result = { ...base, pass: false, score: 0, reason: `Not evaluated: ${error.message}`, evaluated: false, expected: null };
    // A judge that cannot be asked or read says nothing about the answer: the case ends in its error.
    return EngineError.is(error) && error.details['judge'] === true
      ? { ...result, error: { code: error.code, message: error.message } }
      : result;
  }
}

/** The answer as this assertion sees it. A transform that fails leaves the case without a verdict, as in promptfoo. */
async function transformedInput(code: SuiteCode, input: AssertionInput, tools: AssertionTools): Promise<AssertionInput> {
  const metadata = input.response?.metadata;
  const context = { vars: input.vars, prompt: { label: input.prompt ?? '' }, ...(metadata === undefined ? {} : { metadata }) };
  const value = await transformed(tools, code, input.value ?? input.output, context);
  return typeof value === 'string' ? { ...input, output: value, value } : { ...input, output: JSON.stringify(value), value };
}

type SetResult = Omit<AssertionResult, 'type' | 'metric'>;

/**
 * An `assert-set` counts as one assertion: its score is the weighted mean of its parts', and it passes with all of them, or from its
 * threshold on. One part that is not evaluated leaves the set so.
 */
async function evaluateSet(
  { threshold }: Assertion,
  assertions: readonly Assertion[],
  input: AssertionInput,
  tools: AssertionTools,
): Promise<SetResult> {
  const parts = await Promise.all(assertions.map((assertion) => evaluateAssertion(assertion, input, tools)));
  const open = parts.find((part) => !part.evaluated);
  if (open !== undefined) {
    const error = open.error === undefined ? {} : { error: open.error };
    return { pass: false, score: 0, reason: `${open.type}: ${open.reason}`, evaluated: false, expected: null, parts, ...error };
  }
  return { ...combined(parts, assertions, threshold), evaluated: true, expected: null, parts };
}

/** A file's text is what it is: only values that stand in the suite are templates. A function makes the value of a kind that is no code itself. */
function valueOf(assertion: Assertion, input: AssertionInput, tools: AssertionTools): unknown {
  const { value, valueCode, type, fileItems = [] } = assertion;
  if (valueCode !== undefined) return type === 'javascript' || type === 'python' ? value : madeValue(assertion, valueCode, input, tools);
  if (assertion.fromFile === true) return value;
  if (!Array.isArray(value)) return templated(value, input.vars);
  return value.map((item: unknown, index) => (fileItems.includes(index) ? item : templated(item, input.vars)));
}

/** A text may hold variables; what stands in mappings is what it is, as for promptfoo. */
function templated(value: unknown, vars: Record<string, unknown>): unknown {
  return typeof value === 'string' ? rendered(value, vars) : value;
}

function rendered(text: string, vars: Record<string, unknown>): string {
  if (!text.includes('{{') && !text.includes('{%')) return text;
  try {
    return renderJinja(text, vars);
  } catch (error) {
    throw new NotEvaluated(`its value cannot be rendered (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** A metric's name may hold variables as well; one that cannot be rendered is shown as it stands. */
function metricName(metric: string | null, vars: Record<string, unknown>): string | null {
  if (metric?.includes('{{') !== true) return metric;
  try {
    return renderJinja(metric, vars);
  } catch (error) {
    if (!EngineError.is(error)) throw error;
    return metric;
  }
}
