import type { AssertionResult } from '../../../shared/evalDocument.js';
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import { renderJinja } from '../../prompts/render/jinja.js';
import type { Assertion } from '../types.js';
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
    // A file's text is what it is: only values that stand in the suite are templates.
    const value = assertion.fromFile === true ? assertion.value : templated(assertion.value, input.vars);
    const handler = own ?? (Object.hasOwn(handlers, assertion.type) ? handlers[assertion.type] : undefined);
    if (handler === undefined) throw new NotEvaluated('this type is not evaluated here');
    const outcome = await handler({ assertion, value, text: textOf(value), input, tools });
    const { pass, score, judge } = outcome;
    const more = judge === undefined ? {} : { judge };
    if (!assertion.negate)
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

/** Values may hold variables, in lists and mappings as well. */
function templated(value: unknown, vars: Record<string, unknown>): unknown {
  if (typeof value === 'string') {
    if (!value.includes('{{') && !value.includes('{%')) return value;
    try {
      return renderJinja(value, vars);
    } catch (error) {
      throw new NotEvaluated(`its value cannot be rendered (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  if (Array.isArray(value)) return value.map((item) => templated(item, vars));
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, templated(item, vars)]));
  return value;
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
