import type { AssertionResult } from '../../shared/evalDocument.js';
import { isRecord, parseYaml } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import type { CodeRunner } from '../ports.js';
import { renderJinja } from '../prompts/render/jinja.js';
import { stableJson } from './cacheKey.js';
import { checkSchema } from './jsonSchema.js';
import type { Assertion } from './types.js';

export interface AssertionInput {
  output: string;
  vars: Record<string, unknown>;
  latencyMs: number;
  /** What was asked, for code that looks at it. */
  prompt?: string;
}

export interface AssertionTools {
  code: CodeRunner;
  trusted: () => boolean;
  signal?: AbortSignal;
}

/** Code and patterns of a suite may take this long; then their thread is killed. */
const CODE_MS = 10_000;
const REGEX_MS = 2000;

interface Outcome {
  pass: boolean;
  score: number;
  reason: string;
  expected?: string;
}

/** Thrown where an assertion cannot be evaluated; never a pass and never a fail. */
class NotEvaluated extends Error {}

/** Evaluates one assertion. Throws only CANCELLED: whatever else keeps it from being evaluated is in the result, with `evaluated: false`. */
export async function evaluateAssertion(assertion: Assertion, input: AssertionInput, tools: AssertionTools): Promise<AssertionResult> {
  const type = `${assertion.negate ? 'not-' : ''}${assertion.type}`;
  const base = { type, metric: metricName(assertion.metric, input.vars) };
  try {
    if (assertion.problem !== undefined) throw new NotEvaluated(assertion.problem);
    // A file's text is what it is: only values that stand in the suite are templates.
    const value = assertion.fromFile === true ? assertion.value : templated(assertion.value, input.vars);
    const outcome = await evaluate(assertion, value, input, tools);
    const expected = outcome.expected ?? null;
    if (!assertion.negate) return { ...base, pass: outcome.pass, score: outcome.score, reason: outcome.reason, evaluated: true, expected };
    const reason = outcome.pass ? `${outcome.reason}, which it must not` : `Not so, as wanted: ${outcome.reason}`;
    return { ...base, pass: !outcome.pass, score: outcome.pass ? 0 : 1, reason, evaluated: true, expected: null };
  } catch (error) {
    if (EngineError.is(error, 'CANCELLED')) throw error;
    if (!(error instanceof NotEvaluated) && !EngineError.is(error)) throw error;
    return { ...base, pass: false, score: 0, reason: `Not evaluated: ${error.message}`, evaluated: false, expected: null };
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

function verdict(pass: boolean, reason: string, expected?: string): Outcome {
  return { pass, score: pass ? 1 : 0, reason, ...(expected === undefined ? {} : { expected }) };
}

const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : stableJson(value);
}

/** A list, or promptfoo's text with commas, where an item with a comma stands in quotes. Empty items would be found everywhere. */
function listOf(value: unknown): string[] {
  const items = Array.isArray(value)
    ? value.map(textOf)
    : (textOf(value).match(/"[^"]*"|[^,"][^,]*/gu) ?? []).map((item) => item.trim().replace(/^"([\s\S]*)"$/u, '$1'));
  const wanted = items.filter((item) => item !== '');
  if (wanted.length === 0) throw new NotEvaluated('its list is empty');
  return wanted;
}

/** Every answer contains the empty text, so such an assertion would check nothing. */
function wantedText(text: string): string {
  if (text === '') throw new NotEvaluated('its value is empty');
  return text;
}

async function evaluate(assertion: Assertion, value: unknown, input: AssertionInput, tools: AssertionTools): Promise<Outcome> {
  const { output } = input;
  const text = textOf(value);
  switch (assertion.type) {
    case 'equals':
      return equals(value, output);
    case 'contains':
      return holds(output.includes(wantedText(text)), 'contain', `“${short(text)}”`, text);
    case 'icontains':
      return holds(output.toLowerCase().includes(wantedText(text).toLowerCase()), 'contain', `“${short(text)}”`, text);
    case 'starts-with':
      return holds(output.startsWith(wantedText(text)), 'start with', `“${short(text)}”`, text);
    case 'ends-with':
      return holds(output.endsWith(wantedText(text)), 'end with', `“${short(text)}”`, text);
    case 'contains-any':
    case 'icontains-any':
    case 'contains-all':
    case 'icontains-all':
      return containsList(assertion.type, listOf(value), output);
    case 'regex':
      return holds(await tools.code.regex(wantedText(text), '', output, REGEX_MS), 'match', `/${short(text)}/`);
    case 'is-json':
      return json([parseJson(output.trim())], value, tools);
    case 'contains-json':
      return json(findJson(output), value, tools);
    case 'latency': {
      const limit = assertion.threshold ?? 0;
      return verdict(input.latencyMs <= limit, `took ${String(Math.round(input.latencyMs))} ms, the limit is ${String(limit)} ms`);
    }
    case 'javascript':
      return javascript(text, assertion, input, tools);
    default:
      throw new NotEvaluated('this type is not evaluated here');
  }
}

