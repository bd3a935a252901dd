import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.js';
import { makeRepository, writeHook } from '../support/repository.js';
import { temporaryFolder } from '../support/temporary.js';

const file = 'prompts/answer.prompty';
const text = (line: string): string => `---\nname: support/answer\n---\nuser:\n${line} {{question}}\n`;

/** A workspace whose prompt has v1 and v2: v2 came as an edit that was kept when v1 was rolled back to. */
async function workspace() {
  const root = temporaryFolder({ [file]: text('One') });
  const run = makeRepository(root);
  const cli = (...args: string[]) => runCli(args, { cwd: root });
  expect(await cli('versions', 'support/answer', '--keep')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('kept as v1') as string,
  });
  writeFileSync(join(root, file), text('Two'));
  return { root, run, cli };
}

describe('versions, diff, rollback', () => {
  it('lists, compares and rolls back, and commits only our files', async () => {
    const { root, run, cli } = await workspace();
    writeFileSync(join(root, 'staged.txt'), 'mine');
    run('add', 'staged.txt');

    const rollback = await cli('rollback', 'support/answer', '--to', 'v1', '--json');
    expect(rollback).toMatchObject({ code: 0, stderr: expect.stringContaining('kept as v2') as string });
    expect(rollback.json).toMatchObject({
      schema: 'promptratchet.version/1',
      version: 'v3',
      parent: 'v2',
      why: 'rollback',
      commit: run('rev-parse', 'HEAD'),
    });
    expect(readFileSync(join(root, file), 'utf8')).toBe(text('One'));
    expect(run('status', '--porcelain')).toBe('A  staged.txt');

    const list = await cli('versions', 'support/answer', '--json');
    expect(list.json).toMatchObject({
      prompts: [
        {
          prompt: 'support/answer',
          working: 'v3',
          versions: [{ version: 'v1' }, { version: 'v2' }, { version: 'v3', pointers: ['latest'] }],
        },
      ],
    });
    expect((await cli('versions')).stdout).toMatch(
      /support\/answer {2}prompts\/answer\.prompty\n\* {2}v3 .*rollback.*latest\n {3}v2 .*edit/,
    );

    const diff = await cli('diff', 'support/answer', 'v1', 'v2');
    expect(diff.code).toBe(0);
    expect(diff.stdout).toContain(`--- a/${file}\tv1\n+++ b/${file}\tv2\n`);
    expect(diff.stdout).toContain('\n-One {{question}}\n+Two {{question}}\n');
    expect((await cli('diff', 'support/answer', 'v1', 'v2', '--json')).json).toEqual({
      schema: 'promptratchet.diff/1',
      prompt: 'support/answer',
      from: 'v1',
      to: 'v2',
      diff: diff.stdout,
    });
    expect(await cli('diff', 'support/answer', 'v1', 'v3')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'v1 and v3 have the same text.\n',
    });
  });

  it('rolls back without a commit where it is told to', async () => {
    const { run, cli } = await workspace();
    const { code, stdout } = await cli('rollback', file, '--to', 'v1', '--no-commit');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'support/answer is now v3, equal to v1.\n' });
    expect(run('log', '--format=%s')).toBe('start');
  });

  it('ends in 2 where git refuses the commit, with the words of the hook, and the version is kept', async () => {
    const { root, cli } = await workspace();
    writeHook(root, 'pre-commit', 'echo "not today" >&2; exit 1');
    const { code, json, stderr } = await cli('rollback', 'support/answer', '--to', 'v1', '--json');
    expect({ code, json }).toMatchObject({ code: 2, json: { version: 'v3', commit: null } });
    expect(stderr).toContain('not today');
    expect(stderr).toContain('git add -- .ratchet');
    expect(readFileSync(join(root, file), 'utf8')).toBe(text('One'));
  });

  it('refuses in the middle of a merge', async () => {
    const { root, run, cli } = await workspace();
    writeFileSync(join(root, '.git/MERGE_HEAD'), `${run('rev-parse', 'HEAD')}\n`);
    const { code, stdout, stderr } = await cli('rollback', 'support/answer', '--to', 'v1');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('A merge is in progress');
    expect(readFileSync(join(root, file), 'utf8')).toBe(text('Two'));
  });

  it('says what to do where there is no prompt', async () => {
    const { code, stdout } = await runCli(['versions'], { cwd: temporaryFolder() });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'No prompts here. Add one (a .prompty file, say), or try ratchet init --sample.\n',
    });
  });
});
