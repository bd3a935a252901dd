import { spawn } from 'node:child_process';
import { EngineError } from '../../engine/errors.js';

export interface GitResult {
  /** `null`: git could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
}

const maxOutput = 8 * 1024 * 1024;

/**
 * What a hook or an outer git leaves in the environment would point us at another repository or index than the
 * workspace's own.
 */
const foreign = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY', 'GIT_NAMESPACE'];

export interface RunOptions {
  input?: string;
  /** Reads must not take the index lock from under the user's own git. */
  readOnly?: boolean;
  /** Hooks and signing may wait for a person, so a commit has none. */
  timeoutMs?: number;
}

/** Runs git without a shell. Pathspecs are literal: a file may be called `*.prompty`. */
export function runGit(cwd: string, args: readonly string[], options: RunOptions = {}): Promise<GitResult> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...(options.readOnly === true ? { GIT_OPTIONAL_LOCKS: '0' } : {}) };
  for (const name of foreign) Reflect.deleteProperty(env, name);
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['--literal-pathspecs', ...args], { cwd, env, windowsHide: true, stdio: 'pipe' });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            child.kill();
            reject(
              new EngineError(
                'TIMEOUT',
                `git ${args[0] ?? ''} took more than ${String((options.timeoutMs ?? 0) / 1000)} seconds. Try again.`,
              ),
            );
          }, options.timeoutMs);
    child.on('error', () => {
      clearTimeout(timer);
      resolve({ code: null, stdout: '', stderr: '' });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128, stdout: stdout(), stderr: stderr() });
    });
    // git may end without reading its input; how it ended says more than the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    // A hook may print without end; what comes after the limit is dropped, so that it does not fill the memory.
    if (size < maxOutput) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