/** `verb` and `object` make both sentences: "The answer contains …", "The answer does not contain …". */
function holds(pass: boolean, verb: 'contain' | 'start with' | 'end with' | 'match', object: string, expected?: string): Outcome {
  const [head = verb, ...tail] = verb.split(' ');
  const positive = [head === 'match' ? 'matches' : `${head}s`, ...tail].join(' ');
  return verdict(pass, `The answer ${pass ? positive : `does not ${verb}`} ${object}`, expected);
}

/** Texts are compared to the letter; mappings and lists with the answer read as JSON. */
function equals(value: unknown, output: string): Outcome {
  const expected = textOf(value);
  if (typeof value === 'object' && value !== null) {
    const parsed = parseJson(output.trim());
    const same = parsed !== undefined && stableJson(parsed) === stableJson(value);
    return verdict(same, same ? 'The answer equals the expected data' : 'The answer is not the expected data', expected);
  }
  const same = output === expected;
  return verdict(same, same ? 'The answer is the expected text' : `Expected “${short(expected)}”`, expected);
}

function containsList(type: string, wanted: readonly string[], output: string): Outcome {
  const ignoreCase = type.startsWith('i');
  const text = ignoreCase ? output.toLowerCase() : output;
  const missing = wanted.filter((item) => !text.includes(ignoreCase ? item.toLowerCase() : item));
  const all = type.endsWith('all');
  const pass = all ? missing.length === 0 : missing.length < wanted.length;
  const list = short(wanted.join(', '));
  if (all) return verdict(pass, pass ? `The answer contains all of: ${list}` : `The answer lacks: ${short(missing.join(', '))}`);
  return verdict(pass, `The answer contains ${pass ? 'one' : 'none'} of: ${list}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON: `undefined` is what no JSON text can mean.
    return undefined;
  }
}

/** The JSON objects and lists in a text, outermost first; bounded, for an answer may be full of brackets. */
function findJson(output: string): unknown[] {
  const found: unknown[] = [];
  let tries = 0;
  for (let start = 0; start < output.length && tries < 50; start++) {
    const open = output[start];
    if (open !== '{' && open !== '[') continue;
    tries++;
    const close = open === '{' ? '}' : ']';
    for (let end = output.lastIndexOf(close), ends = 0; end > start && ends < 50; end = output.lastIndexOf(close, end - 1), ends++) {
      const parsed = parseJson(output.slice(start, end + 1));
      if (parsed === undefined) continue;
      found.push(parsed);
      start = end;
      break;
    }
  }
  return found;
}

/** Holds where one of the values fits the schema. A schema that is a text is YAML, hence JSON as well. */
async function json(values: readonly unknown[], schema: unknown, tools: AssertionTools): Promise<Outcome> {
  const parsed = values.filter((value) => value !== undefined);
  if (parsed.length === 0) return verdict(false, 'The answer is not valid JSON');
  if (schema === null || schema === undefined || schema === '') return verdict(true, 'The answer is valid JSON');
  const given = typeof schema === 'string' ? parseYaml('schema', schema).value : schema;
  let fault = '';
  for (const value of parsed) {
    const wrong = await schemaFault(value, given, tools);
    if (wrong === null) return verdict(true, 'The answer is JSON that fits its schema');
    if (fault === '') fault = wrong;
  }
  return verdict(false, `The JSON does not fit its schema: ${fault}`);
}

async function schemaFault(value: unknown, schema: unknown, tools: AssertionTools): Promise<string | null> {
  const { fault, patterns, unknown } = checkSchema(value, schema);
  if (fault !== null) return fault;
  if (unknown.length > 0)
    throw new NotEvaluated(`its schema uses ${[...new Set(unknown)].slice(0, 3).join(', ')}, which is not evaluated here`);
  for (const { path, pattern, text } of patterns) {
    if (!(await tools.code.regex(pattern, 'u', text, REGEX_MS))) return `${path} does not match /${short(pattern)}/`;
  }
  return null;
}

/** promptfoo's rules: a boolean, a number (at least the threshold, else over 0), or `{ pass, score, reason }`. An exception is a failure. */
async function javascript(code: string, assertion: Assertion, input: AssertionInput, tools: AssertionTools): Promise<Outcome> {
  if (!tools.trusted()) throw new NotEvaluated('code is run in trusted workspaces only');
  let result: unknown;
  try {
    result = await tools.code.javascript(
      code,
      { output: input.output, vars: input.vars, ...(input.prompt === undefined ? {} : { prompt: input.prompt }) },
      CODE_MS,
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

function clamp(score: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(score) ? score : 0));
}
