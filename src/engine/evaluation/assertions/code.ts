/** Kinds that are code of the suite. */
import type { AssertionResult } from '../../../shared/evalDocument.js';
import { isRecord } from '../../config/yaml.js';
import { EngineError } from '../../errors.js';
import { CodeThrew, responseFor, runCode } from '../codeCalls.js';
import type { SuiteCode } from '../types.js';
import { clamp, short } from './outcome.js';
import { NotEvaluated, type AssertionCall, type AssertionInput, type Handlers, type Outcome } from './types.js';

export const codeHandlers: Handlers = {
  javascript: (call) => judged(call, 'javascript', ofJavascript),
  python: (call) => judged(call, 'python', ofPython),
};

/** What code sees beside the answer, in promptfoo's terms. */
export function contextFor(input: AssertionInput, config: Record<string, unknown> | undefined): Record<string, unknown> {
  const { response, test, provider, vars, prompt = null, value, output, cost } = input;
  return {
    prompt,
    vars,
    test: { ...test, vars },
    ...(provider === undefined ? {} : { provider }),
    providerResponse: response === undefined ? { output: value ?? output } : responseFor(response, value ?? output, cost),
    ...(response?.logprobs === undefined ? {} : { logProbs: response.logprobs }),
    ...(config === undefined ? {} : { config }),
    ...(response?.metadata === undefined ? {} : { metadata: response.metadata }),
  };
}

type Reading = (result: unknown, call: AssertionCall) => Outcome | string;

/**
 * Code that throws, or returns what is no verdict, is a failure with `not-` as well. What a file of JavaScript throws leaves the assertion
 * without an evaluation: promptfoo ends the case in an error then.
 */
async function judged(call: AssertionCall, language: SuiteCode['language'], read: Reading): Promise<Outcome> {
  const { assertion, text, input, tools } = call;
  if (!tools.trusted()) throw new NotEvaluated('code is run in trusted workspaces only');
  const code = assertion.valueCode ?? { language, text, range: assertion.range };
  let result: unknown;
  try {
    result = await runCode(tools, code, 'assertion', [input.value ?? input.output, contextFor(input, assertion.config)]);
  } catch (error) {
    // A workspace that may not run code, a file that is not there, a process that ended: nothing is known of the answer.
    if (EngineError.is(error) || !(error instanceof CodeThrew)) throw error;
    if (code.file !== undefined && code.language === 'javascript') throw new NotEvaluated(`its code threw: ${short(error.message)}`);
    return failure(`The code threw: ${short(error.message)}`);
  }
  const outcome = read(result, call);
  return typeof outcome === 'string' ? failure(outcome) : outcome;
}

function failure(reason: string): Outcome {
  return { pass: false, score: 0, reason, final: true };
}

function ofBoolean(value: boolean): Outcome {
  return { pass: value, score: value ? 1 : 0, reason: `The code returned ${String(value)}` };
}

/** At least the threshold; without one, over 0. */
function ofNumber(value: number, threshold: number | null): Outcome {
  const pass = threshold === null ? value > 0 : value >= threshold;
  return { pass, score: clamp(value), reason: `The code returned ${String(value)}` };
}

function ofJavascript(result: unknown, { assertion: { threshold } }: AssertionCall): Outcome | string {
  if (typeof result === 'boolean') return ofBoolean(result);
  if (typeof result === 'number') return ofNumber(result, threshold);
  // The threshold is for numbers only; what the code says of itself stands.
  return gradingOf(result) ?? `The code must return a boolean, a number, or { pass, score, reason }; it returned ${shown(result)}`;
}

/** Texts and names with underscores as Python has them; here the threshold is for what the code says of itself as well. */
function ofPython(result: unknown, { assertion: { threshold } }: AssertionCall): Outcome | string {
  const wrong = `Python must return a boolean, a number, or a dict with pass, score and reason; it returned ${shown(result)}`;
  const lower = typeof result === 'string' ? result.toLowerCase() : result;
  if (lower === true || lower === 'true') return ofBoolean(true);
  if (lower === false || lower === 'false') return ofBoolean(false);
  let given = result;
  if (typeof given === 'string' && given.startsWith('{')) {
    try {
      given = JSON.parse(given) as unknown;
    } catch {
      return wrong;
    }
  }
  if (typeof given === 'object' && given !== null) {
    const outcome = gradingOf(camelNames(given as Record<string, unknown>));
    if (outcome === null) return wrong;
    if (threshold === null || outcome.score >= threshold) return outcome;
    return {
      ...outcome,
      pass: false,
      reason: `Score ${String(outcome.score)} is under the threshold ${String(threshold)}: ${outcome.reason}`,
    };
  }
  const number = Number.parseFloat(String(given));
  return Number.isNaN(number) ? wrong : ofNumber(number, threshold);
}

const pythonNames = { pass: 'pass_', namedScores: 'named_scores', componentResults: 'component_results' };

function camelNames(result: Record<string, unknown>): Record<string, unknown> {
  const named = { ...result };
  for (const [name, other] of Object.entries(pythonNames)) if (!(name in named) && other in named) named[name] = named[other];
  const { componentResults: parts } = named;
  if (Array.isArray(parts)) named['componentResults'] = (parts as unknown[]).map((part) => (isRecord(part) ? camelNames(part) : part));
  return named;
}

/** `null` for what is no result: `pass` must be a boolean, `score` a number, and `reason` a text. */
function gradingOf(result: unknown): Outcome | null {
  if (!isRecord(result)) return null;
  const { pass, score, reason, namedScores, componentResults, assertion } = result;
  if (typeof pass !== 'boolean' || typeof score !== 'number' || typeof reason !== 'string') return null;
  if (!(namedScores === undefined || (typeof namedScores === 'object' && namedScores !== null))) return null;
  if (!(componentResults === undefined || Array.isArray(componentResults))) return null;
  if (!(assertion === undefined || typeof assertion === 'object')) return null;
  const scores = Object.entries((namedScores ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const parts = ((componentResults ?? []) as unknown[]).filter(isRecord).map(partOf);
  return {
    pass,
    score: clamp(score),
    reason: short(reason),
    ...(scores.length === 0 ? {} : { namedScores: Object.fromEntries(scores) }),
    ...(parts.length === 0 ? {} : { parts }),
  };
}

function partOf({ pass, score, reason, assertion, componentResults }: Record<string, unknown>): AssertionResult {
  const { type, metric } = isRecord(assertion) ? assertion : {};
  const parts = Array.isArray(componentResults) ? (componentResults as unknown[]).filter(isRecord).map(partOf) : [];
  return {
    type: typeof type === 'string' ? type : 'part',
    metric: typeof metric === 'string' ? metric : null,
    pass: pass === true,
    score: clamp(typeof score === 'number' ? score : pass === true ? 1 : 0),
    reason: typeof reason === 'string' ? short(reason) : '',
    evaluated: true,
    expected: null,
    ...(parts.length === 0 ? {} : { parts }),
  };
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return short(typeof value === 'string' ? `the text “${value}”` : JSON.stringify(value));
}
