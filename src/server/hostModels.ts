/** Models of VS Code: the server asks the editor for their answers, since only an extension may call them. */
import { CancellationTokenSource, ResponseError } from 'vscode-languageserver/node';
import type { Connection } from 'vscode-languageserver/node';
import { isRecord } from '../engine/config/yaml.js';
import type { ModelProfile } from '../engine/config/types.js';
import { EngineError } from '../engine/errors.js';
import type { ErrorCode } from '../engine/errors.js';
import type { ChatMessage, ChatRequest, ChatResponse, ModelClient, ToolCall } from '../engine/ports.js';
import type { HostChatAnswer, HostChatParams } from '../shared/hostModels.js';
import { HostRequests } from '../shared/protocol.js';
import type { Result } from '../shared/result.js';

const timeoutMs = 120_000;
const methodNotFound = -32601;

/** What a refusal of the editor means for the run. */
const codes: Readonly<Record<string, { code: ErrorCode; kind: string; retryable: boolean }>> = {
  NoPermissions: { code: 'MODEL_KEY_REFUSED', kind: 'auth', retryable: false },
  Blocked: { code: 'MODEL_RATE_LIMITED', kind: 'rate-limit', retryable: true },
  NotFound: { code: 'MODEL_NOT_FOUND', kind: 'not-found', retryable: false },
  BadRequest: { code: 'MODEL_REQUEST_REFUSED', kind: 'bad-request', retryable: false },
};

/** Client of one model of the editor. The editor asks the user for consent when a model is first used. */
export function createHostModel(connection: Pick<Connection, 'sendRequest'>, profile: ModelProfile): ModelClient {
  const closed = new AbortController();

  async function chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse> {
    const limit = request.timeoutMs ?? profile.timeoutMs ?? timeoutMs;
    const late = AbortSignal.timeout(limit);
    const any = AbortSignal.any([late, closed.signal, ...(signal === undefined ? [] : [signal])]);
    const source = new CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    any.addEventListener('abort', cancel, { once: true });
    const start = performance.now();
    try {
      const asked = connection.sendRequest<Result<HostChatAnswer>>(HostRequests.chat.method, paramsOf(profile, request), source.token);
      const result = await untilAborted(asked, any);
      if (!result.ok) throw refusal(profile, result.error);
      return answerOf(result.value, performance.now() - start);
    } catch (error) {
      if (signal?.aborted === true || closed.signal.aborted) throw new EngineError('CANCELLED', 'Stopped.');
      if (EngineError.is(error)) throw error;
      if (late.aborted)
        throw new EngineError(
          'TIMEOUT',
          `${profile.model} did not answer within ${String(limit / 1000)} s. Raise timeoutMs of the model ${profile.name}.`,
          {
            kind: 'timeout',
            retryable: true,
          },
        );
      const missing = error instanceof ResponseError && error.code === methodNotFound;
      throw new EngineError(
        'MODEL_UNAVAILABLE',
        missing
          ? `This editor offers no models, so ${profile.name} cannot be asked. Use another model.`
          : `The editor did not answer for the model ${profile.name}. Try again.`,
        { kind: 'connection', retryable: !missing, ...(missing ? { permanent: true } : {}) },
      );
    } finally {
      any.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  return {
    profile,
    deterministic: false,
    chat,
    close: () => {
      closed.abort();
      return Promise.resolve();
    },
  };
}

function refusal(profile: ModelProfile, { code, message }: { code: string; message: string }): EngineError {
  const known = Object.hasOwn(codes, code) ? codes[code] : undefined;
  const { code: own, kind, retryable } = known ?? { code: 'MODEL_FAILED' as const, kind: 'server', retryable: false };
  return new EngineError(own, `${profile.name}: ${message}`, { kind, retryable });
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(new Error('aborted'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function paramsOf(profile: ModelProfile, request: ChatRequest): HostChatParams {
  const { tools, ...params } = { ...profile.params, ...request.params };
  return { model: profile.model, messages: request.messages.map(messageOf), params, tools: toolsOf(tools) };
}

function messageOf({ role, content, parts, toolCalls, toolCallId }: ChatMessage): HostChatParams['messages'][number] {
  if (parts !== undefined)
    throw new EngineError(
      'MODEL_REQUEST_REFUSED',
      'Models of VS Code get texts only, and the prompt has pictures or files. Use a model of an endpoint.',
      {
        kind: 'bad-request',
        retryable: false,
      },
    );
  return {
    role,
    content,
    ...(toolCalls === undefined
      ? {}
      : { toolCalls: toolCalls.map(({ id, function: asked }) => ({ id, name: asked.name, input: inputOf(asked.arguments) })) }),
    ...(toolCallId === undefined ? {} : { toolCallId }),
  };
}

function inputOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // A call that a prompt shows may be no JSON; the model then sees one without arguments.
    return {};
  }
}

function toolsOf(tools: unknown): HostChatParams['tools'] {
  return (Array.isArray(tools) ? tools : []).filter(isRecord).flatMap((tool) => {
    const asked = isRecord(tool['function']) ? tool['function'] : tool;
    const { name, description, parameters } = asked;
    if (typeof name !== 'string') return [];
    const schema = isRecord(parameters) ? { inputSchema: parameters } : {};
    return [{ name, description: typeof description === 'string' ? description : name, ...schema }];
  });
}

function answerOf({ text, toolCalls, tokensIn, tokensOut }: HostChatAnswer, latencyMs: number): ChatResponse {
  const calls: ToolCall[] = toolCalls.map(({ id, name, input }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
  const output = calls.length === 0 ? {} : { toolCalls: calls, output: text === '' ? calls : { content: text, tool_calls: calls } };
  return { text, ...output, finishReason: calls.length === 0 ? 'stop' : 'tool_calls', tokensIn, tokensOut, latencyMs, recorded: false };
}
