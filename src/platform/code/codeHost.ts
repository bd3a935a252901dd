/** The process that runs JavaScript of suites. It is started by `lane.ts`, hears jobs on descriptor 4 and answers on descriptor 3. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { maxAnswer, type HostAnswer, type HostJob, type HostRequest } from './hostProtocol.js';
import { InvalidCode, prepareInline } from './inlineCode.js';
import { isLoaded, isStale, messageOf, prepareModule, watchModules } from './moduleCode.js';
import { realmState, sharedNames } from './realm.js';

class Ended extends Error {}

interface Running {
  id: number;
  /** Why it is over, though its promise may never be settled. */
  stop(error: unknown): void;
}

const running = new AsyncLocalStorage<Running>();
const { stringify } = JSON;
const write = writeSync;

/** Waits where the pipe is full: the other side always reads. */
function say(answer: HostAnswer): void {
  const bytes = Buffer.from(`${stringify(answer)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += write(3, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Plain data only: what cannot be written as JSON is an error of the code. */
function jsonOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'function' || typeof value === 'symbol') throw new Error(`it returned a ${typeof value}, which is no data`);
  return stringify(value);
}

function answerOf(id: number, error: unknown): Extract<HostAnswer, { ok: false }> {
  const message = messageOf(error).slice(0, 2000);
  const kind = error instanceof InvalidCode ? 'invalid' : error instanceof Ended ? 'ended' : 'threw';
  return { id, ok: false, kind, message };
}

const isPromise = (value: unknown): boolean =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
  typeof (value as { then?: unknown }).then === 'function';

async function run(job: HostJob, enter: () => void): Promise<{ json: string | undefined }> {
  const inline = job.file === undefined ? prepareInline(job) : null;
  try {
    const call = inline === null ? await prepareModule(job) : inline.call;
    enter();
    const result = call();
    if (isPromise(result)) say({ id: job.id, state: 'leave' });
    return { json: jsonOf(await result) };
  } finally {
    inline?.done();
  }
}

const globals = realmState(globalThis, sharedNames);
const { reallyExit } = process as unknown as { reallyExit: (code: number) => never };

async function answer(job: HostJob): Promise<void> {
  const { id, file } = job;
  if (file !== undefined) {
    if (isStale()) {
      say({ id, state: 'stale' });
      return;
    }
    if (!isLoaded(file)) say({ id, state: 'load' });
  }
  const enter = (): void => {
    say({ id, state: 'enter' });
  };
  let stop: (error: unknown) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  let result: Extract<HostAnswer, { ok: boolean }>;
  try {
    const { json } = await running.run({ id, stop }, () => Promise.race([run(job, enter), stopped]));
    result = { id, ok: true, ...(json === undefined ? {} : { json }) };
    if ((json?.length ?? 0) > maxAnswer)
      result = { id, ok: false, kind: 'large', message: `${String(json?.length)} characters, the limit is ${String(maxAnswer)}` };
  } catch (error) {
    result = answerOf(id, error);
  }
  if (!globals.clean()) result.dirty = true;
  say(result);
}

/** What is thrown late belongs to the code that started it, if that is still at work; it is nobody else's. */
process.on('uncaughtException', (error) => {
  running.getStore()?.stop(error);
});
process.on('unhandledRejection', () => {
  // A promise that the code did not wait for is no part of its result.
});

/** Code that wants to end the process ends itself alone. */
function exit(code?: unknown): never {
  const error = new Ended(`process.exit(${typeof code === 'number' || typeof code === 'string' ? String(code) : ''})`);
  running.getStore()?.stop(error);
  throw error;
}
for (const name of ['exit', 'reallyExit', 'abort'])
  Object.defineProperty(process, name, { value: exit, configurable: true, writable: true });

/** Where whoever started this is gone, it ends, even if the code computes for ever: a thread sees to that. */
function endWithParent(): void {
  const code = `
    const parent = ${String(process.ppid)};
    setInterval(() => {
      if (process.ppid === parent) return;
      try { process.kill(-process.pid, 'SIGKILL'); } catch { process.kill(process.pid, 'SIGKILL'); }
    }, 1000);`;
  if (process.platform !== 'win32') new Worker(code, { eval: true }).unref();
}

watchModules();
endWithParent();
const input = new Socket({ fd: 4, readable: true, writable: false });
let rest: string[] = [];
input.setEncoding('utf8');
input.on('data', (piece: string) => {
  let start = 0;
  for (let at = piece.indexOf('\n'); at !== -1; at = piece.indexOf('\n', start)) {
    const request = JSON.parse(rest.join('') + piece.slice(start, at)) as HostRequest;
    rest = [];
    start = at + 1;
    if ('ping' in request) say({ pong: request.ping });
    else void answer(request);
  }
  rest.push(piece.slice(start));
});
input.on('close', () => {
  reallyExit.call(process, 0);
});
