import { isRecord } from '../../engine/config/yaml.js';
import type { ChatResponse, ToolCall } from '../../engine/ports.js';

/** What an answer of any of the APIs says; `null` where it is none. */
export type Answer = Omit<ChatResponse, 'latencyMs' | 'recorded'>;

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Content is a text, or parts of which only the texts are an answer. */
function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

function callsOf(value: unknown): ToolCall[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((call) => {
    const asked = call['function'];
    if (!isRecord(asked) || typeof asked['name'] !== 'string') return [];
    // Some endpoints give the arguments as an object.
    const given = asked['arguments'];
    const text = typeof given === 'string' ? given : JSON.stringify(given ?? {});
    return [
      {
        id: typeof call['id'] === 'string' ? call['id'] : '',
        type: 'function' as const,
        function: { name: asked['name'], arguments: text },
      },
    ];
  });
}

function logprobsOf(value: unknown): number[] | null {
  const list = isRecord(value) ? value['content'] : null;
  if (!Array.isArray(list) || list.length === 0) return null;
  const numbers = list.map((token: unknown) => (isRecord(token) ? token['logprob'] : null)).filter((each) => typeof each === 'number');
  return numbers.length === list.length ? numbers : null;
}

/**
 * A calls-only answer is its calls, in the endpoint's own shape; with text beside them it is both, as promptfoo has it. An answer that was
 * asked for in JSON is that data.
 */
function outputOf(text: string, calls: readonly ToolCall[], legacy: unknown, isJson: boolean): { output?: unknown } {
  if (calls.length > 0) return { output: text === '' ? calls : { content: text, tool_calls: calls } };
  if (isRecord(legacy)) return { output: text === '' ? legacy : { content: text, function_call: legacy } };
  if (!isJson) return {};
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? { output: data } : {};
  } catch {
    // A model that breaks its promise is judged by the text that it wrote.
    return {};
  }
}

/** `isJson`: the request asked for an answer that fits a schema. */
export function readCompletion(completion: unknown, isJson: boolean): Answer | null {
  const choices = isRecord(completion) ? completion['choices'] : null;
  const choice: unknown = Array.isArray(choices) ? choices[0] : null;
  if (!isRecord(completion) || !isRecord(choice)) return null;
  const usage = isRecord(completion['usage']) ? completion['usage'] : {};
  const message = choice['message'];
  // The old completions have a text and no message.
  const old = typeof choice['text'] === 'string' ? choice['text'] : null;
  if (!isRecord(message) && old === null) return null;
  const said = isRecord(message) ? message : {};
  const refusal = typeof said['refusal'] === 'string' && said['refusal'] !== '' ? said['refusal'] : null;
  const text = old ?? textOf(said['content']) ?? '';
  const calls = callsOf(said['tool_calls']);
  const logprobs = logprobsOf(choice['logprobs']);
  const isRefusal = refusal !== null && text === '';
  return {
    text: isRefusal ? refusal : text,
    ...outputOf(text, calls, said['function_call'], isJson),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(isRefusal ? { isRefusal } : {}),
    ...(logprobs === null ? {} : { logprobs }),
    finishReason: typeof choice['finish_reason'] === 'string' ? choice['finish_reason'] : null,
    tokensIn: number(usage['prompt_tokens']),
    tokensOut: number(usage['completion_tokens']),
  };
}

/** The Responses API: a list of items, of which messages, refusals and calls of functions are an answer. */
export function readResponse(response: unknown, isJson: boolean): Answer | null {
  if (!isRecord(response) || !Array.isArray(response['output'])) return null;
  const usage = isRecord(response['usage']) ? response['usage'] : {};
  const texts: string[] = [];
  const refusals: string[] = [];
  const calls: ToolCall[] = [];
  for (const item of (response['output'] as unknown[]).filter(isRecord)) {
    if (item['type'] === 'function_call' && typeof item['name'] === 'string') {
      const call = { name: item['name'], arguments: typeof item['arguments'] === 'string' ? item['arguments'] : '' };
      calls.push({ id: typeof item['call_id'] === 'string' ? item['call_id'] : '', type: 'function', function: call });
    }
    if (item['type'] !== 'message' || !Array.isArray(item['content'])) continue;
    for (const part of (item['content'] as unknown[]).filter(isRecord)) {
      if (typeof part['text'] === 'string') texts.push(part['text']);
      if (typeof part['refusal'] === 'string') refusals.push(part['refusal']);
    }
  }
  const isRefusal = refusals.length > 0 && texts.length === 0;
  const text = (isRefusal ? refusals : texts).join('\n');
  return {
    text,
    ...outputOf(isRefusal ? '' : text, calls, null, isJson),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(isRefusal ? { isRefusal } : {}),
    finishReason: finishOf(response, calls.length > 0),
    tokensIn: number(usage['input_tokens']),
    tokensOut: number(usage['output_tokens']),
  };
}

/** In the words of the chat API, so that whoever looks at it need not know which was asked. */
function finishOf(response: Record<string, unknown>, hasCalls: boolean): string | null {
  const details = isRecord(response['incomplete_details']) ? response['incomplete_details'] : {};
  if (response['status'] === 'incomplete') return details['reason'] === 'content_filter' ? 'content_filter' : 'length';
  if (response['status'] === 'completed') return hasCalls ? 'tool_calls' : 'stop';
  return typeof response['status'] === 'string' ? response['status'] : null;
}
