import { describe, expect, it } from 'vitest';
import { ResponseError } from 'vscode-languageserver/node';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import type { ChatRequest } from '../../../src/engine/ports.js';
import { createHostModel } from '../../../src/server/hostModels.js';
import type { HostChatAnswer, HostChatParams } from '../../../src/shared/hostModels.js';
import { fail, ok, type Result } from '../../../src/shared/result.js';

const profile: ModelProfile = { name: 'mine', provider: 'vscode', model: 'copilot/gpt-4o', params: { temperature: 0 } };
const ask: ChatRequest = { messages: [{ role: 'user', content: 'hi' }], params: { max_tokens: 5 } };

function client(answer: (params: HostChatParams) => Promise<Result<HostChatAnswer>>) {
  const asked: { method: string; params: HostChatParams }[] = [];
  const sendRequest = (method: string, params: HostChatParams): Promise<Result<HostChatAnswer>> => {
    asked.push({ method, params });
    return answer(params);
  };
  return { asked, client: createHostModel({ sendRequest } as never, profile) };
}

const said = (more: Partial<HostChatAnswer> = {}): Promise<Result<HostChatAnswer>> =>
  Promise.resolve(ok({ text: 'hello', toolCalls: [], tokensIn: 1, tokensOut: 2, ...more }));

describe('a model of VS Code', () => {
  it('is asked through the editor, with its tools, and its calls are an answer', async () => {
    const { asked, client: model } = client(() => said({ text: '', toolCalls: [{ id: 'c', name: 'f', input: { a: 1 } }] }));
    const tools = [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }];
    const answer = await model.chat({ ...ask, params: { ...ask.params, tools } });
    expect(asked).toEqual([
      {
        method: 'ratchet/host/chat',
        params: {
          model: 'copilot/gpt-4o',
          messages: [{ role: 'user', content: 'hi' }],
          params: { temperature: 0, max_tokens: 5 },
          tools: [{ name: 'f', description: 'd', inputSchema: { type: 'object' } }],
        },
      },
    ]);
    expect(answer).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [{ function: { name: 'f', arguments: '{"a":1}' } }],
      tokensIn: 1,
      tokensOut: 2,
    });
    expect(await client(() => said()).client.chat(ask)).toMatchObject({ text: 'hello', finishReason: 'stop' });
  });

  it('says what the editor says, each fault by its kind', async () => {
    for (const [code, wanted] of [
      ['NoPermissions', { code: 'MODEL_KEY_REFUSED', details: { kind: 'auth', retryable: false } }],
      ['Blocked', { code: 'MODEL_RATE_LIMITED', details: { retryable: true } }],
      ['NotFound', { code: 'MODEL_NOT_FOUND' }],
      ['Unknown', { code: 'MODEL_FAILED' }],
    ] as const)
      await expect(client(() => Promise.resolve(fail(code, 'No.'))).client.chat(ask)).rejects.toMatchObject(wanted);
    const other = client(() => Promise.reject(new ResponseError(-32601, 'Unhandled method')));
    await expect(other.client.chat(ask)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringContaining('offers no models'),
    });
    const parts = [{ type: 'image_url' as const, image_url: { url: 'https://x.example/a.png' } }];
    await expect(client(() => said()).client.chat({ ...ask, messages: [{ role: 'user', content: '', parts }] })).rejects.toMatchObject({
      code: 'MODEL_REQUEST_REFUSED',
    });
  });

  it('ends with the run, and with its time', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const stop = new AbortController();
    const answer = client(never).client.chat(ask, stop.signal);
    stop.abort();
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client(never).client.chat({ ...ask, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { retryable: true },
    });
  });
});
