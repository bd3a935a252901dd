import { afterEach, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import type { ChatRequest } from '../../../src/engine/ports.js';
import { createOpenaiClient } from '../../../src/platform/openai/client.js';
import { completion, sendJson, startEndpoint } from '../../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../../support/fakeOpenai.js';

const KEY = 'sk-never-to-be-seen-0123456789';
const endpoints: FaultyEndpoint[] = [];
const ask: ChatRequest = { messages: [{ role: 'user', content: 'hello' }], params: {} };

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

async function clientOf(behave: Behaviour, more: Partial<ModelProfile> = {}, env: Record<string, string> = {}) {
  const endpoint = await startEndpoint(behave);
  endpoints.push(endpoint);
  const profile: ModelProfile = { name: 'm', provider: 'openai', model: 'm', params: {}, baseUrl: endpoint.baseUrl, ...more };
  const sent = (): Record<string, unknown> => JSON.parse(endpoint.received.at(-1)?.body ?? '{}') as Record<string, unknown>;
  return { client: createOpenaiClient(profile, env), endpoint, sent };
}

const says = (body: unknown): Behaviour => {
  return (response) => {
    sendJson(response, 200, JSON.stringify(body));
  };
};
const choice = (message: unknown, more: Record<string, unknown> = {}): Behaviour =>
  says({ choices: [{ message, finish_reason: 'stop', ...more }], usage: { prompt_tokens: 1, completion_tokens: 2 } });
const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };

describe('an answer that is no plain text', () => {
  it('is the calls of tools, and with text beside them both', async () => {
    const only = await clientOf(choice({ content: null, tool_calls: [call] }, { finish_reason: 'tool_calls' }));
    expect(await only.client.chat(ask)).toMatchObject({ text: '', output: [call], toolCalls: [call], finishReason: 'tool_calls' });
    const both = await clientOf(choice({ content: 'one moment', tool_calls: [call] }));
    expect(await both.client.chat(ask)).toMatchObject({ text: 'one moment', output: { content: 'one moment', tool_calls: [call] } });
    const old = await clientOf(choice({ content: null, function_call: { name: 'f', arguments: '{}' } }));
    expect((await old.client.chat(ask)).output).toEqual({ name: 'f', arguments: '{}' });
  });

  it('is data where the request asked for a schema, and the text where the model broke its promise', async () => {
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } };
    const good = await clientOf(choice({ content: '{"a":1}' }));
    expect(await good.client.chat({ ...ask, params: format })).toMatchObject({ text: '{"a":1}', output: { a: 1 } });
    expect((await good.client.chat(ask)).output).toBeUndefined();
    const bad = await clientOf(choice({ content: 'sorry' }));
    expect((await bad.client.chat({ ...ask, params: format })).output).toBeUndefined();
  });

  it('may be a refusal, and may carry log probabilities', async () => {
    const refused = await clientOf(choice({ content: null, refusal: 'I cannot help with that.' }));
    expect(await refused.client.chat(ask)).toMatchObject({ text: 'I cannot help with that.', isRefusal: true });
    const scored = await clientOf(choice({ content: 'ab' }, { logprobs: { content: [{ logprob: -0.5 }, { logprob: -1 }] } }));
    expect((await scored.client.chat(ask)).logprobs).toEqual([-0.5, -1]);
  });

  it('never holds the key, wherever the endpoint repeats it', async () => {
    const echo = { id: 'c', type: 'function', function: { name: 'f', arguments: KEY } };
    const { client } = await clientOf(choice({ content: null, tool_calls: [echo] }), { key: '${env:K}' }, { K: KEY });
    expect(JSON.stringify(await client.chat(ask))).not.toContain(KEY);
  });
});

