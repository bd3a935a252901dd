import { symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PromptService } from '../../../src/engine/api.js';
import { createConfigService } from '../../../src/engine/config/service.js';
import { nearest } from '../../../src/engine/config/nearest.js';
import { EngineError } from '../../../src/engine/errors.js';
import { createPromptService } from '../../../src/engine/prompts/service.js';
import { engineContext } from '../../support/engineContext.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';

function service(root: string): PromptService {
  const context = engineContext(root);
  return createPromptService(context, { config: createConfigService(context) });
}

const named = (name: string): string => `---\nname: ${name}\n---\nuser:\n{{ q }}`;

describe('finding prompts', () => {
  it('takes every known format outside ignored folders', async () => {
    const root = temporaryFolder({
      'prompts/support/answer.prompty': 'user:\nx',
      'b.prompt': '{{x}}',
      'c.prompt.yml': 'messages: []',
      'd.prompt.yaml': 'messages: []',
      'e.prompt.md': 'x',
      'notes.md': 'x',
      'node_modules/m/a.prompty': 'x',
      '.ratchet/versions/a/v0001.prompty': 'x',
      'packages/app/dist/a.prompty': 'x',
      'vendor/a.prompty': 'x',
    });
    expect((await service(root).list()).map(({ id, file }) => [id, file])).toEqual([
      ['b', 'b.prompt'],
      ['c', 'c.prompt.yml'],
      ['d', 'd.prompt.yaml'],
      ['prompts/support/answer', 'prompts/support/answer.prompty'],
    ]);
  });

  it('follows the globs of config.yaml, which may also name text files', async () => {
    const root = temporaryFolder({
      '.ratchet/config.yaml': 'prompts: ["prompts/**", "./texts/*.txt", "one.md"]',
      'prompts/a.prompty': 'x',
      'prompts/README.md': 'x',
      'prompts/deep/er/b.prompt.yml': 'messages: []',
      'texts/c.txt': 'x',
      'texts/sub/d.txt': 'x',
      'one.md': 'x',
      'elsewhere.prompty': 'x',
    });
    const prompts = service(root);
    expect((await prompts.list()).map(({ file }) => file)).toEqual([
      'one.md',
      'prompts/a.prompty',
      'prompts/deep/er/b.prompt.yml',
      'texts/c.txt',
    ]);
    expect(['one.md', 'x.prompty', 'x.md', 'x.prompt.md'].map((file) => prompts.isPromptFile(file))).toEqual([true, true, false, false]);
  });

  it('follows links inside the workspace once, and none out of it', async () => {
    const outside = temporaryFolder({ 'secret.prompty': 'x' });
    const root = temporaryFolder({ 'a/one.prompty': 'x', 'b/two.prompty': 'x' });
    symlinkSync(root, `${root}/a/circle`);
    symlinkSync(`${root}/a`, `${root}/b/a`);
    symlinkSync(`${root}/a/one.prompty`, `${root}/again.prompty`);
    symlinkSync(outside, `${root}/out`);
    symlinkSync(`${outside}/secret.prompty`, `${root}/leak.prompty`);
    symlinkSync(`${root}/nowhere`, `${root}/dead.prompty`);
    const prompts = service(root);
    expect((await prompts.list()).map(({ file }) => file)).toEqual(['a/one.prompty', 'b/two.prompty']);
    await expect(prompts.get('leak.prompty')).rejects.toMatchObject({ code: 'OUTSIDE_WORKSPACE' });
    await expect(prompts.get('../x')).rejects.toMatchObject({ code: 'PROMPT_NOT_FOUND' });
  });

  it('lists what cannot be read with its problem, and everything else', async () => {
    const root = temporaryFolder({ 'good.prompty': 'user:\nx', 'large.prompty': '' });
    truncateSync(`${root}/large.prompty`, 50 * 1024 * 1024);
    writeFileSync(`${root}/latin1.prompty`, Buffer.from([0xe9, 0x41]));
    const documents = await service(root).list();
    expect(documents.map(({ id, problems }) => [id, problems[0]?.code])).toEqual([
      ['good', undefined],
      ['large', 'PROMPT_TOO_LARGE'],
      ['latin1', 'PROMPT_UNREADABLE'],
    ]);
    const [, large] = documents;
    if (large === undefined) throw new Error('no document');
    expect(() => service(root).render(large, {})).toThrow('over the limit');
  });

  it('marks both files that have the same id', async () => {
    const root = temporaryFolder({ 'a.prompty': named('same'), 'b.prompty': named('same'), 'c.prompty': named('other') });
    const documents = await service(root).list();
    expect(documents.map(({ file, problems }) => [file, problems.map(({ code }) => code)])).toEqual([
      ['c.prompty', []],
      ['a.prompty', ['PROMPT_ID_DUPLICATE']],
      ['b.prompty', ['PROMPT_ID_DUPLICATE']],
    ]);
    expect(documents[1]?.problems[0]?.message).toContain('b.prompty');
  });
});

describe('getting one', () => {
  it('goes by id, then by path, and suggests near ids', async () => {
    const root = temporaryFolder({ 'prompts/a.prompty': named('support/answer'), 'prompts/b.prompty': 'x', 'texts/c.txt': 'Hi {{ q }}' });
    const prompts = service(root);
    expect((await prompts.get('support/answer')).file).toBe('prompts/a.prompty');
    expect((await prompts.get('prompts/a.prompty')).id).toBe('support/answer');
    expect((await prompts.get(`${root}/prompts/b.prompty`)).id).toBe('prompts/b');
    expect(await prompts.get('texts/c.txt')).toMatchObject({ id: 'texts/c', format: 'text', placeholders: [{ name: 'q' }] });
    for (const word of ['support/anwser', 'answer', 'suport/answer']) {
      await expect(prompts.get(word)).rejects.toThrow(`There is no prompt "${word}". Did you mean support/answer?`);
    }
    await expect(service(temporaryFolder()).get('x')).rejects.toThrow('There are no prompts in this workspace yet.');
  });

  it('sees changes of time or size, renames of the id, and what was invalidated', async () => {
    const root = temporaryFolder({ 'a.prompty': named('first') });
    const prompts = service(root);
    const before = await prompts.get('first');
    expect(await prompts.get('first')).toBe(before);
    writeFiles(root, { 'a.prompty': named('third') });
    utimesSync(`${root}/a.prompty`, new Date(1_000_000), new Date(2_000_000));
    expect((await prompts.get('third')).text).toBe(named('third'));
    await expect(prompts.get('first')).rejects.toMatchObject({ code: 'PROMPT_NOT_FOUND' });
    const cached = await prompts.get('third');
    prompts.invalidate(['a.prompty']);
    expect(await prompts.get('third')).not.toBe(cached);
    prompts.invalidate();
    expect((await prompts.get('third')).id).toBe('third');
  });

  it('parses buffers and renders', () => {
    const prompts = service(temporaryFolder());
    const document = prompts.parse('x.prompty', named('n'));
    expect(prompts.render(document, { q: 'Q' }).messages).toEqual([{ role: 'user', content: 'Q' }]);
    expect(() => prompts.render(document, {})).toThrow(EngineError);
  });
});

describe('nearest', () => {
  it('knows swapped letters, parts and case, and gives up on others', () => {
    expect(nearest('treshold', ['threshold', 'version'])).toEqual(['threshold']);
    expect(nearest('Answer', ['support/answer', 'support/route'])).toEqual(['support/answer']);
    expect(nearest('zzzzzz', ['threshold'])).toEqual([]);
  });
});
