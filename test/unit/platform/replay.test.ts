import { appendFileSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { replayKey } from '../../../src/engine/evaluation/cacheKey.js';
import type { ModelProfile } from '../../../src/engine/config/types.js';
import { createModels } from '../../../src/platform/models.js';
import { createEchoClient } from '../../../src/platform/echo/echo.js';
import { recordingClient, recordLine } from '../../../src/platform/replay/replay.js';
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

  it('writes what a recording profile is answered, and gives it again with calls and vectors', async () => {
    const root = temporaryFolder();
    const models = modelsIn(root);
    const client = await models.client({ ...profile, name: 'live', provider: 'echo', file: 'new/rec.jsonl', record: true });
    await client.chat(ask('hello'));
    const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
    const answer = {
      text: '',
      output: [call],
      toolCalls: [call],
      finishReason: 'tool_calls',
      tokensIn: 1,
      tokensOut: 2,
      latencyMs: 3,
      recorded: false,
    };
    await vi.waitFor(() => {
      expect(readFileSync(join(root, 'new/rec.jsonl'), 'utf8')).toContain('hello');
    });
    const lines: string[] = [];
    const other = recordingClient(
      {
        ...createEchoClient(profile),
        chat: () => Promise.resolve(answer),
        embed: (texts) => Promise.resolve({ vectors: texts.map((text) => [text.length]), tokensIn: 1 }),
      },
      (line) => lines.push(line),
    );
    await other.chat(ask('tool'));
    await other.embed?.(['ab']);
    appendFileSync(join(root, 'new/rec.jsonl'), lines.join(''));
    const again = await models.client({ ...profile, file: 'new/rec.jsonl' });
    expect(await again.chat(ask('hello'))).toMatchObject({ text: 'hello', recorded: true });
    expect(await again.chat(ask('tool'))).toMatchObject({ output: [call], toolCalls: [call], recorded: true });
    expect((await again.embed?.(['ab']))?.vectors).toEqual([[2]]);
    await expect(again.embed?.(['other'])).rejects.toMatchObject({ code: 'REPLAY_MISS' });
  });

  it('writes recordings into the workspace only', async () => {
    const outside = temporaryFolder();
    const root = temporaryFolder();
    symlinkSync(outside, join(root, 'link'));
    for (const file of ['../x.jsonl', 'link/x.jsonl'])
      await expect(modelsIn(root).client({ ...profile, provider: 'echo', file, record: true })).rejects.toMatchObject({
        code: 'OUTSIDE_WORKSPACE',
      });
  });

  it('has the same key for a text as ever', () => {
    const line = recordLine(profile, ask('hello'), {
      text: 'x',
      finishReason: 'stop',
      tokensIn: 1,
      tokensOut: 1,
      latencyMs: 1,
      recorded: false,
    });
    expect(line).toBe(
      `{"key":"${replayKey([{ role: 'user', content: 'hello' }], { temperature: 0 })}","response":{"text":"x","finishReason":"stop","tokensIn":1,"tokensOut":1,"latencyMs":1}}\n`,
    );
    expect(replayKey([{ role: 'user', content: 'hello' }], { temperature: 0 })).toBe(
      '5f48679d126a5c6c7906eaeb9de9ba2dada214fb75409cd6d11f84ac86fce52e',
    );
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

describe('echo', () => {
  it('gives the whole prompt as promptfoo does for its id, and the last user message for a profile', async () => {
    const messages = [
      { role: 'system' as const, content: 's' },
      { role: 'user' as const, content: 'u' },
    ];
    const own = createEchoClient({ name: 'mine', provider: 'echo', model: 'mine', params: {} });
    expect((await own.chat({ messages, params: {} })).text).toBe('u');
    const theirs = createEchoClient({ name: 'echo', provider: 'echo', model: 'echo', params: {} });
    expect(JSON.parse((await theirs.chat({ messages, params: {} })).text)).toEqual(messages);
    expect((await theirs.chat(ask('u'))).text).toBe('u');
  });
});
