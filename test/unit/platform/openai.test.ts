import { afterEach, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import { EngineError } from '../../../src/engine/errors.js';
import type { ChatRequest } from '../../../src/engine/ports.js';
import { createModels } from '../../../src/platform/models.js';
import { findLocalServers } from '../../../src/platform/openai/localServers.js';
import { retryAfterMs } from '../../../src/platform/openai/faults.js';
import { addressOf, isLoopback, keyVariable, originOf } from '../../../src/platform/openai/origin.js';
import { completion, sendJson, startEndpoint } from '../../support/fakeOpenai.js';
import type { Behaviour, FaultyEndpoint } from '../../support/fakeOpenai.js';

const KEY = 'sk-never-to-be-seen-0123456789';
const ask: ChatRequest = { messages: [{ role: 'user', content: 'hello' }], params: { temperature: 0 } };
const endpoints: FaultyEndpoint[] = [];
const logged: string[] = [];

afterEach(async () => {
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

function modelsWith(env: Record<string, string | undefined> = {}, more: { trusted?: boolean; confirmed?: string[] | null } = {}) {
  const log = (message: string, error?: unknown): void => {
    logged.push(`${message} ${String(error)}`);
  };
  return createModels({
    root: '/nowhere',
    env,
    distDir: '/nowhere',
    logger: { debug: log, info: log, warn: log, error: log },
    trusted: () => more.trusted ?? true,
    confirmedOrigins: () => more.confirmed ?? null,
  });
}

async function endpoint(behave: Behaviour): Promise<FaultyEndpoint> {
  const made = await startEndpoint(behave);
  endpoints.push(made);
  return made;
}

const profile = (more: Partial<ModelProfile>): ModelProfile => ({ name: 'gateway', provider: 'openai', model: 'm', params: {}, ...more });

/** What chat rejects with, all of it as text: nothing of it may hold the key. */
async function fault(baseUrl: string, more: Partial<ModelProfile> = {}, request = ask): Promise<EngineError> {
  const client = await modelsWith({ GATEWAY_KEY: KEY }).client(profile({ baseUrl, key: '${env:GATEWAY_KEY}', ...more }));
  try {
    await client.chat(request);
  } catch (error) {
    const all = `${String(error)} ${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${error instanceof Error ? String(error.stack) + String(error.cause) : ''}`;
    expect(all).not.toContain(KEY);
    if (!EngineError.is(error)) throw error;
    return error;
  }
  throw new Error('it answered');
}

describe('an OpenAI-compatible endpoint', () => {
  it('is asked once with the key as bearer, and its answer is read', async () => {
    const { baseUrl, received } = await endpoint((response) => {
      sendJson(response, 200, completion('hi'));
    });
    const client = await modelsWith({ GATEWAY_KEY: KEY }).client(
      profile({ baseUrl, key: '${env:GATEWAY_KEY}', params: { max_tokens: 5 } }),
    );
    const answer = await client.chat(ask);
    expect(answer).toMatchObject({ text: 'hi', finishReason: 'stop', tokensIn: 7, tokensOut: 3, recorded: false });
    expect(received).toHaveLength(1);
    expect(received[0]!.url).toBe('/v1/chat/completions');
    expect(received[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.parse(received[0]!.body)).toEqual({ model: 'm', messages: ask.messages, temperature: 0, max_tokens: 5, stream: false });
  });

  it('on this machine needs no key, and gets none', async () => {
    const { baseUrl, received } = await endpoint((response) => {
      sendJson(response, 200, completion('hi'));
    });
    const client = await modelsWith({ OPENAI_API_KEY: KEY, OPENAI_ORG_ID: 'org', OPENAI_PROJECT_ID: 'p' }).client(profile({ baseUrl }));
    await client.chat(ask);
    expect(received[0]!.headers.authorization).toBeUndefined();
    expect(JSON.stringify(received[0]!.headers)).not.toMatch(/org|sk-never/);
  });

  it('names the kind of each fault, and says which are worth another try', async () => {
    const cases: [Behaviour, Record<string, unknown>][] = [
      [
        (r) => {
          sendJson(r, 429, '{"error":{"message":"slow down"}}', { 'retry-after': '2' });
        },
        { kind: 'rate-limit', status: 429, retryable: true, retryAfterMs: 2000 },
      ],
      [
        (r) => {
          sendJson(r, 429, '{"error":{"message":"slow down"}}');
        },
        { kind: 'rate-limit', status: 429, retryable: true },
      ],
      [
        (r) => {
          sendJson(r, 500, '{"error":{"message":"boom"}}');
        },
        { kind: 'server', status: 500, retryable: true },
      ],
      [
        (r) => {
          sendJson(r, 401, `{"error":{"message":"Incorrect API key provided: ${KEY}"}}`);
        },
        { kind: 'auth', status: 401, retryable: false },
      ],
      [
        (r) => {
          sendJson(r, 400, '{"error":{"message":"no such parameter"}}');
        },
        { kind: 'bad-request', status: 400, retryable: false },
      ],
      [
        (r) => {
          sendJson(r, 404, '{"error":{"message":"no such model"}}');
        },
        { kind: 'not-found', status: 404, retryable: false },
      ],
      [
        (r) => {
          sendJson(r, 200, '{"choices": [{');
        },
        { kind: 'bad-answer', retryable: true },
      ],
      [
        (r) => {
          sendJson(r, 200, '{"choices": []}');
        },
        { kind: 'bad-answer', retryable: false },
      ],
      [
        (r) => {
          sendJson(r, 200, '{"choices": [{"message": null}]}');
        },
        { kind: 'bad-answer', retryable: false },
      ],
      [
        (r) => {
          r.writeHead(200, { 'content-type': 'text/html' });
          r.end('<html>login</html>');
        },
        { kind: 'bad-answer', retryable: false },
      ],
      [
        (r) => {
          r.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
          r.write('{"choices"');
          setTimeout(() => r.destroy(), 20);
        },
        { retryable: true },
      ],
      [
        (r) => {
          r.destroy();
        },
        { kind: 'connection', retryable: true },
      ],
    ];
    for (const [behave, details] of cases) {
      const { baseUrl } = await endpoint(behave);
      expect((await fault(baseUrl)).details).toMatchObject(details);
    }
  });

  it('that does not run is MODEL_UNAVAILABLE with its address', async () => {
    const { baseUrl, origin, close } = await startEndpoint(() => undefined);
    await close();
    const error = await fault(baseUrl);
    expect(error.code).toBe('MODEL_UNAVAILABLE');
    expect(error.message).toContain(origin);
  });

  it('that hangs, before or within its answer, ends in TIMEOUT', async () => {
    const silent = await endpoint(() => undefined);
    const half = await endpoint((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices": [');
    });
    for (const { baseUrl } of [silent, half]) {
      const error = await fault(baseUrl, {}, { ...ask, timeoutMs: 150 });
      expect(error.code).toBe('TIMEOUT');
      expect(error.details).toMatchObject({ retryable: true });
    }
  });

  it('is let go of as soon as the run is cancelled', async () => {
    const { baseUrl } = await endpoint(() => undefined);
    const client = await modelsWith().client(profile({ baseUrl }));
    const stop = new AbortController();
    const answer = client.chat(ask, stop.signal);
    stop.abort();
    await expect(answer).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('never carries the key to another origin by a redirect', async () => {
    const thief = await endpoint((response) => {
      sendJson(response, 200, completion('stolen'));
    });
    const { baseUrl } = await endpoint((response) => {
      response.writeHead(307, { location: `${thief.baseUrl}/chat/completions` });
      response.end();
    });
    const error = await fault(baseUrl);
    expect(error.details).toMatchObject({ kind: 'redirect', retryable: false });
    expect(error.message).toContain(thief.origin);
    expect(thief.received).toHaveLength(0);
  });

  it('may redirect within its origin', async () => {
    const { baseUrl, received } = await endpoint((response, { url }) => {
      if (url === '/v1/chat/completions') {
        response.writeHead(308, { location: '/v2/chat/completions' });
        response.end();
      } else sendJson(response, 200, completion('moved'));
    });
    const client = await modelsWith().client(profile({ baseUrl }));
    expect((await client.chat(ask)).text).toBe('moved');
    expect(JSON.parse(received[1]!.body)).toMatchObject({ messages: ask.messages });
  });

  it('writes nothing of a key to the log, whatever the environment asks the package to log', async () => {
    expect(logged.join('\n')).not.toContain(KEY);
  });
});

describe('who may be asked', () => {
  it('nobody in an untrusted workspace', async () => {
    await expect(modelsWith({}, { trusted: false }).client(profile({ provider: 'echo' }))).rejects.toMatchObject({
      code: 'UNTRUSTED_WORKSPACE',
    });
  });

  it('only confirmed origins beyond this machine, and the error names the origin', async () => {
    const far = profile({ baseUrl: 'https://models.example/v1', key: '${env:K}' });
    const refused = modelsWith({ K: KEY }, { confirmed: [] }).client(far);
    await expect(refused).rejects.toMatchObject({ code: 'ORIGIN_NOT_CONFIRMED', details: { origin: 'https://models.example' } });
    await expect(modelsWith({ K: KEY }, { confirmed: ['https://models.example'] }).client(far)).resolves.toBeDefined();
    await expect(modelsWith({ K: KEY }).client(far)).resolves.toBeDefined();
  });

  it('a withdrawn confirmation counts for a client that was made before', async () => {
    let confirmed = ['https://models.example'];
    const models = createModels({ ...baseOptions(), env: { K: KEY }, confirmedOrigins: () => confirmed });
    const far = profile({ baseUrl: 'https://models.example/v1', key: '${env:K}' });
    await models.client(far);
    confirmed = [];
    await expect(models.client(far)).rejects.toMatchObject({ code: 'ORIGIN_NOT_CONFIRMED' });
  });

  it('takes the key that was given for exactly this origin', async () => {
    const far = profile({ baseUrl: 'https://models.example/v1' });
    await expect(modelsWith({}).client(far)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    await expect(modelsWith({ [keyVariable('https://other.example')]: KEY }).client(far)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    await expect(modelsWith({ [keyVariable('https://models.example')]: KEY }).client(far)).resolves.toBeDefined();
  });

  it('refuses a literal key without repeating it', async () => {
    const error: unknown = await modelsWith()
      .client(profile({ baseUrl: 'https://models.example/v1', key: KEY }))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(error)).not.toContain(KEY);
  });
});

function baseOptions() {
  const silent = (): void => undefined;
  return {
    root: '/nowhere',
    env: {},
    distDir: '/nowhere',
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    trusted: () => true,
  };
}

describe('origins', () => {
  it('knows this machine from names that only look like it', () => {
    expect(['http://localhost:1', 'http://127.0.0.1:8080', 'http://[::1]:1'].every(isLoopback)).toBe(true);
    expect(['http://localhost.example', 'http://127.0.0.1.example', 'http://10.0.0.1'].some(isLoopback)).toBe(false);
  });

  it('refuses addresses with credentials or another scheme', () => {
    for (const baseUrl of ['https://user:pass@models.example', 'file:///etc/passwd', 'models.example']) {
      expect(() => originOf(profile({ baseUrl }), {})).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });

  it('takes the address from the environment where the profile says so', () => {
    const from = profile({ baseUrl: '${env:OPENAI_BASE_URL}' });
    expect(addressOf(from, { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' })).toBe('http://127.0.0.1:9/v1');
    expect(addressOf(from, {})).toBe('https://api.openai.com/v1');
  });
});

describe('Retry-After', () => {
  it('is read in seconds, milliseconds and as a date', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const of = (headers: Record<string, string>): number | null => retryAfterMs(new Headers(headers), now);
    expect(of({ 'retry-after': '1.5' })).toBe(1500);
    expect(of({ 'retry-after-ms': '20', 'retry-after': '9' })).toBe(20);
    expect(of({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' })).toBe(30_000);
    expect(of({ 'retry-after': 'soon' })).toBeNull();
    expect(of({})).toBeNull();
  });
});

describe('servers on this machine', () => {
  it('are those that list models, whatever else listens there', async () => {
    const one = await endpoint((response) => {
      sendJson(response, 200, JSON.stringify({ data: [{ id: 'small' }, { id: 'large' }, null] }));
    });
    const other = await endpoint((response) => {
      sendJson(response, 200, '<html>');
    });
    const silent = await endpoint(() => undefined);
    const portOf = ({ origin }: FaultyEndpoint): number => Number(new URL(origin).port);
    const places = [one, other, silent].map((each, index) => ({ name: `n${String(index)}`, port: portOf(each) }));
    expect(await findLocalServers(undefined, places)).toEqual([{ name: 'n0', baseUrl: one.baseUrl, models: ['small', 'large'] }]);
    expect(one.received[0]!.headers.authorization).toBeUndefined();
  });

  it('are not looked for in an untrusted workspace', async () => {
    expect(await modelsWith({}, { trusted: false }).localServers?.()).toEqual([]);
  });
});

describe('a key', () => {
  it('that the endpoint repeats in its answer is cut out of it', async () => {
    const { baseUrl } = await endpoint((response, { headers }) => {
      sendJson(response, 200, completion(`you sent ${String(headers.authorization)}`));
    });
    const client = await modelsWith({ K: KEY }).client(profile({ baseUrl, key: '${env:K}' }));
    expect((await client.chat(ask)).text).toBe('you sent Bearer [key]');
  });
});

describe('a probe', () => {
  it('says that there is no connection where nobody listens', async () => {
    const result = await modelsWith().probe(profile({ baseUrl: 'http://127.0.0.1:1/v1' }));
    expect(result).toMatchObject({ ok: false });
    expect(result.detail).toContain('no connection');
  });
});
