import { afterEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/engine/errors.js';
import { basic } from '../../../../src/engine/feedback/sources/http/auth.js';
import { inChunks } from '../../../../src/engine/feedback/sources/http/chunks.js';
import { ApiClient } from '../../../../src/engine/feedback/sources/http/client.js';
import { apiFault, stepOf } from '../../../../src/engine/feedback/sources/http/faults.js';
import { lookBack } from '../../../../src/engine/feedback/sources/http/lookBack.js';
import { pages } from '../../../../src/engine/feedback/sources/http/pages.js';
import { isAtLeast } from '../../../../src/engine/feedback/sources/http/probe.js';
import { retryAfterMs } from '../../../../src/engine/feedback/sources/http/retry.js';
import { windowOf } from '../../../../src/engine/feedback/sources/http/window.js';
import { startHttpServer, type Answer, type Asked, type HttpServer } from '../../../support/httpServer.js';
import { sourceTools } from '../../../support/drainSource.js';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function client(
  answer: (asked: Asked, index: number) => Answer,
  more: { retries?: number; signal?: AbortSignal; hang?: boolean; path?: string } = {},
): Promise<{ api: ApiClient; asked: Asked[]; waited: number[] }> {
  const server = await startHttpServer(answer);
  open.push(server);
  const tools = sourceTools({ now: '2026-11-24T00:00:00Z', hang: more.hang ?? false });
  const api = new ApiClient({
    product: 'Phoenix',
    url: `${server.origin}${more.path ?? ''}`,
    headers: { authorization: 'Bearer key-12345' },
    secrets: ['key-12345'],
    http: tools.http,
    clock: tools.clock,
    signal: more.signal,
    retries: more.retries ?? 4,
  });
  return { api, asked: server.asked, waited: tools.waited };
}

async function faultOf(work: Promise<unknown>): Promise<EngineError> {
  const error: unknown = await work.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (!EngineError.is(error)) throw new Error(`It did not fail as it should: ${String(error)}`);
  return error;
}

describe('a client of a server', () => {
  it('asks under the path of its url, with encoded parameters', async () => {
    const { api, asked } = await client(() => ({ json: { ok: 1 } }), { path: '/api/' });
    const { body } = await api.get('/v1/spans', [
      ['a', '1+2 &'],
      ['b', 'x'],
      ['b', 'y'],
    ]);
    await api.post('/v1/search', { q: 'ü' });
    expect(body).toEqual({ ok: 1 });
    expect(asked.map(({ method, url, body: sent }) => `${method} ${url} ${sent}`)).toEqual([
      'GET /api/v1/spans?a=1%2B2%20%26&b=x&b=y ',
      'POST /api/v1/search {"q":"ü"}',
    ]);
    expect(asked[1]?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer key-12345' });
  });

  it('waits as long as it is asked to, and else longer each time', async () => {
    const answers: Answer[] = [
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 503, headers: { 'retry-after': 'Tue, 24 Nov 2026 00:00:20 GMT' } },
      { status: 500 },
      { json: {} },
    ];
    const { api, asked, waited } = await client((_asked, index) => answers[index] ?? {});
    await api.get('/x');
    expect(waited).toEqual([7000, 20_000, 2000]);
    expect(asked).toHaveLength(4);
  });

  it('gives up on a storm of 429, and at once on a wait of an hour', async () => {
    const storm = await client(() => ({ status: 429 }));
    const error = await faultOf(storm.api.get('/x'));
    expect([stepOf(error), storm.asked.length, storm.waited]).toEqual(['permission', 5, [500, 1000, 2000, 4000]]);
    expect(error.message).toContain('asks for fewer requests (429). What was read is kept. Pull again later.');
    const hour = await client(() => ({ status: 429, headers: { 'retry-after': '3600' } }));
    expect((await faultOf(hour.api.get('/x'))).message).toContain('Pull again in 3600 s.');
    expect(hour.waited).toEqual([]);
  });

  it('stops within a wait when it is cancelled', async () => {
    const stop = new AbortController();
    const { api } = await client(() => ({ status: 500 }), { signal: stop.signal, hang: true });
    const work = faultOf(api.get('/x'));
    setTimeout(() => {
      stop.abort();
    }, 30);
    expect((await work).code).toBe('CANCELLED');
  });

  it.each([
    ['a web page', { headers: { 'content-type': 'text/html' }, text: '<html>' }, 'config', 'with a web page and not with JSON'],
    ['something else', { headers: { 'content-type': 'image/png' }, text: 'x' }, 'config', 'with image/png'],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, text: '{"a":' }, 'data', 'is no valid JSON'],
    ['no key', { status: 401, text: 'Invalid token' }, 'auth', 'does not accept the key (401): Invalid token'],
    ['no right', { status: 403, json: { message: 'Not yours.' } }, 'permission', 'not allowed to read this (403): Not yours.'],
    ['not there', { status: 404, json: { detail: 'Not Found' } }, 'data', 'refuses the request (404): Not Found'],
    ['a validation error', { status: 422, json: { detail: [{ msg: 'Input should be less' }] } }, 'data', '(422): Input should be less'],
    ['a fault of its own', { status: 500, text: 'oops' }, 'connect', 'it failed (500): oops'],
  ])('says what came instead of an answer: %s', async (_name, answer: Answer, step, words) => {
    const error = await faultOf((await client(() => answer, { retries: 0 })).api.get('/x?secret=1'));
    expect([error.code, stepOf(error)]).toEqual(['SOURCE_FAILED', step]);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('secret');
  });

  it('repeats neither a key nor control characters of what a server writes', async () => {
    const { api } = await client(() => ({ status: 400, json: { message: 'bad key-12345 \u202e\u001b[31mred' } }));
    const { message } = await faultOf(api.get('/x'));
    expect(message).toContain('bad [key] [31mred');
  });

  it('takes a status that is an answer there', async () => {
    const { api } = await client(() => ({ status: 404, text: 'None of them' }));
    expect(await api.get('/x', [], { accept: [404] })).toMatchObject({ status: 404, body: null });
  });
});

