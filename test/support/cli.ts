/** Runs the built command line as a user does: a process of its own, in a temporary copy of a workspace. */
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary.js';

const root = join(import.meta.dirname, '../..');

/** The folder of the bundles; another build can be tested by naming it. */
export const distDir = process.env['RATCHET_DIST'] ?? join(root, 'dist');

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** What stdout holds as JSON; throws where it is anything but one document. */
  readonly json: unknown;
}

export interface CliOptions {
  cwd: string;
  env?: Record<string, string>;
  input?: string;
  /** Options of node itself. */
  nodeArgs?: readonly string[];
  /** Sent as soon as this text is seen on stdout or stderr. */
  signal?: { after: string; name: NodeJS.Signals };
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(options.nodeArgs ?? []), join(distDir, 'cli.js'), ...args], {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...options.env },
    });
    let stdout = '';
    let stderr = '';
    let signalled = false;
    const seen = (): void => {
      const { signal } = options;
      if (signal === undefined || signalled || !`${stdout}${stderr}`.includes(signal.after)) return;
      signalled = true;
      child.kill(signal.name);
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      seen();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      seen();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({
        code,
        stdout,
        stderr,
        get json() {
          return JSON.parse(stdout) as unknown;
        },
      });
    });
    child.stdin.on('error', () => undefined); // a command that reads nothing may be gone already
    child.stdin.end(options.input ?? '');
  });
}

/** A temporary copy of `test/fixtures/<name>`. */
export function copyFixture(name: string): string {
  const folder = temporaryFolder();
  cpSync(join(root, 'test/fixtures', name), folder, { recursive: true });
  return folder;
}

/** Nothing of the machine's own git configuration, colours or keys. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GIT_|NO_COLOR$|FORCE_COLOR$|RATCHET_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
}
