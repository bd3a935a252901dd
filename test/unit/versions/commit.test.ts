import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRepository, writeHook } from '../../support/repository.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';
import { newVersion, promptFile, promptId, versionWorkspace } from '../../support/versionWorkspace.js';

const folder = `.ratchet/versions/${promptId}`;

function repository(files: Record<string, string> = {}) {
  const workspace = versionWorkspace({ files: { 'code.ts': 'code\n', 'prompts/other.prompty': 'other\n', ...files } });
  return { ...workspace, run: makeRepository(workspace.root) };
}

const ours = [
  '.ratchet/.gitattributes',
  '.ratchet/.gitignore',
  '.ratchet/audit.head',
  '.ratchet/audit.jsonl',
  '.ratchet/registry.json',
  `${folder}/v0001.evidence.json`,
  `${folder}/v0001.prompty`,
  `${folder}/v0002.evidence.json`,
  `${folder}/v0002.prompty`,
  promptFile,
];

describe('the commit of a version', () => {
  it('holds our files alone, carries the trailers, and leaves what is staged staged', async () => {
    const { root, run, versions, audit } = repository();
    writeFiles(root, { 'code.ts': 'staged\n', 'notes.txt': 'untracked\n' });
    run('add', 'code.ts');
    const staged = run('diff', '--cached');
    const document = await versions.create(newVersion('two\n', { commit: true }));
    expect(document).toMatchObject({ version: 'v2', commit: run('rev-parse', 'HEAD'), note: null });
    expect(document).not.toHaveProperty('commitFailed');
    expect(run('show', '--name-only', '--format=', 'HEAD').split('\n').sort()).toEqual(ours);
    expect(run('diff', '--cached')).toBe(staged);
    expect(run('status', '--porcelain')).toBe('M  code.ts\n?? notes.txt');
    expect(run('log', '-1', '--format=%s')).toBe('Improve the answer');
    expect(run('log', '-1', '--format=%(trailers)').trim().split('\n')).toEqual([
      `Ratchet-Prompt: ${promptId}`,
      'Ratchet-Version: v2',
      'Ratchet-Parent: v1',
      `Ratchet-Evidence: ${folder}/v0002.evidence.json`,
    ]);
    expect(await audit.verify()).toMatchObject({ status: 'ok' });
    expect((await versions.list()).prompts.find((each) => each.prompt === promptId)?.versions.map((each) => each.commit)).toEqual([
      document.commit,
      document.commit,
    ]);
  });

  it('brings along what was kept without a commit, so that the registry never names a file that others lack', async () => {
    const { run, versions } = repository();
    await versions.snapshot('other');
    await versions.create(newVersion('two\n', { commit: true }));
    expect(run('ls-files', '.ratchet/versions/other')).toBe(
      '.ratchet/versions/other/v0001.evidence.json\n.ratchet/versions/other/v0001.prompty',
    );
    expect(run('status', '--porcelain')).toBe('');
  });

  it('holds the audit records that came with the version, so that nothing is left to commit', async () => {
    const { run, versions, audit } = repository();
    const record = { type: 'suggestion.accepted', subject: { prompt: promptId, suggestion: 's-1' }, data: { certified: true } };
    await versions.create(newVersion('two\n', { commit: true, records: [record] }));
    expect((await audit.entries()).at(-1)).toMatchObject({ ...record, subject: { ...record.subject, version: 'v2' } });
    expect(run('show', 'HEAD:.ratchet/audit.jsonl')).toContain('suggestion.accepted');
    expect(run('status', '--porcelain')).toBe('');
  });

  it('commits a rollback', async () => {
    const { run, versions } = repository();
    await versions.create(newVersion('two\n', { commit: true }));
    const document = await versions.rollback(promptId, 'v1', { commit: true });
    expect(run('log', '-1', '--format=%H %s')).toBe(`${document.commit ?? ''} Roll ${promptId} back to v1`);
    expect(run('show', `HEAD:${promptFile}`)).toBe('one');
    expect(run('status', '--porcelain')).toBe('');
  });

  it('works where the workspace is a folder of the repository', async () => {
    const top = temporaryFolder({ 'app/prompts/answer.prompty': 'one\n', 'other.txt': 'x' });
    const run = makeRepository(top);
    const { versions } = versionWorkspace({ root: join(top, 'app') });
    await versions.create(newVersion('two\n', { commit: true }));
    expect(run('show', '--name-only', '--format=', 'HEAD').split('\n').sort()).toEqual(ours.map((path) => `app/${path}`).sort());
  });

  it('is not made where a merge is in progress: said before anything is written', async () => {
    const { root, run, versions, read, files } = repository();
    writeFileSync(join(root, '.git/MERGE_HEAD'), `${run('rev-parse', 'HEAD')}\n`);
    await expect(versions.create(newVersion('two\n', { commit: true }))).rejects.toMatchObject({
      code: 'GIT_BUSY',
      message: expect.stringMatching(/A merge is in progress.*git merge --abort/) as string,
    });
    expect(read(promptFile)).toBe('one\n');
    expect(files('.')).not.toContain('.ratchet');
    await expect(versions.create(newVersion('two\n'))).resolves.toMatchObject({ version: 'v2' });
  });

  it('that a hook refuses leaves the version, the words of the hook, and a way to finish', async () => {
    const { root, run, versions, read } = repository();
    writeHook(root, 'pre-commit', 'echo "no commits on Friday" >&2; exit 1');
    writeFiles(root, { 'code.ts': 'staged\n' });
    run('add', 'code.ts');
    const staged = run('diff', '--cached');
    const document = await versions.create(newVersion('two\n', { commit: true }));
    expect(document).toMatchObject({
      version: 'v2',
      commit: null,
      commitFailed: true,
      note: expect.stringContaining('no commits on Friday') as string,
    });
    expect(read(promptFile)).toBe('two\n');
    expect(run('diff', '--cached')).toBe(staged);

    rmSync(join(root, '.git/hooks/pre-commit'));
    const finish = /then: (.*)$/.exec(document.note ?? '')?.[1] ?? '';
    expect(finish).toBe(`git add -- .ratchet ${promptFile} && git commit -m "Prompt v2" -- .ratchet ${promptFile}`);
    run('add', '--', '.ratchet', promptFile);
    run('commit', '--quiet', '-m', 'Prompt v2', '--', '.ratchet', promptFile);
    expect(run('show', '--name-only', '--format=', 'HEAD').split('\n').sort()).toEqual(ours);
    expect(run('status', '--porcelain')).toBe('M  code.ts');
  });

  it('runs the hooks that there are', async () => {
    const { root, run, versions } = repository();
    writeHook(root, 'commit-msg', 'echo "Reviewed-by: hook" >> "$1"');
    await versions.create(newVersion('two\n', { commit: true }));
    expect(run('log', '-1', '--format=%B')).toContain('Reviewed-by: hook');
  });

  it('is not made without a repository, which is said', async () => {
    const { versions, read } = versionWorkspace();
    const document = await versions.create(newVersion('two\n', { commit: true }));
    expect(document).toMatchObject({ commit: null, note: expect.stringContaining('no git repository') as string });
    expect(document).not.toHaveProperty('commitFailed');
    expect(read(promptFile)).toBe('two\n');
  });

  it('is not made in a workspace that is not trusted: hooks are code', async () => {
    const { root, services, files } = repository();
    writeHook(root, 'pre-commit', 'touch hook-ran');
    const { versions } = services({ trusted: false });
    await expect(versions.create(newVersion('two\n', { commit: true }))).rejects.toMatchObject({ code: 'UNTRUSTED_WORKSPACE' });
    expect(files('.')).not.toContain('hook-ran');
    expect(files('.')).not.toContain('.ratchet');
  });

  it("never touches the user's own .gitignore", async () => {
    const { run, versions, read } = repository({ '.gitignore': 'node_modules\n' });
    await versions.create(newVersion('two\n', { commit: true }));
    expect(read('.gitignore')).toBe('node_modules\n');
    expect(run('ls-files', '.ratchet/.local')).toBe('');
  });

  it('says which file git ignores, and keeps the version', async () => {
    const { versions } = repository({ '.gitignore': '.ratchet\n' });
    const document = await versions.create(newVersion('two\n', { commit: true }));
    expect(document).toMatchObject({ commitFailed: true, note: expect.stringContaining('git ignores .ratchet/') as string });
  });

  it('keeps its hashes where a checkout changes line ends', async () => {
    const { root, run, versions, audit, services } = repository();
    await versions.create(newVersion('two\n', { commit: true }));
    run('config', 'core.autocrlf', 'true');
    run('rm', '--quiet', '-r', '--cached', '.');
    run('reset', '--quiet', '--hard');
    rmSync(join(root, '.ratchet/.local'), { recursive: true });
    expect(await audit.verify()).toMatchObject({ status: 'ok' });
    expect(await services().versions.content(promptId, 'v2')).toBe('two\n');
    expect((await versions.list(promptId)).prompts[0]).toMatchObject({ working: 'v2' });
  });

  it('cannot be given trailers by the id of a prompt', async () => {
    const { commitMessage } = await import('../../../src/engine/versions/commit.js');
    const version = { version: 'v2', sha256: '', parent: null, time: '', author: null, why: 'edit' as const, file: 'f', evidence: 'e' };
    expect(commitMessage('', 'a\nSigned-off-by: root', version)).toBe(
      'Prompt a Signed-off-by: root: v2\n\nRatchet-Prompt: a Signed-off-by: root\nRatchet-Version: v2\nRatchet-Evidence: e\n',
    );
  });
});
