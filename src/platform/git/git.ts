import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import { normalise } from '../../engine/paths.js';
import type { Git } from '../../engine/ports.js';
import { runGit, type GitResult, type RunOptions } from './run.js';

const readTimeoutMs = 20_000;
const listedAtOnce = 100;

/** Files in git's folder, and the operation that each one tells of. */
const operations: [file: string, operation: string][] = [
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
];

/**
 * Git for one workspace folder, which may lie anywhere inside a repository, worktree or submodule.
 * Nothing here skips a hook or a signature.
 */
export function createGit(root: string): Git {
  const read = (...args: string[]): Promise<GitResult> => runGit(root, args, { readOnly: true, timeoutMs: readTimeoutMs });
  const folder = async (which: '--show-toplevel' | '--absolute-git-dir'): Promise<string | null> => {
    const result = await read('rev-parse', which);
    if (result.code === 0) return result.stdout.replace(/\r?\n$/, '');
    // A repository of another user is there, but git will not touch it: "no repository" would be wrong.
    if (result.stderr.includes('safe.directory')) throw failed('git refuses this repository', result);
    return null;
  };
  return {
    async root() {
      const top = await folder('--show-toplevel');
      return top === null || top === '' ? null : normalise(top);
    },
    async busy() {
      const gitDir = await folder('--absolute-git-dir');
      return gitDir === null ? null : operationIn(gitDir);
    },
    async userName() {
      const result = await read('config', 'user.name');
      const name = result.stdout.trim();
      return result.code === 0 && name !== '' ? name : null;
    },
    async fileAt(ref, path) {
      const commit = await commitOf(ref, read);
      const shown = await read('show', `${commit}:./${path}`);
      if (shown.code === 0) return shown.stdout;
      if (/does not exist|exists on disk, but not in|no such path/iu.test(shown.stderr)) return null;
      throw failed(`git cannot show ${path} at ${ref}`, shown);
    },
    commit: (request) => commit(root, request.paths, request.message),
  };
}

/** In CI a branch is often there as that of `origin` alone. */
async function commitOf(ref: string, read: (...args: string[]) => Promise<GitResult>): Promise<string> {
  if (/^[^-:\s][^:\s]*$/u.test(ref)) {
    for (const name of [ref, `origin/${ref}`]) {
      const { code, stdout } = await read('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
      if (code === 0) return stdout.trim();
      if (code === null)
        throw new EngineError('BAD_USAGE', `Git is needed to compare with ${ref}, and it could not be started. Install it.`);
    }
  }
  const shallow = (await read('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
  throw new EngineError(
    'BAD_USAGE',
    shallow
      ? `This clone is a shallow one and does not have ${ref}. Fetch it first: git fetch --depth=1 origin ${ref}:refs/remotes/origin/${ref}`
      : `The baseline ${ref} is neither a version (v1), nor a file, nor a branch, tag or commit of this repository.`,
  );
}

function operationIn(gitDir: string): string | null {
  const found = operations.find(([file]) => existsSync(resolve(gitDir, file)));
  if (found !== undefined) return found[1];
  // Between two picks of a series only the list of what is left tells of it.
  const todo = resolve(gitDir, 'sequencer/todo');
  if (!existsSync(todo)) return null;
  return readFileSync(todo, 'utf8').startsWith('revert') ? 'revert' : 'cherry-pick';
}

/**
 * Commits exactly these paths as they are on disk. `--only` builds the commit from HEAD and the paths alone, so whatever
 * else the user has staged stays staged. It does not know new files; they are announced first, and the announcement is
 * taken back where the commit fails.
 */
async function commit(root: string, asked: readonly string[], message: string): Promise<string> {
  const known = new Set(await list(root, ['--cached'], asked));
  const paths = asked.filter((path) => known.has(path) || exists(resolve(root, path)));
  const fresh = paths.filter((path) => !known.has(path));
  if (paths.length === 0) throw new EngineError('GIT_FAILED', 'There is nothing to commit: none of the files exists.');
  await refuseIgnored(root, fresh);

  if (fresh.length > 0) await must(root, 'git add failed', ['add', '--intent-to-add', ...fromInput], { input: joined(fresh) });
  try {
    const args = ['commit', '--only', '--quiet', '--cleanup=whitespace', '-m', message, ...fromInput];
    await must(root, 'git commit failed', args, { input: joined(paths) });
  } catch (error) {
    if (fresh.length > 0) await runGit(root, ['update-index', '--force-remove', '-z', '--stdin'], { input: joined(fresh) });
    throw error;
  }
  const head = await must(root, 'git rev-parse failed', ['rev-parse', 'HEAD']);
  return head.stdout.trim();
}

async function refuseIgnored(root: string, paths: readonly string[]): Promise<void> {
  const ignored = await list(root, ['--others', '--ignored', '--exclude-standard'], paths);
  const [first] = ignored;
  if (first === undefined) return;
  const message = `git ignores ${first}, so it cannot be committed. Take it out of .gitignore (git check-ignore -v ${first} names the line), or go on without a commit.`;
  throw new EngineError('GIT_FAILED', message, { ignored });
}

/** Paths go to git by its input: a command line of Windows holds 32 KiB. */
const fromInput = ['--pathspec-from-file=-', '--pathspec-file-nul'];

function joined(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join('');
}

/** `ls-files` takes its paths as arguments only, hence in parts. */
async function list(root: string, options: readonly string[], paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let start = 0; start < paths.length; start += listedAtOnce) {
    const part = paths.slice(start, start + listedAtOnce);
    const result = await runGit(root, ['ls-files', '-z', ...options, '--', ...part], { readOnly: true, timeoutMs: readTimeoutMs });
    if (result.code !== 0) throw failed('git ls-files failed', result);
    found.push(...result.stdout.split('\0').filter((name) => name !== ''));
  }
  return found;
}

/** Another git may hold the index for a moment; anything else is the user's to know. */
async function must(root: string, what: string, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await runGit(root, args, options);
    if (result.code === 0) return result;
    if (result.code !== 128 || !result.stderr.includes('index.lock') || attempt === 10) throw failed(what, result);
    await new Promise((done) => setTimeout(done, 20 * attempt));
  }
}

function failed(what: string, result: GitResult): EngineError {
  if (result.code === null) {
    return new EngineError('GIT_FAILED', 'git could not be started. Install it, or put it on the PATH.');
  }
  const words = (result.stderr.trim() || result.stdout.trim()).slice(0, 2000);
  return new EngineError('GIT_FAILED', words === '' ? `${what}, and gave no reason.` : `${what}: ${words}`, { code: result.code, words });
}

/** A link counts as itself: git commits the link, wherever it leads. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
