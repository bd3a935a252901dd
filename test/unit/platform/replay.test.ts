import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import { createModels } from '../../../src/platform/models.js';
import { createEchoClient } from '../../../src/platform/echo/echo.js';
import { recordingClient } from '../../../src/platform/replay/replay.js';
import { temporaryFolder } from '../../support/temporary.js';

const profile: ModelProfile = { name: 'rec', provider: 'replay', model: 'rec', file: 'rec.jsonl', params: { temperature: 0 } };
const ask = (content: string, repeat?: number) => ({
  messages: [{ role: 'user' as const, content }],
  params: {},
  ...(repeat === undefined ? {} : { repeat }),
});
const silent = (): void => undefined;
const modelsIn = (root: string) =>
  createModels({
    root,
    env: {},
    distDir: root,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    trusted: () => true,
    confirmedOrigins: () => null,
  });

describe('replay', () => {
  it('gives recorded answers, marked so, and names the request that is missing', async () => {
    const root = temporaryFolder({ 'rec.jsonl': '' });
    const recorder = recordingClient(createEchoClient({ ...profile, provider: 'echo' }), (line) => {
      appendFileSync(join(root, 'rec.jsonl'), line);
    });
    await recorder.chat(ask('hello'));
    const client = await modelsIn(root).client(profile);
    expect(await client.chat(ask('hello', 1))).toMatchObject({ text: 'hello', recorded: true });
    expect(client.deterministic).toBe(true);
    for (const other of [ask('unknown'), ask('hello', 2), { ...ask('hello'), params: { temperature: 1 } }]) {
      await expect(client.chat(other)).rejects.toMatchObject({
        code: 'REPLAY_MISS',
        message: expect.stringMatching(/request [0-9a-f]{12}/),
      });
    }
  });

  it('reads files of the workspace only', async () => {
    const outside = temporaryFolder({ 'rec.jsonl': '' });
    const root = temporaryFolder();
    symlinkSync(join(outside, 'rec.jsonl'), join(root, 'rec.jsonl'));
    await expect(modelsIn(root).client(profile)).rejects.toMatchObject({ code: 'OUTSIDE_WORKSPACE' });
    await expect(modelsIn(root).client({ ...profile, file: '../../x.jsonl' })).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });

  it('names the line that is no recording', async () => {
    const root = temporaryFolder({ 'rec.jsonl': '{"key":"a","response":{"text":"b"}}\n\nnot json\n' });
    await expect(modelsIn(root).client(profile)).rejects.toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringContaining('Line 3'),
    });
  });
});

describe('echo', () => {
  it('answers with the last user message', async () => {
    const client = createEchoClient({ ...profile, provider: 'echo' });
    const messages = [
      { role: 'user' as const, content: 'a' },
      { role: 'assistant' as const, content: 'b' },
    ];
    expect((await client.chat({ messages, params: {} })).text).toBe('a');
  });
});
