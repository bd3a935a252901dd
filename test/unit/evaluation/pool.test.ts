import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { ModelPool } from '../../../src/engine/evaluation/pool.js';
import type { PoolOptions } from '../../../src/engine/evaluation/pool.js';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import type { ChatRequest, Clock, ModelClient } from '../../../src/engine/ports.js';
import { virtualClock } from '../../support/virtualClock.js';

const request: ChatRequest = { messages: [{ role: 'user', content: 'x' }], params: {} };
const busy = (more: Record<string, unknown> = {}) =>
  new EngineError('MODEL_RATE_LIMITED', 'busy', { retryable: true, status: 429, ...more });
const down = () => new EngineError('MODEL_UNAVAILABLE', 'nobody there', { retryable: true });

interface Options extends Partial<PoolOptions> {
  signal?: AbortSignal;
  profile?: Partial<ModelProfile>;
}

function pool(
  answer: (number: number, clock: Clock) => string | Error | Promise<string | Error>,
  { signal, profile, ...options }: Options = {},
) {
  let number = 0;
  const clock = virtualClock();
  const state = { slept: clock.slept, active: 0, most: 0, sentAt: [] as number[], clock };
  const client: ModelClient = {
    profile: { name: 'm', provider: 'openai', model: 'm', params: {}, ...profile },
    deterministic: false,
    close: () => Promise.resolve(),
    async chat() {
      number++;
      state.sentAt.push(clock.monotonic());
      state.active++;
      state.most = Math.max(state.most, state.active);
      try {
        const text = await answer(number, clock);
        if (text instanceof Error) throw text;
        return { text, finishReason: null, tokensIn: 1, tokensOut: 1, latencyMs: 1, recorded: false };
      } finally {
        state.active--;
      }
    },
  };
  return { state, pool: new ModelPool(client, { most: 4, ...options }, { clock, entropy: { randomHex: () => '8000' } }, signal) };
}

const many = (asked: ModelPool, count: number) => Promise.allSettled(Array.from({ length: count }, () => asked.ask(request)));
const answered = (results: PromiseSettledResult<unknown>[]) => results.filter(({ status }) => status === 'fulfilled').length;
const reason = (result: PromiseSettledResult<unknown> | undefined) => (result as PromiseRejectedResult).reason as EngineError;

/** A token bucket of 20 requests a second; every answer takes `latency`. */
function limiter(more: Record<string, unknown>, latency = 50) {
  let tokens = 20;
  let last = 0;
  return async (_number: number, clock: Clock): Promise<string | Error> => {
    const now = clock.monotonic();
    tokens = Math.min(20, tokens + ((now - last) / 1000) * 20);
    last = now;
    const mayPass = tokens >= 1;
    if (mayPass) tokens--;
    await clock.sleep(mayPass ? latency : 5);
    return mayPass ? 'ok' : busy(more);
  };
}

