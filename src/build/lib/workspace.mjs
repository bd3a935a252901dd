/** Copies of the sample workspace: nothing we start ever touches the one in the build. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv, Lacking, node, root, run } from './run.mjs';

const CLI = join(root, 'dist/cli.js');

/** Git as the same person everywhere, without the user's hooks, signing or templates. */
const GIT = [
  '-c',
  'user.name=Prompt Ratchet Sample',
  '-c',
  'user.email=sample@example.invalid',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=',
];

export async function git(folder, ...args) {
  const { code, output } = await run('git', [...GIT, ...args], { cwd: folder, capture: true, env: childEnv() });
  if (code !== 0) throw new Lacking(`git ${args[0]} failed in ${folder}: ${output.trim()}`);
  return output;
}

/** Makes a folder a repository with one commit of all that is in it, and an identity of its own for later commits. */
export async function initRepository(folder) {
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await git(folder, 'config', 'user.name', 'Prompt Ratchet Sample');
  await git(folder, 'config', 'user.email', 'sample@example.invalid');
  await git(folder, 'config', 'commit.gpgsign', 'false');
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'The support desk as it is');
}

/**
 * A copy of the sample workspace (or of `from`), under git, in a fresh temporary folder of its own; or in `into`, whose former copy it replaces.
 */
export async function copySample({ from, name = 'prompt-ratchet-sample-', into } = {}) {
  if (from === undefined && !existsSync(CLI)) throw new Lacking(`${CLI} is not there: run 'npm run build' first.`);
  // Real path: on macOS the temp folder is a link, and VS Code and git would disagree about the name.
  const folder = join(into ?? realpathSync(mkdtempSync(join(tmpdir(), name))), 'support-desk');
  rmSync(folder, { recursive: true, force: true });
  if (from === undefined) {
    // By the product's own command: it moves the log's times to the present.
    mkdirSync(folder, { recursive: true });
    const { code, output } = await run(node(), [CLI, 'init', '--sample', '--workspace', folder, '--quiet'], { capture: true });
    if (code !== 0) throw new Lacking(`The sample workspace could not be written: ${output.trim()}`);
  } else cpSync(from, folder, { recursive: true });
  await initRepository(folder);
  return folder;
}
