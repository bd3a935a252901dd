import { afterEach, describe, expect, it } from 'vitest';
import type { HttpModel, ModelProfile } from '../../../src/engine/config/types.js';
import type { ChatRequest, CodeCall, CodeRunner } from '../../../src/engine/ports.js';
import { createHttpClient } from '../../../src/platform/httpModel/client.js';
import { createModels } from '../../../src/platform/models.js';
import { sendJson, startEndpoint } from '../../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../../support/fakeOpenai.js';

const endpoints: FaultyEndpoint[] = [];
const calls: CodeCall[] = [];

afterEach(async () => {
  calls.length = 0;
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

const code: CodeRunner = {
  call: (call) => {
    calls.push(call);
    if (call.code.text === 'status < 500') return Promise.resolve(Number(call.args[0]) < 500);
    if (call.code.text === 'broken') return Promise.reject(new Error('no such thing'));
    return Promise.resolve({ output: { seen: call.args[1] }, tokenUsage: { prompt: 3, completion: 4 }, cost: 0.5, metadata: { a: 1 } });
  },
  program: () => Promise.reject(new Error('not asked for')),
  javascript: () => Promise.reject(new Error('not asked for')),
  regex: () => Promise.reject(new Error('not asked for')),
  close: () => Promise.resolve(),
};

async function http(behave: Behaviour, model: Partial<HttpModel>, more: Partial<ModelProfile> = {}, env: Record<string, string> = {}) {
  const endpoint = await startEndpoint(behave);
  endpoints.push(endpoint);
  const profile: ModelProfile = {
    name: 'mine',
    provider: 'http',
    model: 'mine',
    baseUrl: `${endpoint.origin}/x`,
    params: {},
    ...more,
    http: { method: 'POST', ...model },
  };
  return {
    client: createHttpClient(profile, env, code),
    endpoint,
    sent: () => JSON.parse(endpoint.received.at(-1)?.body ?? '') as unknown,
  };
}

const answers = (body: unknown, status = 200): Behaviour => {
  return (response) => {
    sendJson(response, status, JSON.stringify(body));
  };
};
const ask = (content: string, vars: Record<string, unknown> = {}): ChatRequest => ({
  messages: [{ role: 'user', content }],
  params: {},
  vars,
});

describe('an endpoint with a shape of its own', () => {
  it('gets the prompt in its body, safe for JSON, and a prompt that is JSON as data', async () => {
    const body = { input: '{{prompt}}', deep: [{ text: 'to {{ who }}: {{prompt}}' }], n: 3 };
    const { client, sent } = await http(answers('ok'), { body });
    await client.chat(ask('say "hi"\n{"a": 1}', { who: 'ann' }));
    expect(sent()).toEqual({ input: 'say "hi"\n{"a": 1}', deep: [{ text: 'to ann: say "hi"\n{"a": 1}' }], n: 3 });
    await client.chat(ask('{"a": 1}', { who: 'ann' }));
    expect(sent()).toMatchObject({ input: { a: 1 }, deep: [{ text: 'to ann: {"a": 1}' }] });
    await client.chat(ask('42', { who: 'ann' }));
    expect(sent()).toMatchObject({ input: '42' });
  });

  it('keeps the shape of a body that is written as text, whatever the values hold', async () => {
    const quoted = await http(answers('ok'), { body: '{"input": "{{prompt}}"}' });
    await quoted.client.chat(ask('a", "admin": true, "b": "'));
    expect(quoted.sent()).toEqual({ input: 'a", "admin": true, "b": "' });
    const loose = await http(
      answers('ok'),
      { body: '{% if prompt %}{"input": "{{prompt}}"}{% endif %}' },
      { headers: { 'Content-Type': 'application/json' } },
    );
    await loose.client.chat(ask('a", "admin": true'));
    expect(loose.sent()).toEqual({ input: 'a", "admin": true' });
    const plain = await http(answers('ok'), { body: 'q={{prompt}}' }, { headers: { 'Content-Type': 'text/plain' } });
    await plain.client.chat(ask('hi'));
    expect(plain.endpoint.received[0]?.body).toBe('q=hi');
  });

  it('is asked with the method, headers and query of the suite, and a chat goes as JSON', async () => {
    const { client, endpoint } = await http(
      answers('ok'),
      { method: 'GET' },
      { headers: { 'X-Key': '${env:K}', 'X-Who': '{{who}}' }, query: { q: '{{prompt}}' } },
      { K: 'secret-key-1234' },
    );
    await client.chat(ask('a&b', { who: 'ann\r\nX-Other: 1' }));
    const [got] = endpoint.received;
    expect(got?.headers).toMatchObject({ 'x-key': 'secret-key-1234', 'x-who': 'ann X-Other: 1' });
    expect(got?.headers['x-other']).toBeUndefined();
    expect(new URL(got?.url ?? '', 'http://x').searchParams.get('q')).toBe('a&b');
    await client.chat({
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'u' },
      ],
      params: {},
      vars: { who: 'bob' },
    });
    expect(new URL(endpoint.received[1]?.url ?? '', 'http://x').searchParams.get('q')).toBe(
      '[{"role":"system","content":"s"},{"role":"user","content":"u"}]',
    );
  });

  it('has its answer at a path, by code, or as it is', async () => {
    const path = await http(answers({ result: [{ 'a-b': 'found' }] }), { transformResponse: "json.result[0]['a-b']" });
    expect(await path.client.chat(ask('x'))).toMatchObject({ text: 'found', finishReason: null });
    expect(calls).toEqual([]);
    const run = await http(answers({ a: 1 }), { transformResponse: '({ output: text })', folder: 'suites' });
    expect(await run.client.chat(ask('x'))).toMatchObject({
      text: '{"seen":"{\\"a\\":1}"}',
      output: { seen: '{"a":1}' },
      tokensIn: 3,
      tokensOut: 4,
      cost: 0.5,
      metadata: { a: 1 },
    });
    expect(calls[0]).toMatchObject({ purpose: 'http', parameters: ['json', 'text', 'context'], folder: 'suites' });
    const file = await http(answers({}), { transformResponse: 'file://t.js:pick', folder: 'suites' });
    await file.client.chat(ask('x'));
    expect(calls.at(-1)?.code).toEqual({ language: 'javascript', file: 'suites/t.js', name: 'pick' });
    const raw = await http((response) => response.end('plain words'), {});
    expect((await raw.client.chat(ask('x'))).text).toBe('plain words');
    expect((await (await http(answers({ b: 2 }), {})).client.chat(ask('x'))).output).toEqual({ b: 2 });
  });

  it('says of each fault what it is, without the key', async () => {
    const wrong = async (behave: Behaviour, model: Partial<HttpModel> = {}) =>
      (await http(behave, model, { headers: { authorization: 'Bearer ${env:K}' } }, { K: 'secret-key-1234' })).client.chat(ask('x'));
    await expect(wrong(answers({ no: 1 }, 500))).rejects.toMatchObject({ code: 'MODEL_SERVER_FAILED', details: { retryable: true } });
    const refused = wrong((response) => {
      sendJson(response, 401, 'you sent Bearer secret-key-1234');
    });
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_KEY_REFUSED', message: expect.not.stringContaining('secret') });
    await expect(wrong(answers({}), { transformResponse: 'json.missing' })).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE' });
    await expect(wrong(answers({}), { transformResponse: 'broken' })).rejects.toMatchObject({
      code: 'ANSWER_UNREADABLE',
      message: expect.stringContaining('no such thing'),
    });
    await expect(wrong(answers({ error: 'out of order' }))).rejects.toMatchObject({ message: expect.stringContaining('out of order') });
    expect((await wrong(answers({ ok: 1 }, 404), { validateStatus: 'status < 500' })).output).toEqual({ ok: 1 });
  });

  it('is never left for another origin by what a value holds, and has to be confirmed', async () => {
    const { client } = await http(answers('ok'), {}, { baseUrl: 'http://127.0.0.1:9/{{prompt}}' });
    await expect(client.chat(ask('../../@evil.example/'))).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    const silent = (): void => undefined;
    const models = createModels({
      root: '/nowhere',
      env: {},
      distDir: '/nowhere',
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      trusted: () => true,
      confirmedOrigins: () => [],
    });
    const far: ModelProfile = {
      name: 'far',
      provider: 'http',
      model: 'far',
      baseUrl: 'https://far.example/a',
      params: {},
      http: { method: 'POST' },
    };
    await expect(models.client(far)).rejects.toMatchObject({ code: 'ORIGIN_NOT_CONFIRMED', details: { origin: 'https://far.example' } });
  });
});