describe('an answer without end', () => {
  it('is let go of after 8 MiB, with or without its length', async () => {
    const big = 'x'.repeat(10 * 1024 * 1024);
    const whole = await clientOf((response) => {
      sendJson(response, 200, completion(big));
    });
    await expect(whole.client.chat(ask)).rejects.toMatchObject({
      code: 'ANSWER_TOO_LARGE',
      details: { kind: 'too-large', retryable: false },
      message: expect.stringContaining('larger than 8 MiB'),
    });
    let sent = 0;
    const endless = await clientOf((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(256 * 1024);
      const more = (): void => {
        while (!response.destroyed && sent < 200 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    await expect(endless.client.chat(ask)).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('that breaks off is a fault of the connection', async () => {
    const { client } = await clientOf((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"choices"');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(client.chat(ask)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      details: { kind: 'connection', retryable: true },
      message: expect.stringContaining('broke off'),
    });
  });
});

describe('what is sent', () => {
  it('are the parts, calls and names of messages as chat endpoints take them', async () => {
    const { client, sent } = await clientOf(choice({ content: 'ok' }));
    const parts = [
      { type: 'text' as const, text: 'what is this' },
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } },
    ];
    await client.chat({
      messages: [
        { role: 'developer', content: 'be brief' },
        { role: 'user', content: 'what is this', parts, name: 'ann' },
        { role: 'assistant', content: '', toolCalls: [{ ...call, type: 'function' }] },
        { role: 'tool', content: 'sunny', toolCallId: 'c1' },
      ],
      params: {},
    });
    expect(sent()['messages']).toEqual([
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: parts, name: 'ann' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', content: 'sunny', tool_call_id: 'c1' },
    ]);
  });

  it('follows the Responses API where the profile speaks it', async () => {
    const { client, sent, endpoint } = await clientOf(
      says({
        status: 'completed',
        output: [
          { type: 'reasoning', summary: [] },
          { type: 'message', content: [{ type: 'output_text', text: 'hi' }] },
          { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{}' },
        ],
        usage: { input_tokens: 3, output_tokens: 4 },
      }),
      { api: 'responses' },
    );
    const answer = await client.chat({
      messages: [
        { role: 'user', content: 'look', parts: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] },
        { role: 'assistant', content: '', toolCalls: [{ ...call, type: 'function' }] },
        { role: 'tool', content: 'sunny', toolCallId: 'c1' },
      ],
      params: {
        max_tokens: 9,
        reasoning_effort: 'low',
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } },
        tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      },
    });
    expect(endpoint.received[0]?.url).toBe('/v1/responses');
    expect(sent()).toEqual({
      model: 'm',
      stream: false,
      max_output_tokens: 9,
      reasoning: { effort: 'low' },
      text: { format: { type: 'json_schema', name: 'x', schema: {} } },
      tools: [{ type: 'function', name: 'f', parameters: {} }],
      input: [
        { role: 'user', content: [{ type: 'input_image', image_url: 'https://x.example/a.png', detail: 'auto' }] },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Rome"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
      ],
    });
    expect(answer).toMatchObject({ text: 'hi', finishReason: 'tool_calls', tokensIn: 3, tokensOut: 4 });
    expect(answer.toolCalls).toEqual([{ id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } }]);
  });

  it('says of an incomplete response why it ended', async () => {
    const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] };
    const { client } = await clientOf(says(cut), { api: 'responses' });
    expect((await client.chat(ask)).finishReason).toBe('length');
  });

  it('takes the key in the header and the address that the profile names, and headers from the environment', async () => {
    const { client, endpoint } = await clientOf(
      choice({ content: 'ok' }),
      { key: '${env:K}', keyHeader: 'api-key', query: { 'api-version': '2024-10-21' }, headers: { 'x-team': 'blue ${env:TEAM}' } },
      { K: KEY, TEAM: 'one' },
    );
    await client.chat(ask);
    const [got] = endpoint.received;
    expect(got?.url).toBe('/v1/chat/completions?api-version=2024-10-21');
    expect(got?.headers).toMatchObject({ 'api-key': KEY, 'x-team': 'blue one' });
    expect(got?.headers.authorization).toBeUndefined();
    await expect(clientOf(choice({}), { headers: { 'x-team': '${env:NOBODY}' } })).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });
});

describe('vectors', () => {
  it('come in the order of the texts, whatever the order of the answer', async () => {
    const { client, sent, endpoint } = await clientOf((response, { body }) => {
      const { input } = JSON.parse(body) as { input: string[] };
      const data = input.map((text, index) => ({ index, embedding: [text.length, 1] })).reverse();
      sendJson(response, 200, JSON.stringify({ data, usage: { prompt_tokens: input.length } }));
    });
    const texts = Array.from({ length: 100 }, (_, index) => 'x'.repeat(index + 1));
    const made = await client.embed?.(texts);
    expect(made?.vectors.map(([length]) => length)).toEqual(texts.map((text) => text.length));
    expect(made?.tokensIn).toBe(100);
    expect(endpoint.received.map(({ url }) => url)).toEqual(['/v1/embeddings', '/v1/embeddings']);
    expect(sent()).toMatchObject({ model: 'm', encoding_format: 'float' });
  });

  it('that are too few or no numbers are a fault', async () => {
    for (const data of [[], [{ embedding: [] }], [{ embedding: ['a'] }], [{ index: 7, embedding: [1] }]]) {
      const { client } = await clientOf(says({ data }));
      await expect(client.embed?.(['a'])).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE', details: { kind: 'bad-answer' } });
    }
  });
});
