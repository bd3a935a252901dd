import type { AssertionResult, CaseResult } from '../../shared/evalDocument.js';
import type { EngineContext, PromptService } from '../api.js';
import { EngineError } from '../errors.js';
import type { ChatMessage, ContentPart, ChatRequest, ChatResponse, CodeRunner } from '../ports.js';
import { combined } from './assertions/combine.js';
import { evaluateAssertion } from './assertions/evaluate.js';
import type { AssertionInput } from './assertions/types.js';
import { answerFault, judgesEnd } from './answerFault.js';
import { costOf } from './budget.js';
import { addSpent } from './asking.js';
import type { Answer, Asking, Spent } from './asking.js';
import { namedScoresFor, scoredBy, transformAnswer, withMadePrompt } from './caseCode.js';
import type { MadeVars } from './caseCode.js';
import type { CodeTools } from './codeCalls.js';
import type { Column } from './columns.js';
import type { CaseJudges, Judges } from './judges/judges.js';
import { requestParams } from './modelParams.js';
import { renderJinja } from '../prompts/render/jinja.js';
import { chatOfText, renderJson } from '../prompts/render/renderedChat.js';
import { resolveVars, templateVars } from './caseVars.js';
import { compareColumns, isCompared } from './comparing.js';
import type { ComparedResult } from './comparing.js';
import { addJudgeSpend } from './judges/spend.js';
import type { EvalCase } from './types.js';

export interface Job {
  column: Column;
  entry: EvalCase;
  repeat: number;
}

export interface CaseRunner {
  context: EngineContext;
  prompts: PromptService;
  asking: Asking;
  /** Absent: no assertion can ask a model. */
  judges?: Judges;
  readCache: boolean;
  timeoutMs: number | null;
  /** Code of this suite, and the variables that it made. */
  code: CodeRunner;
  madeVars: MadeVars;
  signal?: AbortSignal;
}

/** What a case took, for the journal: with it a run that was interrupted goes on counting where it was. */
export interface Trace {
  spent: Spent;
  /** Of the answer that was asked for, where it is kept. */
  key: string | null;
}

/** What a case sends: the rendered prompt with its affixes, and the parameters. Throws VARIABLE_MISSING, TEMPLATE_FAILED, PROMPT_INVALID. */
export function requestOf(prompts: PromptService, { column, entry, repeat }: Job, timeoutMs: number | null): ChatRequest {
  const vars = templateVars(resolveVars(entry.vars), column.env);
  const messages = renderJson(column.document, vars) ?? prompts.render(column.document, vars).messages;
  if (messages.length === 0) throw new EngineError('PROMPT_INVALID', `The prompt ${column.prompt} has no messages. Write its text.`);
  const params = requestParams(column.document.model?.params, column.profile.params, column.profile.defaults);
  const temperature = params['temperature'];
  const fixed =
    column.client?.deterministic === true && !(typeof temperature === 'number' && temperature > 0 && column.profile.provider === 'llama');
  const sent = withAffix(messages, entry.affix, vars);
  return {
    // promptfoo's echo gives the text back as it is.
    messages: column.document.format === 'text' && column.profile.provider !== 'echo' ? chatOfText(sent, column.document.file) : sent,
    params,
    // A model that always answers the same is asked once; its repeats come from the cache.
    repeat: fixed ? 1 : repeat + (column.repeatOffset ?? 0),
    ...(column.profile.provider === 'http' || column.profile.provider === 'code' ? { vars } : {}),
    ...(timeoutMs === null ? {} : { timeoutMs }),
  };
}

/** The answer as text: of calls of tools and the like their JSON. */
function outputOf({ text, output }: ChatResponse): string {
  return output === undefined ? text : typeof output === 'string' ? output : JSON.stringify(output);
}

/** Prefix and suffix are part of the template in promptfoo, so they may hold variables. */
function withAffix(messages: ChatMessage[], affix: EvalCase['affix'], vars: Record<string, unknown>): ChatMessage[] {
  if (affix === undefined) return messages;
  const prefix = renderJinja(affix.prefix, vars);
  const suffix = renderJinja(affix.suffix, vars);
  const last = messages.findLastIndex((message) => message.role === 'user');
  return messages.map((message, index) => {
    if (index !== last) return message;
    const text = { ...message, content: prefix + message.content + suffix };
    const around = (value: string): ContentPart[] => (value === '' ? [] : [{ type: 'text', text: value }]);
    return message.parts === undefined ? text : { ...text, parts: [...around(prefix), ...message.parts, ...around(suffix)] };
  });
}

