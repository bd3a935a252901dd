/** The loop from a bad prompt to a committed version and back, with a model whose answers are what it was asked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SuggestionDocument } from '../../src/shared/suggestionDocument.js';
import { runCli } from '../support/cli.js';
import { makeRepository } from '../support/repository.js';
import { temporaryFolder } from '../support/temporary.js';

const file = 'prompts/reply.prompty';
const prompt = '---\nname: reply\n---\nuser:\nAnswer the customer.\nBe brief.\n\n{{message}}\n';
const words = ['parcel', 'invoice', 'battery', 'password', 'display', 'refund', 'courier', 'sensor', 'account', 'discount'];
const verbs = ['is missing', 'came too late', 'does not work', 'was charged twice', 'needs a change', 'is not what I ordered'];
const cases = words.flatMap((word) =>
  verbs.map((verb) => `  - vars: { message: "My ${word} ${verb}, and I would like to know what to do" }`),
);

const files = {
  [file]: prompt,
  'prompts/reply.eval.yaml': `prompts:\n  - file://reply.prompty\nproviders:\n  - echo\ndefaultTest:\n  assert:\n    - type: contains\n      value: Kind regards\ntests:\n${cases.join('\n')}\n`,
};

function workspace() {
  const root = temporaryFolder(files);
  const run = makeRepository(root);
  return { root, run, cli: (...args: string[]) => runCli(args, { cwd: root }) };
}

describe('suggest, accept, check', { timeout: 60_000 }, () => {
  it('plans without a call', async () => {
    const { cli } = workspace();
    const plan = await cli('suggest', 'reply', '--dry-run', '--budget', 'quick');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Plan s-[0-9a-f]{10}[\s\S]*At most 200 calls/u) as string });
  });

  it('certifies, asks before it writes, commits with the evidence, and can be rolled back', async () => {
    const { cli, root, run } = workspace();
    const suggested = await cli('suggest', 'reply', '--json');
    expect(suggested.code).toBe(0);
    const document = suggested.json as SuggestionDocument;
    expect(document).toMatchObject({
      schema: 'promptratchet.suggestion/1',
      prompt: 'reply',
      verdict: 'certified',
      certificate: { delta: 1, losses: 0 },
    });
    expect(suggested.stderr).toContain(`ratchet accept ${document.id}`);
    expect(readFileSync(join(root, file), 'utf8')).toBe(prompt);
    expect((await cli('suggest', 'reply', '--json')).stdout).toBe(suggested.stdout);

    const unasked = await cli('accept', document.id);
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') as string });
    expect(unasked.stderr).toContain('+Always include "Kind regards" in the answer.');
    expect(readFileSync(join(root, file), 'utf8')).toBe(prompt);

    const accepted = await cli('accept', document.id, '--yes', '--json');
    expect(accepted.json).toMatchObject({
      schema: 'promptratchet.version/1',
      version: 'v2',
      parent: 'v1',
      why: 'suggestion',
      commit: run('rev-parse', 'HEAD'),
    });
    expect(readFileSync(join(root, file), 'utf8')).toContain('Always include "Kind regards" in the answer.');
    expect(run('log', '-1', '--format=%B')).toMatch(/^Improve reply: \+100 points on held-out cases[\s\S]*Ratchet-Evidence: /u);
    expect(readFileSync(join(root, '.ratchet/versions/reply/v0002.evidence.json'), 'utf8')).toContain(document.id);
    expect(run('ls-files', '.ratchet/.local')).toBe('');

    expect((await cli('rollback', 'reply', '--to', 'v1')).code).toBe(0);
    expect(readFileSync(join(root, file), 'utf8')).toBe(prompt);
    expect((await cli('audit', 'verify')).code).toBe(0);
  });

  it("judges a person's own edit against the last version", async () => {
    const { cli, root } = workspace();
    await cli('accept', ((await cli('suggest', 'reply', '--json')).json as SuggestionDocument).id, '--yes');
    writeFileSync(join(root, file), readFileSync(join(root, file), 'utf8').replace('Kind regards', 'kind words'));
    const checked = await cli('check', 'reply');
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Refused s-[\s\S]*100 % before and 0 % after/u) as string });
    const id = /s-[0-9a-f]{10}/u.exec(checked.stdout)?.[0] ?? '';
    expect(await cli('accept', id, '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('not certified') as string });
  });

  it('ends in 1 where nothing is better, and says what the search tried', async () => {
    const { cli, root } = workspace();
    writeFileSync(join(root, file), prompt.replace('Be brief.', 'Close with Kind regards.'));
    expect(await cli('suggest', 'reply')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^No headroom/u) as string });
  });

  it('ends in 2 for bad usage', async () => {
    const { cli } = workspace();
    for (const args of [
      ['suggest'],
      ['suggest', 'reply', '--budget', 'huge'],
      ['suggest', 'reply', '--budget', '3'],
      ['suggest', 'none'],
      ['accept', 's-0123456789', '--yes'],
      ['suggest', 'reply', '--resume', 's-0123456789'],
      ['check', 'reply'],
    ]) {
      const { code, stderr, stdout } = await cli(...args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).not.toMatch(/defect|Error:|\n\s+at /u);
    }
  });
});
