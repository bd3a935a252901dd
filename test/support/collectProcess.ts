/** `ratchet collect` of the built bundle, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { CollectDocument } from '../../src/shared/documents.js';
import { distDir } from './cli.js';

export interface CollectProcess {
  child: ChildProcess;
  document: CollectDocument;
  /** What it has said on stderr so far. */
  said: () => string;
  /** Sends the signal and waits for the end. */
  end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export interface CollectOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  /** The command that runs node, in place of node itself: `['prlimit', '--fsize=…']`. */
  under?: readonly string[];
}

const started: ChildProcess[] = [];

/** What a test that failed left running. */
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Resolves once it listens. Killed after the test, where it still runs. */
export async function startCollect(workspace: string, options: CollectOptions = {}): Promise<CollectProcess> {
  const { args = [], env = {}, under = [] } = options;
  const [command = '', ...rest] = [...under, process.execPath, join(distDir, 'cli.js'), 'collect', '--workspace', workspace, ...args];
  const child = spawn(command, rest, { cwd: workspace, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  started.push(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const ended = once(child, 'close');
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => null)]);
  if (line === null) throw new Error(`ratchet collect ended: ${said}`);
  return {
    child,
    document: JSON.parse(String(line[0])) as CollectDocument,
    said: () => said,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}
