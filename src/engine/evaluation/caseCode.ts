/** Code of a suite around one case: what it makes of variables, prompt and answer, and how it scores. */
import type { AssertionResult, CaseResult } from '../../shared/evalDocument.js';
import type { PromptService } from '../api.js';
import { isRecord } from '../config/yaml.js';
import { EngineError } from '../errors.js';
import { dirname } from '../paths.js';
import type { ChatResponse, CodeRunner } from '../ports.js';
import { CodeThrew, labelOf, runCode, transformed, type CodeTools } from './codeCalls.js';
import type { Column } from './columns.js';
import type { EvalCase, Suite, SuiteCode } from './types.js';

/** The runner for one suite: relative paths start from the suite's folder, and Python is the one that config.yaml names. */
export function codeOfSuite(code: CodeRunner, { file }: Pick<Suite, 'file'>, python: string | undefined): CodeRunner {
  const folder = dirname(file);
  const place = { ...(folder === '' || folder === '.' ? {} : { folder }), ...(python === undefined ? {} : { executable: python }) };
  return { ...code, call: (call, signal) => code.call({ ...place, ...call }, signal) };
}

const inline: SuiteCode = { language: 'javascript', text: '', range: null };

/** Cases whose variables a function made: once for each case and run, whatever the number of columns. */
export class MadeVars {
  private readonly made = new Map<EvalCase, Promise<EvalCase>>();

  constructor(private readonly tools: CodeTools) {}

  /** Throws CODE_FAILED, and what `runCode` throws. */
  async of(entry: EvalCase, prompt: string): Promise<EvalCase> {
    if (entry.varCode === undefined && entry.transformVars === undefined) return entry;
    const transformedEntry = await this.transformed(entry);
    if (entry.varCode === undefined) return transformedEntry;
    const vars = { ...transformedEntry.vars };
    for (const [name, code] of Object.entries(entry.varCode)) {
      const others = Object.fromEntries(Object.entries(vars).filter(([other]) => other !== name));
      define(vars, name, await this.variable(name, code, prompt, others));
    }
    return { ...transformedEntry, vars };
  }

  private transformed(entry: EvalCase): Promise<EvalCase> {
    const { transformVars = [] } = entry;
    if (transformVars.length === 0) return Promise.resolve(entry);
    let made = this.made.get(entry);
    if (made === undefined) {
      made = this.transform(entry, transformVars);
      this.made.set(entry, made);
    }
    return made;
  }

  private async transform(entry: EvalCase, codes: readonly SuiteCode[]): Promise<EvalCase> {
    let { vars } = entry;
    for (const code of codes) {
      const result = await transformed(this.tools, code, vars, { prompt: {} }, ['vars', 'context', 'process']);
      if (!isRecord(result)) throw new EngineError('CODE_FAILED', `The transform ${labelOf(code)} must return an object of variables.`);
      vars = { ...vars, ...result };
    }
    const list = Object.entries(vars).find(([, value]) => Array.isArray(value) && typeof value[0] === 'string');
    if (list !== undefined) {
      // promptfoo makes a case of each item then; here cases are what stands in the suite.
      const message = `The variable ${list[0]} is a list after the transform ${labelOf(codes.at(-1) ?? inline)}. Make it one text, or write the list into the suite without a transform.`;
      throw new EngineError('CODE_FAILED', message);
    }
    return { ...entry, vars };
  }

  /** `{ output }`, or `{ error }` for what could not be made. */
  private async variable(name: string, code: SuiteCode, prompt: string, others: Record<string, unknown>): Promise<unknown> {
    const failed = (why: string): EngineError =>
      new EngineError('CODE_FAILED', `The variable ${name} was not made by ${labelOf(code)}: ${why}.`);
    let result: unknown;
    try {
      result = await runCode(this.tools, code, 'vars', [name, prompt, others]);
    } catch (error) {
      if (error instanceof CodeThrew) throw failed(error.message);
      throw error;
    }
    if (!isRecord(result)) throw failed('it must return { output } or { error }');
    if (result['error'] !== undefined && result['error'] !== null)
      throw failed(typeof result['error'] === 'string' ? result['error'] : JSON.stringify(result['error']));
    if (result['output'] === undefined || result['output'] === null) throw failed('it must return { output } or { error }');
    return result['output'];
  }
}

