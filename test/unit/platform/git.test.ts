import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createGit } from '../../../src/platform/git/git.js';
import { gitIn, makeRepository, writeHook } from '../../support/repository.js';
import { temporaryFolder, writeFiles } from '../../support/temporary.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

function repository(files: Record<string, string> = { 'a.txt': 'a\n', 'b.txt': 'b\n' }) {
  const root = temporaryFolder(files);
  return { root, run: makeRepository(root), git: createGit(root) };
}

/** The index as git sees it: modes, hashes and names of all entries, with the intent-to-add ones marked. */
function index(run: (...args: string[]) => string): string {
  return `${run('ls-files', '--stage')}\n${run('diff', '--cached', '--name-status')}\n${run('diff', '--cached')}`;
}

describe('git', () => {
  it('finds the root from a folder below it, and none outside of a repository', async () => {
    const { root } = repository({ 'sub/deep/a.txt': '' });
    expect(await createGit(join(root, 'sub/deep')).root()).toBe(root);
    const outside = createGit(temporaryFolder());
    expect(await outside.root()).toBeNull();
    expect(await outside.busy()).toBeNull();
  });

  it('reads a file as it was at a branch, tag or commit, from a folder below the root too', async () => {
    const { root, run } = repository({ 'sub/a b.txt': 'old\n' });
    run('tag', 't1');
    writeFiles(root, { 'sub/a b.txt': 'new\n', 'sub/c.txt': 'c\n' });
    run('add', '--all');
    run('commit', '--quiet', '-m', 'second');
    const git = createGit(join(root, 'sub'));
    expect(await git.fileAt?.('t1', 'a b.txt')).toBe('old\n');
    expect(await git.fileAt?.('main~1', 'a b.txt')).toBe('old\n');
    expect(await git.fileAt?.('main', 'a b.txt')).toBe('new\n');
    expect(await git.fileAt?.('t1', 'c.txt')).toBeNull();
    for (const ref of ['none', '--output=x', 'main:sub', '']) {
      await expect(git.fileAt?.(ref, 'c.txt')).rejects.toMatchObject({
        code: 'BAD_USAGE',
        message: expect.stringContaining('neither a version') as string,
      });
    }
  });

  it('says how to fetch what a shallow clone does not have, and takes a branch of origin for one of its own', async () => {
    const { root, run } = repository({ 'a.txt': 'old\n' });
    run('checkout', '--quiet', '-b', 'work');
    writeFiles(root, { 'a.txt': 'new\n' });
    run('commit', '--quiet', '-am', 'second');
    const folder = temporaryFolder();
    run('clone', '--quiet', '--depth=1', '--branch=work', `file://${root}`, folder);
    const git = createGit(folder);
    const fetch = 'git fetch --depth=1 origin main:refs/remotes/origin/main';
    await expect(git.fileAt?.('main', 'a.txt')).rejects.toMatchObject({
      code: 'BAD_USAGE',
      message: expect.stringContaining(fetch) as string,
    });
    gitIn(folder)(...fetch.split(' ').slice(1));
    expect(await git.fileAt?.('main', 'a.txt')).toBe('old\n');
  });

  it('has no root where git is missing, and says so where a commit is asked for', async () => {
    const { git } = repository();
    vi.stubEnv('PATH', temporaryFolder());
    expect(await git.root()).toBeNull();
    expect(await git.userName()).toBeNull();
    await expect(git.commit({ paths: ['a.txt'], message: 'm' })).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('could not be started') as string,
    });
  });

  it('reads the name of the user', async () => {
    expect(await repository().git.userName()).toBe('Ada');
  });

  it('is not led astray by what a hook leaves in the environment', async () => {
    const { root, git, run } = repository();
    const other = repository();
    vi.stubEnv('GIT_DIR', join(other.root, '.git'));
    vi.stubEnv('GIT_INDEX_FILE', join(other.root, '.git/index'));
    expect(await git.root()).toBe(root);
    writeFileSync(join(root, 'a.txt'), 'changed\n');
    await git.commit({ paths: ['a.txt'], message: 'mine' });
    vi.unstubAllEnvs();
    expect(run('log', '-1', '--format=%s')).toBe('mine');
    expect(other.run('log', '-1', '--format=%s')).toBe('start');
  });

  it('commits these paths alone, new ones too, and leaves what is staged as it was', async () => {
    const { root, run, git } = repository();
    writeFiles(root, { 'b.txt': 'staged\n', 'staged-new.txt': 'n\n' });
    run('add', 'b.txt', 'staged-new.txt');
    run('rm', '--quiet', '--cached', 'a.txt');
    run('reset', '--quiet', 'a.txt');
    writeFiles(root, { 'b.txt': 'staged and then edited\n', 'a.txt': 'ours\n', 'new/n.txt': 'new\n', 'untracked.txt': 'u\n' });
    const before = run('diff', '--cached');
    const hash = await git.commit({
      paths: ['a.txt', 'new/n.txt', 'gone.txt'],
      message: 'Subject\n\n# not a comment\n\nRatchet-Prompt: a\n',
    });
    expect(hash).toBe(run('rev-parse', 'HEAD'));
    expect(run('show', '--name-only', '--format=%B', 'HEAD')).toBe('Subject\n\n# not a comment\n\nRatchet-Prompt: a\n\n\na.txt\nnew/n.txt');
    expect(run('diff', '--cached')).toBe(before);
    expect(run('diff', '--name-only')).toBe('b.txt');
    expect(run('status', '--porcelain', 'untracked.txt')).toBe('?? untracked.txt');
  });

  it('works from a folder inside the repository, with names that look like patterns or options', async () => {
    const { root, run } = repository({ 'sub/a.txt': 'a\n', 'sub/-x.txt': 'x\n', 'sub/other.txt': 'o\n' });
    writeFiles(root, { 'sub/*.txt': 'star\n', 'sub/-x.txt': 'changed\n', 'sub/other.txt': 'mine\n', 'sub/:(top)a': 'magic\n' });
    await createGit(join(root, 'sub')).commit({ paths: ['*.txt', '-x.txt', ':(top)a'], message: 'm' });
    expect(run('show', '--name-only', '--format=', 'HEAD').split('\n').sort()).toEqual(['sub/*.txt', 'sub/-x.txt', 'sub/:(top)a']);
    expect(run('diff', '--name-only')).toBe('sub/other.txt');
  });

  it('makes the first commit of a repository, and commits on a detached HEAD', async () => {
    const root = temporaryFolder({ 'a.txt': '1', 'b.txt': '1' });
    const run = makeRepository(root, false);
    const git = createGit(root);
    await git.commit({ paths: ['a.txt'], message: 'first' });
    expect(run('ls-tree', '--name-only', 'HEAD')).toBe('a.txt');
    run('checkout', '--quiet', '--detach');
    writeFileSync(join(root, 'a.txt'), '2');
    const hash = await git.commit({ paths: ['a.txt'], message: 'second' });
    expect(run('rev-parse', 'HEAD')).toBe(hash);
    expect(run('rev-parse', 'main')).not.toBe(hash);
  });

  it('works in a worktree and in a submodule', async () => {
    const { root, run } = repository();
    const tree = join(temporaryFolder(), 'tree');
    run('worktree', 'add', '--quiet', tree);
    writeFileSync(join(tree, 'a.txt'), 'tree\n');
    const inTree = createGit(tree);
    expect(await inTree.root()).toBe(tree);
    await inTree.commit({ paths: ['a.txt'], message: 'in the tree' });
    expect(run('log', '-1', '--format=%s')).toBe('start');

    const outer = repository();
    outer.run('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', root, 'sub');
    const sub = join(outer.root, 'sub');
    const runSub = gitIn(sub);
    runSub('config', 'user.name', 'Ada');
    runSub('config', 'user.email', 'ada@example.org');
    writeFileSync(join(sub, 'a.txt'), 'sub\n');
    const inSub = createGit(sub);
    expect(await inSub.root()).toBe(sub);
    expect(await inSub.busy()).toBeNull();
    await inSub.commit({ paths: ['a.txt'], message: 'in the submodule' });
    expect(runSub('log', '-1', '--format=%s')).toBe('in the submodule');
    expect(outer.run('log', '-1', '--format=%s')).toBe('start');
  });

  it('lets a hook refuse: its words come through, and the index is as it was', async () => {
    const { root, run, git } = repository();
    writeHook(root, 'pre-commit', 'echo "prompts need a review" >&2; exit 1');
    writeFiles(root, { 'b.txt': 'staged\n', 'a.txt': 'ours\n', 'new.txt': 'new\n' });
    run('add', 'b.txt');
    const before = index(run);
    const attempt = git.commit({ paths: ['a.txt', 'new.txt'], message: 'm' });
    await expect(attempt).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('prompts need a review') as string,
    });
    expect(index(run)).toBe(before);
    expect(run('status', '--porcelain').split('\n').sort()).toEqual([' M a.txt', '?? new.txt', 'M  b.txt']);
    expect(run('log', '--format=%s')).toBe('start');
  });

  it('signs where the user signs, and tells why signing failed', async () => {
    const { root, run, git } = repository();
    run('config', 'commit.gpgsign', 'true');
    run('config', 'gpg.program', '/nonexistent/gpg');
    writeFileSync(join(root, 'a.txt'), 'ours\n');
    await expect(git.commit({ paths: ['a.txt'], message: 'm' })).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('gpg') as string,
    });
    expect(run('log', '--format=%s')).toBe('start');
  });

  it('refuses what git ignores, by name, before it touches the index', async () => {
    const { root, run, git } = repository({ '.gitignore': '.ratchet/\n', 'a.txt': 'a\n' });
    writeFiles(root, { '.ratchet/registry.json': '{}', 'a.txt': 'changed\n' });
    const before = index(run);
    const attempt = git.commit({ paths: ['a.txt', '.ratchet/registry.json'], message: 'm' });
    await expect(attempt).rejects.toMatchObject({
      code: 'GIT_FAILED',
      message: expect.stringContaining('git ignores .ratchet/registry.json') as string,
    });
    expect(index(run)).toBe(before);
  });

  it('says so where there is nothing to commit', async () => {
    const { git } = repository();
    await expect(git.commit({ paths: ['gone.txt'], message: 'm' })).rejects.toMatchObject({ code: 'GIT_FAILED' });
    await expect(git.commit({ paths: ['a.txt'], message: 'm' })).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });

  it('waits a moment for another git that holds the index', async () => {
    const { root, git } = repository();
    writeFileSync(join(root, 'a.txt'), 'ours\n');
    const lock = join(root, '.git/index.lock');
    writeFileSync(lock, '');
    setTimeout(() => {
      rmSync(lock);
    }, 100);
    await expect(git.commit({ paths: ['a.txt'], message: 'm' })).resolves.toMatch(/^[0-9a-f]{40}$/);
  });

  it.each([
    ['merge', 'MERGE_HEAD', null],
    ['cherry-pick', 'CHERRY_PICK_HEAD', null],
    ['revert', 'REVERT_HEAD', null],
    ['bisect', 'BISECT_LOG', null],
    ['rebase', 'rebase-merge/head-name', 'refs/heads/main'],
    ['rebase', 'rebase-apply/next', '1'],
    ['cherry-pick', 'sequencer/todo', 'pick 123 x\n'],
    ['revert', 'sequencer/todo', 'revert 123 x\n'],
  ])('sees a %s in progress by %s', async (operation, file, text) => {
    const { root, run, git } = repository();
    expect(await git.busy()).toBeNull();
    writeFiles(root, { [`.git/${file}`]: text ?? `${run('rev-parse', 'HEAD')}\n` });
    expect(await git.busy()).toBe(operation);
  });

  it('sees a real merge with conflicts, in a worktree too', async () => {
    const { root, run } = repository();
    run('checkout', '--quiet', '-b', 'other');
    writeFileSync(join(root, 'a.txt'), 'theirs\n');
    run('commit', '--quiet', '-am', 'theirs');
    run('checkout', '--quiet', 'main');
    writeFileSync(join(root, 'a.txt'), 'ours\n');
    run('commit', '--quiet', '-am', 'ours');
    const tree = join(temporaryFolder(), 'tree');
    run('worktree', 'add', '--quiet', tree);
    expect(() => gitIn(tree)('merge', 'other')).toThrow();
    expect(await createGit(tree).busy()).toBe('merge');
    expect(await createGit(root).busy()).toBeNull();
  });

  it('takes more paths than one command line may hold', async () => {
    const { root, run, git } = repository();
    const files = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`versions/${'long-name-'.repeat(6)}${String(i)}.txt`, 'x']));
    writeFiles(root, files);
    await git.commit({ paths: Object.keys(files), message: 'many' });
    expect(run('show', '--name-only', '--format=', 'HEAD').split('\n')).toHaveLength(900);
  });

  it('commits a link as a link', async () => {
    const { root, run, git } = repository();
    mkdirSync(join(root, 'l'));
    symlinkSync('../nowhere', join(root, 'l/link'));
    await git.commit({ paths: ['l/link'], message: 'm' });
    expect(run('ls-tree', 'HEAD', 'l/link')).toMatch(/^120000/);
  });
});
