/** Copies of the sample and of fixture workspaces in temporary folders: no test ever writes to the originals. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Source folders by name, from the root of the repository. */
const workspaces = { sample: 'src/cli/sample', banking77: 'test/fixtures/banking77/workspace' } as const;

export interface TestWorkspace {
  /** Absolute path of the copy. */
  folder: string;
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** With `git: true` the copy is a repository with one commit, by an identity of its own and without the machine's configuration. */
export async function copyWorkspace(name: keyof typeof workspaces, options: { git?: boolean } = {}): Promise<TestWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), `ratchet-${name}-`));
  await cp(join(root, workspaces[name]), folder, { recursive: true });
  const git = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' };
    return (await run('git', args, { cwd: folder, env })).stdout;
  };
  if (options.git === true) {
    await git('init', '--quiet', '--initial-branch=main');
    await git('config', 'user.name', 'Isla Brodie');
    await git('config', 'user.email', 'isla@thistle-and-rook.example');
    await git('config', 'commit.gpgsign', 'false');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'The workspace as it is');
  }
  return {
    folder,
    git,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