describe('pages', () => {
  const walk = async (
    answers: (cursor: string | null, limit: number) => { items: number[]; next: string | null },
  ): Promise<{ items: number[]; error: string | null }> => {
    const items: number[] = [];
    const options = { origin: 'http://x', what: 'rows', start: null, limit: 64, signal: undefined, most: 30 };
    try {
      for await (const page of pages((cursor, limit) => Promise.resolve(answers(cursor, limit)), options)) items.push(...page.items);
    } catch (error) {
      if (!EngineError.is(error)) throw error;
      return { items, error: error.message };
    }
    return { items, error: null };
  };

  it('end with the last one, whatever their size', async () => {
    const rest = new Map([
      ['a', { items: [2, 3, 4], next: 'b' }],
      ['b', { items: [], next: 'c' }],
      ['c', { items: [5], next: null }],
    ]);
    expect(await walk((cursor) => (cursor === null ? { items: [1], next: 'a' } : (rest.get(cursor) ?? { items: [], next: null })))).toEqual(
      {
        items: [1, 2, 3, 4, 5],
        error: null,
      },
    );
  });

  it('that go round in a circle or stay empty are a fault, and what was read stays', async () => {
    const circle = await walk((cursor) => ({ items: [1], next: cursor === 'a' ? 'b' : 'a' }));
    expect(circle.items).toEqual([1, 1, 1]);
    expect(circle.error).toContain('the same page comes again');
    let count = 0;
    const empty = await walk(() => ({ items: [], next: String(count++) }));
    expect(empty.error).toContain('they stay empty');
  });

  it('are as many as one pull reads', async () => {
    let count = 0;
    const { items, error } = await walk(() => ({ items: [1], next: String(count++) }));
    expect([items.length, error]).toEqual([30, expect.stringContaining('more than 30 pages of rows') as string]);
  });

  it('get smaller where an answer is too large', async () => {
    const limits: number[] = [];
    const large = apiFault({ step: 'data', said: 'x', todo: 'y' });
    const tooLarge = new EngineError('SOURCE_FAILED', 'too large', { ...large.details, fault: 'tooLarge' });
    await walk((_cursor, limit) => {
      limits.push(limit);
      if (limit > 8) throw tooLarge;
      return { items: [], next: null };
    });
    expect(limits).toEqual([64, 8]);
    const sizes: number[] = [];
    const ids = Array.from({ length: 10 }, (_, index) => String(index));
    const found = await inChunks(ids, 8, undefined, (chunk) => {
      sizes.push(chunk.length);
      return chunk.length > 1 ? Promise.reject(tooLarge) : Promise.resolve(chunk);
    });
    expect([found, sizes[0], sizes.length]).toEqual([ids, 8, 11]);
  });
});

describe('what servers write', () => {
  it.each([
    ['120', 120_000],
    ['1.5', 1500],
    ['Tue, 24 Nov 2026 00:01:00 GMT', 60_000],
    ['Mon, 23 Nov 2026 00:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('Retry-After: %s', (header, ms) => {
    expect(retryAfterMs(header, Date.parse('2026-11-24T00:00:00Z'))).toBe(ms);
  });

  it('a version that is new enough', () => {
    expect(['13.9.0', '13.10', 'v14', '20.26.1', 'unknown'].map((version) => isAtLeast(version, [13, 9]))).toEqual(Array(5).fill(true));
    expect(['13.8.9', '12.99', '3.17.2rc1'].map((version) => isAtLeast(version, [13, 9]))).toEqual([false, false, false]);
  });

  it('from when on, and how far back', () => {
    const now = Date.parse('2026-11-24T00:00:00Z');
    const days = (from: number): number => (now - from) / 86_400_000;
    const base = { name: 's', kind: 'phoenix' };
    expect([days(windowOf(base, null, now).from), days(windowOf(base, null, now).again)]).toEqual([90, 7]);
    expect(days(windowOf({ ...base, since: '2026-11-23', lookback: '30d' }, null, now).again)).toBe(1);
    expect(days(windowOf({ ...base, since: '30d' }, now - 3 * 86_400_000, now).from)).toBe(3);
  });

  it('how often a large look-back is walked', () => {
    const day = 86_400_000;
    const now = 100 * day;
    const again = now - 7 * day;
    expect(lookBack(again, null, now - 1000, now)).toEqual({ from: again, since: now - 1000, whole: true, note: null });
    // A cheap one every time, and what was changed since it was walked last.
    expect(lookBack(again, { at: now - 500, took: 4000 }, now - 100, now)).toMatchObject({ from: again, since: now - 500, whole: true });
    const busy = { at: now - 600_000, took: 60_000 };
    expect(lookBack(again, busy, now - 1000, now)).toEqual({
      from: now - 3_600_000,
      since: now - 1000,
      whole: false,
      note: 'Looking for late feedback in all of the look-back took 60 s, so only the last hour was asked; all of it is asked again after 1970-04-11T00:10:00.000Z.',
    });
    expect(lookBack(again, busy, now - 1000, now + 600_000)).toMatchObject({ from: again, since: busy.at, whole: true });
  });

  it('user and password in any language', () => {
    expect(basic('ann', 'pä§')).toBe(`Basic ${Buffer.from('ann:pä§').toString('base64')}`);
  });
});
