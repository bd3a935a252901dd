/** The real local model: what the fake one in test/unit cannot know. Skipped where it is not on this machine, except under CI=true. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../src/engine/config/types.js';
import type { ModelClient, Models } from '../../src/engine/ports.js';
import { llamaProblem } from '../../src/platform/llama/client.js';
import { createModels } from '../../src/platform/models.js';

const profile: ModelProfile = {
  name: 'local',
  provider: 'llama',
  model: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
  params: { temperature: 0, max_tokens: 12 },
};
const missing = llamaProblem(profile, { root: '/', env: process.env, workerPath: '' });
if (missing !== null && process.env['CI'] !== 'true') process.stderr.write(`The tests of the local model are skipped: ${missing}\n`);

const label = 'Classify the customer message. Answer with exactly one word: billing, shipping, account or technical.';
const chatty = 'You are a friendly agent. Tell in a sentence which team should take care of the message.';
const messages = ['I was charged twice for my order', 'Where is my parcel?', 'I cannot log in', 'The app crashes when I open settings'];
const questions = messages.flatMap((message) =>
  [label, chatty].map((system) => [
    { role: 'system' as const, content: system },
    { role: 'user' as const, content: message },
  ]),
);

describe.skipIf(missing !== null && process.env['CI'] !== 'true')('the local model', () => {
  let distDir = '';
  let models: Models;
  let client: ModelClient;

  beforeAll(async () => {
    expect(missing).toBeNull();
    distDir = mkdtempSync(join(tmpdir(), 'ratchet-llama-'));
    const worker = join(import.meta.dirname, '../../src/platform/llama/worker.ts');
    await build({
      entryPoints: [worker],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      outfile: join(distDir, 'llamaWorker.js'),
      logLevel: 'silent',
    });
    const silent = (): void => undefined;
    models = createModels({
      root: '/',
      env: process.env,
      distDir,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      trusted: () => true,
      confirmedOrigins: () => [],
    });
    client = await models.client(profile);
  });

  afterAll(async () => {
    await models.close();
    rmSync(distDir, { recursive: true, force: true });
  });

  it('answers with a label, and says how many tokens that took', async () => {
    const answer = await client.chat({ messages: questions[0]!, params: {} });
    expect(answer).toMatchObject({ text: 'billing', finishReason: 'stop', tokensOut: 1, recorded: false });
    expect(answer.tokensIn).toBeGreaterThan(20);
    expect(client.deterministic).toBe(true);
  });

  it('answers the same again, and in any order', async () => {
    const ask = async (order: number[]): Promise<string[]> => {
      const answers: string[] = [];
      for (const index of order) answers[index] = (await client.chat({ messages: questions[index]!, params: {} })).text;
      return answers;
    };
    const order = questions.map((_, index) => index);
    const first = await ask(order);
    expect(await ask(order)).toEqual(first);
    expect(await ask(order.toSorted((a, b) => ((a * 3) % 8) - ((b * 3) % 8)))).toEqual(first);
  });

  it('stops in the middle of an answer, and answers the next one', async () => {
    const stop = new AbortController();
    // An answer of many seconds on any machine; the stop falls well within it.
    const content = 'Write an essay of two thousand words about the history of weather stations. Give every detail.';
    const long = client.chat({ messages: [{ role: 'user', content }], params: { max_tokens: 2000 } }, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 1000);
    await expect(long).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await client.chat({ messages: questions[0]!, params: {} })).text).toBe('billing');
  });

  it('starts again after its process ended', async () => {
    const other = await models.client({ ...profile, name: 'other' });
    const waiting = other.chat({ messages: questions[0]!, params: {} });
    await other.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await other.chat({ messages: questions[0]!, params: {} })).text).toBe('billing');
  });

  it('says which file is missing', async () => {
    const absent = await models.client({ ...profile, model: 'nothing.gguf' }).catch((error: unknown) => error);
    expect(absent).toMatchObject({ code: 'MODEL_UNAVAILABLE', message: expect.stringContaining('nothing.gguf') });
    expect(await models.probe({ ...profile, model: 'nothing.gguf' })).toMatchObject({ ok: false });
    expect(await models.probe(profile)).toMatchObject({ ok: true });
  });
});
