/** Kinds that are code of the suite. */
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import { clamp, short, verdict } from './outcome.js';
import { NotEvaluated, type AssertionInput, type AssertionTools, type Handlers, type Outcome } from './types.js';
import type { Assertion } from '../types.js';

/** Code of a suite may take this long; then its thread is killed. */
const codeMs = 10_000;

export const codeHandlers: Handlers = {
  javascript: ({ text, assertion, input, tools }) => javascript(text, assertion, input, tools),
};

/** promptfoo's rules: a boolean, a number (at least the threshold, else over 0), or `{ pass, score, reason }`. An exception is a failure. */
async function javascript(code: string, assertion: Assertion, input: AssertionInput, tools: AssertionTools): Promise<Outcome> {
  if (!tools.trusted()) throw new NotEvaluated('code is run in trusted workspaces only');
  let result: unknown;
  try {
    result = await tools.code.javascript(
      code,
      { output: input.output, vars: input.vars, ...(input.prompt === undefined ? {} : { prompt: input.prompt }) },
      codeMs,
      tools.signal,
    );
  } catch (error) {
    if (EngineError.is(error)) throw error;
    return verdict(false, `The code threw: ${short(error instanceof Error ? error.message : String(error))}`);
  }
  const threshold = assertion.threshold;
  if (typeof result === 'boolean') return verdict(result, result ? 'The code returned true' : 'The code returned false');
  if (typeof result === 'number' && Number.isFinite(result)) {
    const pass = threshold === null ? result > 0 : result >= threshold;
    return { pass, score: clamp(result), reason: `The code returned ${String(result)}` };
  }
  if (isRecord(result) && (typeof result['pass'] === 'boolean' || typeof result['score'] === 'number')) {
    const score = typeof result['score'] === 'number' ? result['score'] : result['pass'] === true ? 1 : 0;
    const own = typeof result['pass'] === 'boolean' ? result['pass'] : score > 0;
    const pass = own && (threshold === null || score >= threshold);
    return {
      pass,
      score: clamp(score),
      reason: typeof result['reason'] === 'string' ? short(result['reason']) : `The code returned ${String(pass)}`,
    };
  }
  throw new NotEvaluated('the code must return a boolean, a number, or { pass, score, reason }');
}
