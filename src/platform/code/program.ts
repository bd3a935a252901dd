/** A program that a suite names: run in a process group of its own, and killed with all that it has started. */
import { spawn } from 'node:child_process';
import { EngineError } from '../../engine/errors.js';
import type { ProgramCall, ProgramResult } from '../../engine/ports.js';
import { maxAnswer } from './hostProtocol.js';

const stderrKept = 2000;

/** Words of a command; those in quotes are one. No shell looks at them. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/gu)].map((match) => match[1] ?? match[2] ?? match[0]);
}

export async function runProgram(
  { command, args, timeoutMs }: ProgramCall,
  place: { cwd: string; env: Record<string, string> },
  signal?: AbortSignal,
): Promise<ProgramResult> {
  const cancelled = new EngineError('CANCELLED', 'Stopped.');
  if (signal?.aborted === true) throw cancelled;
  const [program, ...words] = wordsOf(command);
  if (program === undefined) throw new EngineError('SUITE_INVALID', 'exec: names no program.');
  const child = spawn(program, [...words, ...args], {
    ...place,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      if (process.platform === 'win32') child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended, and so has all that it started.
    }
  };
  process.once('exit', kill);
  let onAbort = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ProgramResult>((resolve, reject) => {
      const pieces: string[] = [];
      let held = 0;
      let stderr = '';
      onAbort = (): void => {
        reject(cancelled);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      timer = setTimeout(() => {
        reject(new EngineError('TIMEOUT', `${program} did not end within ${String(timeoutMs / 1000)} s.`));
      }, timeoutMs);
      child.stdout.setEncoding('utf8');
      child.stdout.on('data', (piece: string) => {
        held += piece.length;
        pieces.push(piece);
        if (held > maxAnswer) reject(new EngineError('ANSWER_TOO_LARGE', `${program} wrote over ${String(maxAnswer)} characters.`));
      });
      child.stderr.setEncoding('utf8');
      child.stderr.on('data', (piece: string) => {
        stderr = (stderr + piece).slice(-stderrKept);
      });
      child.on('error', (error) => {
        reject(new EngineError('SUITE_INVALID', `${program} cannot be started (${error.message}).`));
      });
      child.on('exit', (code, by) => {
        const result = (): void => {
          resolve({ stdout: pieces.join(''), stderr, code: code ?? (by === null ? 0 : 1) });
        };
        // Whoever it has started may still hold its output; what it wrote itself has come by then.
        child.on('close', result);
        setTimeout(result, 200).unref();
      });
    });
  } finally {
    if (timer !== undefined) clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    process.off('exit', kill);
    kill();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