/** Runs one case in one column. Never throws but CANCELLED: a fault of the surroundings is a result with status `error`. */
export async function runCase(runner: CaseRunner, given: Job, trace: Trace): Promise<CaseResult> {
  const { repeat } = given;
  let { column, entry } = given;
  const base = { id: entry.id, description: entry.description, column: column.id, repeat, vars: entry.vars };
  if (entry.problem !== undefined && column.fault === null) return { ...base, ...notEvaluated(entry, entry.problem) };
  let answer: Answer;
  let messages: ChatMessage[];
  let params: ChatRequest['params'];
  let providerValue: unknown;
  try {
    if (column.fault !== null) throw column.fault;
    const tools = codeTools(runner);
    entry = await runner.madeVars.of(entry, column.document.text);
    column = await withMadePrompt(tools, runner.prompts, column, resolveVars(entry.vars));
    const job = { column, entry, repeat };
    const request = requestOf(runner.prompts, job, runner.timeoutMs);
    ({ messages, params } = request);
    answer = entry.providerOutput === undefined ? await ask(runner, job, request, trace) : givenAnswer(entry.providerOutput);
    const context = { vars: resolveVars(entry.vars), prompt: promptText(messages) };
    const { response: changed, ...more } = await transformAnswer(tools, column, entry, answer.response, context);
    answer = { ...answer, response: changed };
    ({ providerValue } = more);
  } catch (error) {
    if (EngineError.is(error, 'CANCELLED')) throw error;
    // Anything else than an expected failure is a defect of ours; it must not hide the other cases.
    const { code, message, details } = EngineError.is(error)
      ? error
      : { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} as Record<string, unknown> };
    if (!EngineError.is(error)) runner.context.ports.logger.error(`A case of ${column.prompt} failed`, error);
    return {
      ...base,
      status: 'error',
      score: null,
      reason: message,
      output: null,
      assertions: [],
      latencyMs: null,
      cached: false,
      // An answer that was none (cut, filtered) is paid for all the same.
      cost: trace.spent.answers > 0 ? trace.spent.cost : null,
      error: { code, message, ...(typeof details['kind'] === 'string' ? { kind: details['kind'] } : {}) },
    };
  }
  const { response, cached } = answer;
  const cost = cached ? (column.profile.price === undefined ? null : 0) : costOf(column.profile, response);
  const facts = { ...base, output: outputOf(response), latencyMs: response.latencyMs, cached, cost };
  const judges = runner.judges?.forCase(entry.judge, repeat) ?? null;
  const assertions = withHuman(
    runner,
    entry,
    facts.output,
    await evaluateAll(runner, { column, entry, repeat }, messages, response, { judges, params, providerValue }),
  );
  const verdict = await scoredBy(codeTools(runner), entry, assertions, judge(entry, assertions));
  return { ...facts, assertions, ...verdict, ...namedScoresFor(entry, assertions), ...judgesOf(judges, trace) };
}

/** Where people judged the same answer, that stands with what a judge said: the suite's health compares them. */
function withHuman({ judges }: CaseRunner, entry: EvalCase, output: string, assertions: AssertionResult[]): AssertionResult[] {
  const human = assertions.some(isJudged) ? (judges?.setup.labels?.(entry, output) ?? null) : null;
  return human === null ? assertions : assertions.map((result) => labelled(result, human));
}

const isJudged = ({ judge: use, parts = [] }: AssertionResult): boolean => use !== undefined || parts.some(isJudged);

function labelled(result: AssertionResult, human: boolean): AssertionResult {
  const { judge: use, parts } = result;
  return {
    ...result,
    ...(use === undefined ? {} : { judge: { ...use, human } }),
    ...(parts === undefined ? {} : { parts: parts.map((part) => labelled(part, human)) }),
  };
}

/** The second step of a case whose columns are compared: all of them anew, with what the comparison says. */
export async function compareCase<J extends Job & { trace: Trace }>(
  runner: CaseRunner,
  group: ComparedResult<J>[],
): Promise<ComparedResult<J>[]> {
  const [first] = group;
  if (first === undefined || !isCompared(first.job.entry)) return group;
  const { entry, repeat } = first.job;
  const judges = runner.judges?.forCase(entry.judge, repeat) ?? null;
  const vars = resolveVars(await madeVarsOf(runner, first.job));
  const input = { vars, ...(entry.judge === undefined ? {} : { judge: entry.judge }) };
  const tools = {
    ...codeTools(runner),
    ...(judges === null ? {} : { judge: judges }),
  };
  const compared = await compareColumns(group, input, tools, async (_entry, assertions, result) => ({
    ...result,
    assertions: [...assertions],
    ...(await scoredBy(tools, entry, assertions, judge(entry, assertions))),
    ...namedScoresFor(entry, assertions),
  }));
  const [one, ...others] = compared;
  if (one === undefined || judges?.used !== true) return compared;
  // What the comparison took is counted with the first of its columns.
  addSpent(one.job.trace.spent, { ...judges.spent, answers: 0 });
  const spent = one.result.judge === undefined ? judges.spent : addJudgeSpend(one.result.judge, judges.spent);
  return [{ job: one.job, result: { ...one.result, judge: spent } }, ...others];
}

/** Where variables cannot be made, no column has an answer either. */
async function madeVarsOf(runner: CaseRunner, { entry, column }: Job): Promise<EvalCase['vars']> {
  try {
    return (await runner.madeVars.of(entry, column.document.text)).vars;
  } catch (error) {
    if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
    return entry.vars;
  }
}

/** What the judges of a case took is part of what the case took, and is said apart as well. */
function judgesOf(judges: CaseJudges | null, trace: Trace): Pick<CaseResult, 'judge'> {
  if (judges?.used !== true) return {};
  addSpent(trace.spent, { ...judges.spent, answers: 0 });
  return { judge: judges.spent };
}