describe('asking a model', () => {
  it('tries again after faults that pass, waiting longer each time', async () => {
    const { pool: asked, state } = pool((number) => (number < 4 ? down() : 'at last'));
    expect((await asked.ask(request)).text).toBe('at last');
    expect(asked.requests).toBe(4);
    expect(state.slept.map(Math.round)).toEqual([375, 750, 1500]);
  });

  it('gives up after four attempts, after two where nothing came in time, and at once on what will not pass', async () => {
    const stubborn = pool(down);
    await expect(stubborn.pool.ask(request)).rejects.toThrow('nobody there');
    expect(stubborn.pool.requests).toBe(4);
    const silent = pool(() => new EngineError('TIMEOUT', 'late', { retryable: true }));
    await expect(silent.pool.ask(request)).rejects.toThrow('late');
    expect(silent.pool.requests).toBe(2);
    const wrong = pool(() => new EngineError('MODEL_KEY_REFUSED', 'bad key', { retryable: false }));
    await expect(wrong.pool.ask(request)).rejects.toThrow('bad key');
    expect(wrong.pool.requests).toBe(1);
  });

  it('sends again what may have been paid for only where it may', async () => {
    const late = pool(() => new EngineError('TIMEOUT', 'late', { retryable: true }));
    await expect(late.pool.ask(request, { mayRepeat: () => false })).rejects.toThrow('late');
    expect(late.pool.requests).toBe(1);
    const away = pool((number) => (number === 1 ? down() : 'ok'));
    await away.pool.ask(request, { mayRepeat: () => false });
    expect(away.pool.requests).toBe(2);
  });

  it('never asks more at once than its limit', async () => {
    const calm = pool((_number, clock) => clock.sleep(1).then(() => 'ok'), { most: 3 });
    expect(answered(await many(calm.pool, 20))).toBe(20);
    expect(calm.state.most).toBe(3);
  });

  it('stops asking after twenty requests in a row that failed, whatever their attempts, and says so', async () => {
    const broken = pool(down, { most: 1 });
    const results: PromiseSettledResult<unknown>[] = [];
    for (let count = 0; count < 25; count++) results.push(...(await many(broken.pool, 1)));
    expect(answered(results)).toBe(0);
    expect(broken.pool.requests).toBe(80);
    expect(reason(results.at(-1))).toMatchObject({ code: 'MODEL_UNAVAILABLE', details: { broken: true } });
    expect(reason(results.at(-1)).message).toContain('after 20 requests in a row');
  });

  it('goes on where answers are cut: that is a matter of each case', async () => {
    const cut = pool(() => new EngineError('ANSWER_CUT', 'cut', { retryable: false }));
    await many(cut.pool, 50);
    expect(cut.pool.requests).toBe(50);
  });

  it('lets everybody go at once when the run is cancelled, even from a client that does not listen', async () => {
    const stop = new AbortController();
    const deaf = pool(() => new Promise(() => undefined), { most: 2, signal: stop.signal });
    const all = many(deaf.pool, 10);
    stop.abort();
    expect((await all).map((result) => reason(result).code)).toEqual(Array(10).fill('CANCELLED'));
    await expect(deaf.pool.ask(request)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('an endpoint that says that it is too much', () => {
  it.each([
    ['how long to wait', { retryAfterMs: 1000 }, 64],
    ['nothing more', {}, 64],
    ['how long to wait, to few', { retryAfterMs: 1000 }, 8],
    ['nothing more, to few', {}, 8],
  ])('is asked to the end at about its own rate where it says %s', async (_name, more, most) => {
    const { pool: asked, state } = pool(limiter(more), { most });
    expect(answered(await many(asked, 200))).toBe(200);
    // 20 at once, then 20 a second: 9 s at best.
    expect(state.clock.monotonic()).toBeLessThan(16_000);
    expect(asked.requests).toBeLessThan(400);
  });

  it('is waited for as long as it asks, and a little longer', async () => {
    const patient = pool((number) => (number === 1 ? busy({ retryAfterMs: 2500 }) : 'ok'));
    await patient.pool.ask(request);
    expect(patient.state.sentAt[1]).toBeGreaterThanOrEqual(2500);
    expect(patient.state.sentAt[1]).toBeLessThan(3000);
  });

  it('holds everybody, not only those whom it turned away, and longer each time', async () => {
    const { pool: asked, state } = pool((number) => (number <= 8 ? busy() : 'ok'), { most: 4 });
    expect(answered(await many(asked, 12))).toBe(12);
    // Four at once, then two, then one, each after twice the pause.
    expect(state.sentAt.slice(0, 8).map(Math.round)).toEqual([0, 0, 0, 0, 375, 375, 1125, 2625]);
  });

  it('is given up after the longest wait, at once where it asks for more', async () => {
    const never = pool(() => busy(), { maxWaitMs: 60_000 });
    const results = await many(never.pool, 100);
    expect(answered(results)).toBe(0);
    expect(never.state.clock.monotonic()).toBeGreaterThan(40_000);
    expect(never.state.clock.monotonic()).toBeLessThan(60_000);
    expect(reason(results[99])).toMatchObject({ code: 'MODEL_RATE_LIMITED', details: { broken: true } });
    const endless = pool(() => busy({ retryAfterMs: 3_600_000 }));
    await expect(endless.pool.ask(request)).rejects.toThrow('busy');
    expect(endless.state.slept).toEqual([]);
  });

  it('is waited for two minutes at most where it is not there', async () => {
    const gone = pool(() => new EngineError('MODEL_SERVER_FAILED', 'gone', { retryable: true, status: 503 }));
    await expect(gone.pool.ask(request)).rejects.toThrow('gone');
    expect(gone.state.clock.monotonic()).toBeLessThan(120_000);
    expect(gone.state.clock.monotonic()).toBeGreaterThan(60_000);
  });

  it('is asked more at once again after good answers', async () => {
    let turned = 0;
    const { pool: asked, state } = pool(
      async (number, clock) => {
        await clock.sleep(10);
        if (number <= 8) turned++;
        return number <= 8 ? busy() : 'ok';
      },
      { most: 8 },
    );
    expect(answered(await many(asked, 200))).toBe(200);
    expect(turned).toBe(8);
    state.most = 0;
    await many(asked, 50);
    expect(state.most).toBe(8);
  });

  it('is said to whoever watches', async () => {
    const said: number[] = [];
    const { pool: asked } = pool((number) => (number === 1 ? busy({ retryAfterMs: 5000 }) : 'ok'), { onWait: (ms) => said.push(ms) });
    await asked.ask(request);
    expect(said).toHaveLength(1);
    expect(said[0]).toBeGreaterThanOrEqual(5000);
  });
});

describe('limits of a profile', () => {
  it('spread requests over the minute', async () => {
    const { pool: asked, state } = pool(() => 'ok', { most: 64, profile: { rpm: 120 } });
    await many(asked, 241);
    expect(state.clock.monotonic()).toBe(120_000);
    const inMinute = (from: number) => state.sentAt.filter((at) => at >= from && at < from + 60_000).length;
    for (const at of state.sentAt) expect(inMinute(at)).toBeLessThanOrEqual(120);
  });

  it('count tokens as they are said, and estimate them before', async () => {
    const { pool: asked, state } = pool(() => 'ok', { most: 1, profile: { tpm: 600 } });
    await many(asked, 5);
    // An answer is taken to have 256 tokens until it is there, and then has two with the question.
    expect(state.clock.monotonic()).toBeCloseTo(4 * 2 * 100, 3);
  });
});
