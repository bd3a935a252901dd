import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EngineError } from '../../engine/errors.js';
import type { CodeAnswer, CodeJob } from './protocol.js';

interface Pending {
  job: CodeJob;
  timeoutMs: number;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export interface CheckThread {
  regex(pattern: string, flags: string, text: string, timeoutMs: number): Promise<boolean>;
  jsonSchema(schema: unknown, values: readonly unknown[], timeoutMs: number, signal?: AbortSignal): Promise<(string | null)[]>;
  close(): Promise<void>;
}

/**
 * Patterns and schemas of suites: they are no code, so one warm thread judges them one after the other. One that takes longer than its time
 * is killed with the thread, and the next one gets a new thread.
 */
export function createCheckThread({ distDir }: { distDir: string }): CheckThread {
  const workerPath = join(distDir, 'codeWorker.js');
  const queue: Pending[] = [];
  let worker: Worker | null = null;
  let current: Pending | null = null;
  let timer: NodeJS.Timeout | null = null;
  let nextId = 1;

  function finish(settle: (pending: Pending) => void): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const pending = current;
    current = null;
    if (pending !== null) settle(pending);
    next();
  }

  function kill(error: Error): void {
    const dead = worker;
    worker = null;
    void dead?.terminate();
    finish((pending) => {
      pending.reject(error);
    });
  }

  function start(): Worker {
    const made = new Worker(workerPath, { env: {}, stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 256 } });
    // stdout of a host may be a wire.
    made.stdout.resume();
    made.stderr.resume();
    made.on('message', (answer: CodeAnswer) => {
      if (answer.id !== current?.job.id) return;
      finish((pending) => {
        if (answer.ok) pending.resolve(answer.value);
        else if (answer.kind === 'invalid') pending.reject(new EngineError('SUITE_INVALID', `It cannot be compiled: ${answer.message}.`));
        else pending.reject(new Error(answer.message));
      });
    });
    const died = (why: string): void => {
      if (worker === made) kill(new EngineError('TIMEOUT', `The thread of patterns and schemas ended: ${why}.`));
    };
    made.on('error', (error: unknown) => {
      died(error instanceof Error ? error.message : String(error));
    });
    made.on('exit', (code) => {
      died(`code ${String(code)}`);
    });
    return made;
  }

  function next(): void {
    if (current !== null) return;
    current = queue.shift() ?? null;
    if (current === null) {
      // An idle thread must not keep the process alive.
      worker?.unref();
      return;
    }
    const { job, timeoutMs } = current;
    worker ??= start();
    worker.ref();
    timer = setTimeout(() => {
      kill(new EngineError('TIMEOUT', `It did not end within ${String(timeoutMs / 1000)} s.`));
    }, timeoutMs);
    worker.postMessage(job);
  }

  async function enqueue(job: WithoutId<CodeJob>, timeoutMs: number, signal?: AbortSignal): Promise<unknown> {
    const id = nextId++;
    const cancelled = new EngineError('CANCELLED', 'Stopped.');
    if (signal?.aborted === true) throw cancelled;
    let onAbort = (): void => undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const pending: Pending = { job: { ...job, id }, timeoutMs, resolve, reject };
        onAbort = (): void => {
          if (current === pending) kill(cancelled);
          else {
            queue.splice(queue.indexOf(pending), 1);
            reject(cancelled);
          }
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.push(pending);
        next();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    regex: async (pattern, flags, text, timeoutMs) => (await enqueue({ kind: 'regex', pattern, flags, text }, timeoutMs)) === true,
    jsonSchema: async (schema, values, timeoutMs, signal) =>
      (await enqueue({ kind: 'schema', schema, values }, timeoutMs, signal)) as (string | null)[],
    async close() {
      const stopped = new EngineError('CANCELLED', 'Stopped.');
      for (const pending of queue.splice(0)) pending.reject(stopped);
      const last = worker;
      if (current !== null) kill(stopped);
      else {
        worker = null;
        await last?.terminate();
      }
    },
  };
}
