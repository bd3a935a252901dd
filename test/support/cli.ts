/** Runs the built command line as a user does: in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

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
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(options.nodeArgs ?? []), join(distDir, 'cli.js'), ...args], {
      cwd: options.cwd,
      env: { ...cleanEnvironment(), ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
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

/** Nothing of the machine's own git configuration, colours or keys. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GIT_|NO_COLOR$|FORCE_COLOR$|RATCHET_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
}
