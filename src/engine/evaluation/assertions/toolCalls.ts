/** Kinds that look at the tools and functions that the answer calls. */
import { isRecord } from '../../config/yaml.js';
import { TooMany, valuesOnLines } from './lenientJson.js';
import { schemaFaults } from './json.js';
import { reached } from './metrics.js';
import { listOf, parseJson, short, verdict } from './outcome.js';
import { NotEvaluated, type AssertionCall, type AssertionInput, type AssertionTools, type Handlers, type Outcome } from './types.js';

export const toolCallHandlers: Handlers = {
  'is-valid-openai-tools-call': toolsCall,
  'is-valid-openai-function-call': functionCall,
  'is-valid-function-call': (call) => (callOf(answerOf(call.input)) === null ? toolsCall(call) : functionCall(call)),
  'tool-call-f1': toolCallF1,
};

interface Call {
  name: string;
  /** JSON as the model wrote it. */
  args: string;
}

/** Every call names a tool that was offered, and its arguments fit that tool's parameters. */
async function toolsCall({ input, tools }: AssertionCall): Promise<Outcome> {
  const mcp = mcpResult(input.output);
  if (mcp !== null) return mcp;
  const answer = answerOf(input);
  const list = isRecord(answer) && 'tool_calls' in answer ? answer['tool_calls'] : answer;
  const calls = Array.isArray(list) ? (list as unknown[]).map((item) => (isRecord(item) ? callOf(item['function']) : null)) : [];
  const sound = calls.filter((call) => call !== null);
  if (sound.length === 0 || sound.length < calls.length) return verdict(false, 'The answer is no list of calls of tools');
  const offered = offeredIn(input, 'tools').flatMap((tool) => (isRecord(tool['function']) ? [tool['function']] : []));
  if (offered.length === 0) return verdict(false, 'The answer calls tools, but the model was offered none');
  return allFit(sound, offered, tools);
}

/** The older form, `{ name, arguments }`, of the functions that were offered. */
async function functionCall({ input, tools }: AssertionCall): Promise<Outcome> {
  const call = callOf(answerOf(input));
  if (call === null) return verdict(false, 'The answer is no call of a function');
  return allFit([call], offeredIn(input, 'functions'), tools);
}

async function allFit(calls: readonly Call[], offered: readonly Record<string, unknown>[], tools: AssertionTools): Promise<Outcome> {
  for (const { name, args } of calls) {
    const known = offered.find((each) => each['name'] === name);
    if (known === undefined) return verdict(false, `It calls “${short(name)}”, which it was not offered`);
    const given = parseJson(args);
    if (given === undefined) return verdict(false, `The arguments of “${short(name)}” are no JSON`);
    // A tool without parameters takes none.
    const schema = known['parameters'] ?? { type: 'object', additionalProperties: false };
    const [fault] = await schemaFaults(schema, [given], tools);
    if (fault !== null && fault !== undefined)
      return verdict(false, `The arguments of “${short(name)}” do not fit: ${fault.replace(/^the answer /u, 'they ')}`);
  }
  return verdict(true, `${calls.length === 1 ? 'The call is' : 'All calls are'} of what was offered, with arguments that fit`);
}

/** The answer as data; a text, even one that reads like a call, is none. */
function answerOf({ value, response }: AssertionInput): unknown {
  return value ?? response?.toolCalls;
}

function callOf(value: unknown): Call | null {
  const call = isRecord(value) && 'function_call' in value ? value['function_call'] : value;
  if (!isRecord(call) || typeof call['name'] !== 'string' || typeof call['arguments'] !== 'string') return null;
  return { name: call['name'], args: call['arguments'] };
}

function offeredIn({ params, provider }: AssertionInput, key: 'tools' | 'functions'): Record<string, unknown>[] {
  const given: unknown = params?.[key] ?? provider?.config[key];
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new NotEvaluated(`the model's ${key} are no list`);
  return (given as unknown[]).filter(isRecord);
}

/** What an endpoint that runs MCP tools itself writes in place of calls. */
function mcpResult(output: string): Outcome | null {
  const found = /MCP Tool (Result|Error) \(([^)\n]{0,200})\)/u.exec(output);
  if (found === null) return null;
  const name = found[2] ?? '';
  return output.includes('MCP Tool Error')
    ? verdict(false, `The endpoint's call of ${short(name)} failed`)
    : verdict(true, `The endpoint called ${short(name)} itself`);
}

/**
 * F1 of the set of names that were called against those that were expected, `2pr / (p + r)` (van Rijsbergen, 1979); order and number of
 * calls do not matter. Passes from `threshold` (1) on.
 */
function toolCallF1(call: AssertionCall): Outcome {
  const expected = new Set(listOf(call.value).map((name) => name.trim()));
  const answer = call.input.value ?? call.input.response?.toolCalls;
  const called = new Set(answer === undefined ? namesInText(call.input.output) : namesIn(answer));
  const both = [...expected].filter((name) => called.has(name)).length;
  const outcome = reached(call, 'F1 of the calls', (2 * both) / (expected.size + called.size), 1);
  const list = called.size === 0 ? 'nothing' : [...called].sort().join(', ');
  return { ...outcome, reason: `${outcome.reason} (called: ${short(list)})` };
}

function namesInText(output: string): string[] {
  const whole = parseJson(output);
  if (whole !== undefined) return namesIn(whole);
  try {
    return valuesOnLines(output).flatMap((value) => namesIn(value));
  } catch (error) {
    if (error instanceof TooMany) throw new NotEvaluated('the answer has too many brackets to look for calls in it');
    throw error;
  }
}

const kinds = new Set(['tool_use', 'function_call', 'tool_call', 'function']);

/** Names of calls in the forms of OpenAI, Anthropic and Google, alone or in lists; in a list a name alone is one as well. */
function namesIn(value: unknown, isItem = false): string[] {
  if (Array.isArray(value)) return (value as unknown[]).flatMap((item) => namesIn(item, true));
  if (!isRecord(value)) return [];
  if (Array.isArray(value['tool_calls'])) return namesIn(value['tool_calls']);
  if (isRecord(value['toolCall'])) return namesIn(value['toolCall']['functionCalls']);
  const inner = [value['function'], value['functionCall'], value['function_call']].find(isRecord);
  if (inner !== undefined) return typeof inner['name'] === 'string' ? [inner['name']] : [];
  const isCall = isItem || (typeof value['type'] === 'string' && kinds.has(value['type']));
  return isCall && typeof value['name'] === 'string' ? [value['name']] : [];
}
