import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeProfile } from '../../../src/engine/evaluation/codeProvider.js';
import type { ChatRequest, ModelClient } from '../../../src/engine/ports.js';
import { createCodeClient } from '../../../src/platform/codeModel/client.js';
import { wordsOf } from '../../../src/platform/code/program.js';
import { buildCodePrograms, codeRunnerIn, type BuiltPrograms } from '../../support/codeRunner.js';
import { temporaryFolder } from '../../support/temporary.js';

let programs: BuiltPrograms;

beforeAll(async () => {
  programs = await buildCodePrograms();
});

afterAll(() => {
  programs.remove();
});

const request: ChatRequest = { messages: [{ role: 'user', content: 'hi' }], params: {}, vars: { n: 2 } };

function provider(
  id: string,
  files: Record<string, string>,
  env: Record<string, string | undefined> = process.env,
): { client: ModelClient; root: string } {
  const root = temporaryFolder(files);
  const profile = codeProfile(id, { k: 'v' }, 'suites/a.eval.yaml');
  if (profile === null) throw new Error(`${id} is no provider of code`);
  return { client: createCodeClient(profile, codeRunnerIn(programs, root, env)), root };
}

describe('the id of a provider that is code', () => {
  it.each([
    ['file://p.mjs', { file: 'suites/p.mjs' }],
    ['file://../shared/p.ts:make', { file: 'shared/p.ts', name: 'make' }],
    ['python:p.py:ask', { file: 'suites/p.py', name: 'ask' }],
    ['./p.js', { file: 'suites/p.js' }],
    ['exec:node run.js', { command: 'node run.js', folder: 'suites' }],
  ])('%s', (id, code) => {
    expect(codeProfile(id, {}, 'suites/a.eval.yaml')).toMatchObject({ provider: 'code', name: id, code });
  });

  it('is none for others, and never a file outside of the workspace', () => {
    for (const id of ['openai:chat:gpt', 'file://p.yaml', 'echo']) expect(codeProfile(id, {}, 'a.eval.yaml')).toBeNull();
    for (const id of ['file://../p.js', 'file:///etc/p.js', 'python:../../p.py'])
      expect(() => codeProfile(id, {}, 'a.eval.yaml')).toThrow(/outside the workspace/u);
  });
});

describe('a program', () => {
  it('gets prompt, options and context as its last words, and starts in the folder of the suite', async () => {
    const { client } = provider(
      'exec:sh "run it.sh" one',
      { 'suites/run it.sh': 'echo "$1|$2|$3|$4|$(basename "$PWD")|${SECRET_KEY:-none}"; echo noise >&2' },
      { ...process.env, SECRET_KEY: 'x' },
    );
    const { text } = await client.chat(request);
    const [one, prompt, options, context, folder, key] = text.split('|');
    expect([one, prompt, folder, key]).toEqual(['one', 'hi', 'suites', 'none']);
    expect(JSON.parse(options ?? '')).toMatchObject({ config: { k: 'v' } });
    expect(JSON.parse(context ?? '')).toMatchObject({ vars: { n: 2 } });
  });

  it('that fails, complains only, is not there, or writes too much is an error', async () => {
    const run = (script: string): Promise<unknown> => provider('exec:sh run.sh', { 'suites/run.sh': script }).client.chat(request);
    await expect(run('echo bad >&2; exit 4')).rejects.toThrow(/code 4 \(bad\)/u);
    await expect(run('echo only this >&2')).rejects.toThrow(/only this/u);
    await expect(run('yes')).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    await expect(provider('exec:no-such-program', { 'suites/x': '' }).client.chat(request)).rejects.toThrow(/cannot be started/u);
  });

  it('that does not end is killed with what it has started', async () => {
    const { client, root } = provider('exec:sh run.sh', { 'suites/run.sh': '(sleep 1; touch late) & sleep 1000' });
    await expect(client.chat({ ...request, timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await new Promise((done) => setTimeout(done, 1300));
    expect(existsSync(join(root, 'suites/late'))).toBe(false);
  });

  it('is named by words, in quotes where they have spaces', () => {
    expect(wordsOf(`node "a b.js" 'c d' e`)).toEqual(['node', 'a b.js', 'c d', 'e']);
  });
});

describe('a file', () => {
  it('that says error, returns nothing, throws or ends its process is an error that names it', async () => {
    const ask = (text: string): Promise<unknown> => provider('file://p.cjs', { 'suites/p.cjs': text }).client.chat(request);
    await expect(ask('module.exports = () => ({ error: "no" });')).rejects.toThrow(/file:\/\/p.cjs failed: no/u);
    await expect(ask('module.exports = () => ({});')).resolves.toMatchObject({ text: '{}' });
    await expect(ask('module.exports = () => undefined;')).rejects.toThrow(/no output/u);
    await expect(ask('module.exports = () => { throw new Error("broke"); };')).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    await expect(ask('module.exports = () => process.exit(2);')).rejects.toMatchObject({ code: 'CODE_ENDED' });
  });

  it('says what it took, and may answer with data', async () => {
    const { client } = provider('file://p.cjs', {
      'suites/p.cjs':
        'module.exports = (prompt) => ({ output: { prompt }, tokenUsage: { prompt: 3, completion: 4 }, cost: 0.5, metadata: { a: 1 } });',
    });
    const answer = await client.chat(request);
    expect(answer).toMatchObject({
      text: '{"prompt":"hi"}',
      output: { prompt: 'hi' },
      tokensIn: 3,
      tokensOut: 4,
      cost: 0.5,
      metadata: { a: 1 },
    });
  });
});