/** A case that cannot be judged whatever the answer is asks nobody; each of its assertions counts as not evaluated. */
function notEvaluated(entry: EvalCase, problem: string): Omit<CaseResult, 'id' | 'description' | 'column' | 'repeat' | 'vars'> {
  const message = `Not evaluated: ${problem}`;
  const one = { pass: false, score: 0, reason: message, evaluated: false, expected: null };
  const assertions = entry.assertions.map(({ type, negate, metric }) => ({ ...one, type: `${negate ? 'not-' : ''}${type}`, metric }));
  return {
    status: 'error',
    score: null,
    reason: message,
    output: null,
    assertions: assertions.length > 0 ? assertions : [{ ...one, type: 'case', metric: null }],
    latencyMs: null,
    cached: false,
    cost: null,
    error: { code: 'NOT_EVALUATED', message },
  };
}

/** The answer that stands in the suite. */
function givenAnswer(output: unknown): Answer {
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  const facts = { finishReason: null, tokensIn: 0, tokensOut: 0, latencyMs: 0, recorded: false };
  return { response: { text, ...(typeof output === 'string' ? {} : { output }), ...facts }, cached: false, key: null };
}

async function ask(runner: CaseRunner, { column, entry }: Job, request: ChatRequest, trace: Trace): Promise<Answer> {
  const answer = await runner.asking.ask({
    column,
    request,
    readCache: runner.readCache,
    faultOf: (response) =>
      judgesEnd(entry.assertions)
        ? null
        : answerFault(response, column.profile.name, { ...column.profile.params, ...request.params }, column.document.model?.params),
    spent: trace.spent,
  });
  if (!answer.cached) trace.key = answer.key;
  return answer;
}

function codeTools({ code, context, signal }: CaseRunner): CodeTools {
  return { code, trusted: () => context.isTrusted(), ...(signal === undefined ? {} : { signal }) };
}

/** A chat is shown to code as promptfoo does it: as JSON. A single message is its text. */
function promptText(messages: readonly ChatMessage[]): string {
  const [only] = messages;
  return messages.length === 1 && only !== undefined ? only.content : JSON.stringify(messages);
}

async function evaluateAll(
  runner: CaseRunner,
  { column, entry }: Job,
  messages: readonly ChatMessage[],
  response: ChatResponse,
  { judges, params, providerValue }: { judges: CaseJudges | null; params: ChatRequest['params']; providerValue: unknown },
): Promise<AssertionResult[]> {
  const tools = { ...codeTools(runner), http: runner.context.ports.http, ...(judges === null ? {} : { judge: judges }) };
  const value = response.output === undefined ? {} : { value: response.output };
  const input = {
    output: outputOf(response),
    ...value,
    response,
    messages,
    vars: resolveVars(entry.vars),
    latencyMs: response.latencyMs,
    prompt: promptText(messages),
    // What it cost when it was asked, for an answer of the cache is no cheaper for the suite's limits.
    cost: response.cost ?? costOf(column.profile, response) ?? (column.profile.provider === 'echo' ? 0 : null),
    params,
    test: testFor(entry),
    provider: column.providerFacts ?? { id: column.provider, label: null, config: {} },
    ...(providerValue === undefined ? {} : { providerValue }),
    ...(entry.judge === undefined ? {} : { judge: entry.judge }),
  };
  return Promise.all(entry.assertions.map((assertion) => evaluateAssertion(assertion, input, tools)));
}

/** The test as code of assertions sees it. */
function testFor({ description, metadata, threshold, assertions }: EvalCase): NonNullable<AssertionInput['test']> {
  const assert = assertions.map((assertion) => ({
    type: `${assertion.negate ? 'not-' : ''}${assertion.type}`,
    value: assertion.value,
    ...(assertion.threshold === null ? {} : { threshold: assertion.threshold }),
    ...(assertion.metric === null ? {} : { metric: assertion.metric }),
  }));
  return { description, metadata, assert, ...(threshold === null ? {} : { threshold }) };
}

/**
 * promptfoo's rules: the score is the weighted mean; the case passes if every assertion passes, or, with a threshold, if the score
 * reaches it; an assertion of weight 0 is a metric only, and the score of nothing but those is 0. A case with an assertion that was not evaluated, or with none, is neither
 * passed nor failed.
 */
export function judge(
  entry: Pick<EvalCase, 'assertions' | 'threshold'>,
  results: readonly AssertionResult[],
): Pick<CaseResult, 'status' | 'score' | 'reason' | 'error'> {
  const open = results.find((result) => !result.evaluated);
  if (open !== undefined || results.length === 0) {
    const message =
      open === undefined ? 'The case has no assertions, so there is nothing to pass. Add assert to it.' : `${open.type}: ${open.reason}`;
    return { status: 'error', score: null, reason: message, error: open?.error ?? { code: 'NOT_EVALUATED', message } };
  }
  const { pass, score, reason } = combined(results, entry.assertions, entry.threshold);
  return { status: pass ? 'pass' : 'fail', score, reason, error: null };
}