/** Names come from files: `__proto__` is a variable like any other. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A column whose prompt a function makes gets the text for this case: a text, a chat, or `{ prompt, config }`. Throws CODE_FAILED. */
export async function withMadePrompt(
  tools: CodeTools,
  prompts: PromptService,
  column: Column,
  vars: Record<string, unknown>,
): Promise<Column> {
  const { promptCode: code, promptConfig = {}, providerFacts } = column;
  if (code === undefined) return column;
  const provider = { id: providerFacts?.id ?? column.provider, ...(providerFacts?.label == null ? {} : { label: providerFacts.label }) };
  let result: unknown;
  try {
    result = await runCode(tools, code, 'prompt', [{ vars, provider, config: promptConfig }]);
  } catch (error) {
    if (error instanceof CodeThrew) throw new EngineError('CODE_FAILED', `The prompt ${labelOf(code)} threw: ${error.message}`);
    throw error;
  }
  const { prompt = result, config } = isRecord(result) && 'prompt' in result ? result : { config: undefined };
  if (prompt === undefined || prompt === null || prompt === '')
    throw new EngineError('CODE_FAILED', `The prompt ${labelOf(code)} returned nothing.`);
  const text = typeof prompt === 'string' ? prompt : JSON.stringify(prompt);
  const isChat = /^\s*(?:\[|- )/u.test(text);
  const document = prompts.parse(isChat ? 'inline.yaml' : 'inline.md', text);
  return {
    ...column,
    document,
    ...(isRecord(config) ? { profile: { ...column.profile, params: { ...column.profile.params, ...config } } } : {}),
  };
}

export interface TransformedAnswer {
  response: ChatResponse;
  /** The answer after the provider's own transform: judges of retrieval look at it. */
  providerValue?: unknown;
}

/** The provider's transform, then the test's on what that made. Throws CODE_FAILED: such a case has no verdict. */
export async function transformAnswer(
  tools: CodeTools,
  column: Pick<Column, 'providerTransform' | 'prompt' | 'promptLabel'>,
  { transform }: Pick<EvalCase, 'transform'>,
  response: ChatResponse,
  context: { vars: Record<string, unknown>; prompt: string },
): Promise<TransformedAnswer> {
  const { providerTransform } = column;
  if (providerTransform === undefined && transform === undefined) return { response };
  const given = {
    vars: context.vars,
    prompt: { raw: context.prompt, label: column.promptLabel ?? column.prompt },
  };
  let value: unknown = response.output ?? response.text;
  if (providerTransform !== undefined) value = await transformed(tools, providerTransform, value, given);
  const providerValue = value;
  const { metadata } = response;
  if (transform !== undefined)
    value = await transformed(tools, transform, value, { ...given, ...(metadata === undefined ? {} : { metadata }) });
  const { output: _output, ...rest } = response;
  const next = typeof value === 'string' ? { ...rest, text: value } : { ...rest, text: JSON.stringify(value), output: value };
  return { response: next, providerValue };
}

/** Scores by metric of one case: the weighted mean of the assertions with it, and of the scores by name that code returned. */
function namedScoresOf(assertions: readonly AssertionResult[], weights: readonly number[]): Record<string, number> {
  const sums = new Map<string, { sum: number; weight: number }>();
  const add = (name: string, score: number, weight: number): void => {
    const known = sums.get(name) ?? { sum: 0, weight: 0 };
    sums.set(name, { sum: known.sum + score * weight, weight: known.weight + weight });
  };
  for (const [index, { metric, score, evaluated, namedScores = {} }] of assertions.entries()) {
    if (!evaluated) continue;
    const weight = weights[index] ?? 1;
    if (metric !== null) add(metric, score, weight);
    for (const [name, value] of Object.entries(namedScores)) if (name !== metric) add(name, value, weight);
  }
  return Object.fromEntries([...sums].map(([name, { sum, weight }]) => [name, weight > 0 ? sum / weight : 0]));
}

/** For a case's result; empty where no assertion has a metric. */
export function namedScoresFor(
  entry: Pick<EvalCase, 'assertions'>,
  assertions: readonly AssertionResult[],
): Pick<CaseResult, 'namedScores'> {
  const namedScores = namedScoresOf(
    assertions,
    entry.assertions.map(({ weight }) => weight),
  );
  return Object.keys(namedScores).length === 0 ? {} : { namedScores };
}

type Verdict = Pick<CaseResult, 'status' | 'score' | 'reason' | 'error'>;

/**
 * The scoring function's verdict in place of the weighted mean. One that throws or returns no verdict is a failure with score 0, as in promptfoo;
 * one that cannot be run at all leaves the case without a verdict.
 */
export async function scoredBy(
  tools: CodeTools,
  entry: EvalCase,
  assertions: readonly AssertionResult[],
  verdict: Verdict,
): Promise<Verdict> {
  const code = entry.scoringFunction;
  if (code === undefined || verdict.status === 'error') return verdict;
  const weights = entry.assertions.map(({ weight }) => weight);
  const context = {
    ...(entry.threshold === null ? {} : { threshold: entry.threshold }),
    componentResults: assertions.map(({ type, metric, pass, score, reason, namedScores }) => ({
      pass,
      score,
      reason,
      assertion: { type, ...(metric === null ? {} : { metric }) },
      ...(namedScores === undefined ? {} : { namedScores }),
    })),
    tokensUsed: { total: 0, prompt: 0, completion: 0 },
  };
  const failed = (why: string): Verdict => ({
    status: 'fail',
    score: 0,
    reason: `The scoring function ${labelOf(code)} ${why}`,
    error: null,
  });
  try {
    const result = await runCode(tools, code, 'scoring', [namedScoresOf(assertions, weights), context]);
    const { pass, score, reason } = isRecord(result) ? result : {};
    if (typeof pass !== 'boolean' || typeof score !== 'number' || typeof reason !== 'string')
      return failed('must return { pass, score, reason }');
    return { status: pass ? 'pass' : 'fail', score, reason, error: null };
  } catch (error) {
    if (error instanceof CodeThrew) return failed(`threw: ${error.message}`);
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    const { code: kind, message } = error;
    return { status: 'error', score: null, reason: message, error: { code: kind, message } };
  }
}
