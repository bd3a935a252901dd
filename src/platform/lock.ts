/**
 * A lock between processes: a folder, because making one is atomic on every file system. Inside lies who holds it;
 * the folder's own time is the heartbeat. A holder that is dead (same machine) gives way at once, a silent one after 10 s.
 */
import { randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { EngineError, throwIfAborted } from '../engine/errors.js';
import type { Locks } from '../engine/ports.js';

export interface LockTimes {
  /** A holder without a heartbeat for so long has lost the lock. */
  staleMs: number;
  heartbeatMs: number;
  /** How long to wait before LOCKED is thrown. */
  waitMs: number;
}

interface Owner {
  pid: number;
  /** Machine and process space: a process id says nothing outside of it. */
  place: string;
  token: string;
}

const ownerFile = 'owner.json';
const place = describePlace();

/** `withLock(path, …)` makes the folder `path` while it runs, with the folders above it where they are missing. */
export function createLocks(times: LockTimes = { staleMs: 10_000, heartbeatMs: 2_000, waitMs: 30_000 }): Locks {
  // Waiters of one process queue up here instead of polling the disk against each other.
  const queues = new Map<string, Promise<unknown>>();
  return {
    async withLock(path, work, signal, waitMs = times.waitMs) {
      const before = queues.get(path) ?? Promise.resolve();
      const run = before.then(() => holdWhile(path, { ...times, waitMs }, work, signal));
      const settled = run.catch(() => undefined); // the caller gets the error; the next in the queue only needs the end
      queues.set(path, settled);
      try {
        return await run;
      } finally {
        if (queues.get(path) === settled) queues.delete(path);
      }
    },
  };
}

async function holdWhile<T>(path: string, times: LockTimes, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const token = await acquire(path, times, signal);
  const heart = setInterval(() => {
    const now = new Date();
    // A missing folder means that the lock was taken over; the work then ends as it would after a pause of the machine.
    fs.utimes(path, now, now).catch(() => undefined);
  }, times.heartbeatMs);
  heart.unref();
  try {
    return await work();
  } finally {
    clearInterval(heart);
    await release(path, token);
  }
}

async function acquire(path: string, times: LockTimes, signal: AbortSignal | undefined): Promise<string> {
  const token = randomBytes(8).toString('hex');
  const started = performance.now();
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    if (await tryMake(path, token)) return token;
    const holder = await abandoned(path, times.staleMs);
    if (holder !== null) {
      await takeAway(path, holder, times.staleMs);
      continue;
    }
    if (performance.now() - started > times.waitMs) {
      const who = (await readOwner(path))?.pid;
      const name = who === undefined ? 'Another process' : `Process ${String(who)}`;
      const message = `${name} has held ${path} for more than ${String(times.waitMs / 1000)} seconds. Wait for it or end it, then try again.`;
      throw new EngineError('LOCKED', message, { path, pid: who ?? null });
    }
    // Jitter keeps several waiters from asking in step.
    await new Promise((resolve) => setTimeout(resolve, Math.min(1 + attempt, 25) * (0.5 + Math.random())));
  }
}

async function tryMake(path: string, token: string): Promise<boolean> {
  try {
    await fs.mkdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      await makeParents(path);
      return false;
    }
    // Windows answers EPERM while a folder of this name is still being removed.
    if (code === 'EEXIST' || (process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES'))) return false;
    throw ioFailed(path, error);
  }
  const owner: Owner = { pid: process.pid, place, token };
  try {
    await fs.writeFile(join(path, ownerFile), JSON.stringify(owner));
  } catch (error) {
    // On a full disk the file may be there, empty. What matters to the caller is the first failure.
    await fs.rm(path, { recursive: true, force: true }).catch(() => undefined);
    throw ioFailed(path, error);
  }
  return true;
}

async function makeParents(path: string): Promise<void> {
  try {
    await fs.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw ioFailed(path, error);
  }
}

/** Token of a holder that is dead or silent (`''`: it never wrote its name), `null` where the lock is held or gone. */
async function abandoned(path: string, staleMs: number): Promise<string | null> {
  const stat = await fs.stat(path).catch(() => null); // released in the meantime
  if (stat === null) return null;
  const owner = await readOwner(path);
  if (owner?.place === place && !isAlive(owner.pid)) return owner.token;
  return Date.now() - stat.mtimeMs > staleMs ? (owner?.token ?? '') : null;
}

/**
 * Only one process at a time may take a lock away, else two that both saw a dead holder could remove first the dead
 * lock and then the fresh one of the quicker of them.
 */
async function takeAway(path: string, token: string, staleMs: number): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await fs.mkdir(guard);
  } catch {
    const stat = await fs.stat(guard).catch(() => null); // the other one is done
    if (stat !== null && Date.now() - stat.mtimeMs > staleMs) await fs.rmdir(guard).catch(() => undefined); // someone was quicker
    await new Promise((resolve) => setTimeout(resolve, 5));
    return;
  }
  try {
    if ((await abandoned(path, staleMs)) === token) await fs.rm(path, { recursive: true, force: true });
  } finally {
    await fs.rmdir(guard).catch(() => undefined); // already removed as stale
  }
}

async function release(path: string, token: string): Promise<void> {
  if ((await readOwner(path))?.token !== token) return;
  await fs.rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    return JSON.parse(await fs.readFile(join(path, ownerFile), 'utf8')) as Owner;
  } catch {
    return null; // not written yet, or just removed: the heartbeat decides
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Containers may share a host name and a folder, but not their process ids. */
function describePlace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname(); // no such thing outside Linux
  }
}

function ioFailed(path: string, error: unknown): EngineError {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  return new EngineError(
    'IO_FAILED',
    `Cannot lock ${path}: the system answered ${code}. Check that the folder can be written.`,
    { path, reason: code },
    error,
  );
}
