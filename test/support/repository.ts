import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './temporary.js';

export type GitCommand = (...args: string[]) => string;

/** Runs git in a folder, whatever the machine's own configuration is. */
export function gitIn(folder: string): GitCommand {
  return (...args) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
}

/** A repository with an author and one commit of what is in the folder (none where `commit` is false). */
export function makeRepository(folder: string, commit = true): GitCommand {
  const git = gitIn(folder);
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  git('config', 'commit.gpgsign', 'false');
  if (commit) {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '-m', 'start');
  }
  return git;
}

export function writeHook(folder: string, name: string, script: string): void {
  const path = `.git/hooks/${name}`;
  writeFiles(folder, { [path]: `#!/bin/sh\n${script}\n` });
  chmodSync(join(folder, path), 0o755);
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']) Reflect.deleteProperty(env, name);
  return env;
}
