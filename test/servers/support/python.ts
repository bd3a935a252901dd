/** Environments and processes of the real servers. Each is ended by its own id, and its port is free afterwards. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { childEnv } from '../../../src/build/lib/run.mjs';
import { ensureVenv as ensure } from '../../../src/build/lib/python.mjs';

export interface Venv {
  dir: string;
  python: string;
}

/** `requirementsFile`: a name in test/servers. Made once and kept in the cache folder; throws a plain sentence where it cannot be had. */
export function ensureVenv(name: string, requirementsFile: string): Promise<Venv> {
  return ensure(name, `test/servers/${requirementsFile}`);
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

export interface Running {
  pid: number;
  output(): string;
  exited: Promise<number | null>;
  /** SIGTERM, and SIGKILL to it and its children where that is not heard within 10 s. */
  stop(): Promise<void>;
}

/** Starts a program in a process group of its own, so that what it starts itself ends with it. */
export function start(command: string, args: string[], options: { cwd: string; env?: Record<string, string> }): Running {
  const child: ChildProcess = spawn(command, args, {
    cwd: options.cwd,
    env: childEnv(options.env ?? {}),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let said = '';
  const keep = (data: Buffer): void => {
    said = (said + data.toString('utf8')).slice(-20_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      said += error.message;
      resolve(null);
    });
    child.on('close', (code) => {
      resolve(code);
    });
  });
  const group = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
    } catch (error) {
      // It has ended by itself.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const onExit = (): void => {
    group('SIGKILL');
  };
  process.on('exit', onExit);
  void exited.then(() => process.off('exit', onExit));
  return {
    pid: child.pid ?? -1,
    output: () => said,
    exited,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const timer = setTimeout(() => {
        group('SIGKILL');
      }, 10_000);
      await exited;
      clearTimeout(timer);
      group('SIGKILL');
    },
  };
}

/** Waits until `ready` holds; throws with the end of what the program said where it ends first, or after `seconds`. */
export async function whenReady(running: Running, ready: () => Promise<boolean>, seconds: number): Promise<void> {
  const state = { ended: false };
  void running.exited.then(() => (state.ended = true));
  for (const until = performance.now() + seconds * 1000; performance.now() < until;) {
    if (state.ended) throw new Error(`It ended before it was ready:\n${running.output().slice(-3000)}`);
    try {
      if (await ready()) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`It was not ready after ${String(seconds)} s:\n${running.output().slice(-3000)}`);
}
