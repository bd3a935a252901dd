import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.js';
import { ModelPool } from '../../../src/engine/evaluation/pool.js';
import type { ChatRequest, ModelClient } from '../../../src/engine/ports.js';

const request: ChatRequest = { messages: [{ role: 'user', content: 'x' }], params: {} };
const busy = (more: Record<string, unknown> = {}) => new EngineError('MODEL_FAILED', 'busy', { retryable: true, status: 429, ...more });

/** Time passes only when somebody sleeps. */
function pool(answer: (number: number) => string | Error | Promise<string>, most = 4, signal?: AbortSignal) {
  let now = 0;
  let number = 0;
  const state = { slept: [] as number[], active: 0, most: 0 };
  const client: ModelClient = {
    profile: { name: 'm', provider: 'openai', model: 'm', params: {} },
    deterministic: false,
    close: () => Promise.resolve(),
    async chat() {
      number++;
      state.active++;
      state.most = Math.max(state.most, state.active);
      try {
        const text = await answer(number);
        if (text instanceof Error) throw text;
        return { text, finishReason: null, tokensIn: 1, tokensOut: 1, latencyMs: 1, recorded: false };
      } finally {
        state.active--;
      }
    },
  };
  const clock = {
    now: () => new Date(0),
    monotonic: () => now,
    sleep: (ms: number) => {
      state.slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  return { state, pool: new ModelPool(client, most, { clock, entropy: { randomHex: () => '8000' } }, signal) };
}

describe('asking a model', () => {
  it('tries again after faults that pass, waiting longer each time', async () => {
    const { pool: asked, state } = pool((number) => (number < 4 ? busy() : 'at last'));
    expect((await asked.ask(request)).text).toBe('at last');
    expect(asked.requests).toBe(4);
    expect(state.slept.map(Math.round)).toEqual([375, 750, 1500]);
  });

  it('gives up after four attempts, and at once on what will not pass', async () => {
    const stubborn = pool(() => busy());
    await expect(stubborn.pool.ask(request)).rejects.toThrow('busy');
    expect(stubborn.pool.requests).toBe(4);
    const wrong = pool(() => new EngineError('MODEL_FAILED', 'bad key', { retryable: false }));
    await expect(wrong.pool.ask(request)).rejects.toThrow('bad key');
    expect(wrong.pool.requests).toBe(1);
  });

  it('waits exactly as long as the endpoint asks, but not for ever', async () => {
    const patient = pool((number) => (number === 1 ? busy({ retryAfterMs: 2500 }) : 'ok'));
    await patient.pool.ask(request);
    expect(patient.state.slept).toContain(2500);
    const endless = pool(() => busy({ retryAfterMs: 3_600_000 }));
    await expect(endless.pool.ask(request)).rejects.toThrow('busy');
    expect(endless.state.slept).toEqual([]);
  });

  it('never asks more at once than its limit, and fewer after "too many"', async () => {
    const calm = pool(() => new Promise((resolve) => setTimeout(resolve, 1, 'ok')), 3);
    await Promise.all(Array.from({ length: 20 }, () => calm.pool.ask(request)));
    expect(calm.state.most).toBe(3);
  });

  it('stops asking after twenty faults in a row, and says so', async () => {
    const broken = pool(() => new EngineError('MODEL_UNAVAILABLE', 'nobody there', { retryable: true }), 1);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => broken.pool.ask(request)));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(broken.pool.requests).toBe(20);
    expect(String((results.at(-1) as PromiseRejectedResult).reason)).toContain('after 20 faults in a row');
  });

  it('lets everybody go at once when the run is cancelled, even from a client that does not listen', async () => {
    const stop = new AbortController();
    const deaf = pool(() => new Promise(() => undefined), 2, stop.signal);
    const all = Promise.allSettled(Array.from({ length: 10 }, () => deaf.pool.ask(request)));
    stop.abort();
    expect((await all).map((result) => (result.status === 'rejected' ? (result.reason as EngineError).code : 'ok'))).toEqual(
      Array(10).fill('CANCELLED'),
    );
  });
});
