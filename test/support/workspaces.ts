/** Copies of the sample and of fixture workspaces in temporary folders: no test ever writes to the originals. */
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRepository } from './repository.js';

const root = join(import.meta.dirname, '../..');

/** Source folders by name, from the root of the repository. */
const workspaces = { sample: 'src/cli/sample', banking77: 'test/fixtures/banking77' } as const;

export interface WorkspaceCopy {
  /** Absolute path, without symbolic links. */
  folder: string;
  remove(): Promise<void>;
}

/** For a whole test file (`temporaryFolder` lives for one test). With `git: true` the copy is a repository with one commit. */
export async function copyWorkspace(name: keyof typeof workspaces, options: { git?: boolean } = {}): Promise<WorkspaceCopy> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), `ratchet-${name}-`)));
  await cp(join(root, workspaces[name]), folder, { recursive: true });
  if (options.git === true) makeRepository(folder);
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
