/** What the runner and a process that runs code of suites say to each other: one JSON text a line, over descriptors 3 (answers) and 4 (jobs). */
import type { CodePurpose } from '../../engine/ports.js';

export interface HostJob {
  id: number;
  purpose: CodePurpose;
  /** Code in the suite, or the absolute path of a file with the name of a function in it. */
  text?: string;
  file?: string;
  name?: string;
  /** Names under which code in the suite sees its arguments. */
  parameters: readonly string[];
  /** JSON of the list of arguments: it is parsed where the code runs, so that it is that place's own data. */
  args: string;
  setup?: { id: string; config: Record<string, unknown> };
}

/**
 * `state`: `load` before a file is loaded, `enter` before the code is called, `leave` when it has returned a promise, so that the process is
 * free for others. `ended`: the code asked for the end of the process. `stale`: a file that the process has loaded is not what it was;
 * the job was not begun. `dirty`: the code changed what other code sees, so the process takes no more jobs.
 */
export type HostAnswer =
  | { id: number; state: 'load' | 'enter' | 'leave' | 'stale' }
  | { id: number; ok: true; json?: string; dirty?: boolean }
  | { id: number; ok: false; kind: 'invalid' | 'threw' | 'ended' | 'large'; message: string; dirty?: boolean }
  | { pong: number };

export type HostRequest = HostJob | { ping: number };

/** Of an answer in JSON, in characters. */
export const maxAnswer = 16 * 1024 * 1024;

/** The names under which code in a suite sees its arguments. */
export const usualParameters: Record<CodePurpose, readonly string[]> = {
  assertion: ['output', 'context', 'process'],
  transform: ['output', 'context', 'process'],
  provider: ['prompt', 'options', 'context'],
  prompt: ['context'],
  vars: ['name', 'prompt', 'vars', 'provider'],
  tests: ['config'],
  scoring: ['namedScores', 'context'],
  http: ['json', 'text', 'context'],
  data: [],
};
