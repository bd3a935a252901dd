import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createClock } from '../../../src/platform/clock.js';
import { createLocks } from '../../../src/platform/lock.js';
import { temporaryFolder } from '../../support/temporary.js';

const times = { staleMs: 10_000, heartbeatMs: 20, waitMs: 150 };

function leaveLock(path: string, owner: object | null, ageMs: number): void {
  mkdirSync(path);
  if (owner !== null) writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  utimesSync(path, then, then);
}

/** Id of a process that existed and does no more. */
function deadPid(): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', '']);
    child.on('close', () => {
      resolve(child.pid ?? 0);
    });
  });
}

describe('locks', () => {
  it('runs one piece of work at a time, in the order they came, and leaves nothing behind', async () => {
    const path = join(temporaryFolder(), 'deep/er/x.lock');
    const locks = createLocks(times);
    const log: string[] = [];
    const work = (name: string) =>
      locks.withLock(path, async () => {
        log.push(`${name} in`);
        await createClock().sleep(5);
        log.push(`${name} out`);
      });
    await Promise.all([work('a'), work('b'), work('c')]);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work throws, and the error comes through', async () => {
    const path = join(temporaryFolder(), 'x.lock');
    const locks = createLocks(times);
    await expect(locks.withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(locks.withLock(path, () => Promise.resolve(1))).resolves.toBe(1);
  });

  it('takes the lock of a dead process of this machine at once', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x.lock');
    let owner: object = {};
    // What a lock of this machine says of its place is only known to the lock itself.
    await createLocks(times).withLock(path, async () => {
      const { readFile } = await import('node:fs/promises');
      owner = JSON.parse(await readFile(join(path, 'owner.json'), 'utf8')) as object;
    });
    leaveLock(path, { ...owner, pid: await deadPid(), token: 'dead' }, 0);
    await expect(createLocks(times).withLock(path, () => Promise.resolve('mine'))).resolves.toBe('mine');
  });

  it('does not take the lock of another machine while its heart beats, and says who holds it', async () => {
    const path = join(temporaryFolder(), 'x.lock');
    leaveLock(path, { pid: 4711, place: 'elsewhere', token: 't' }, 5_000);
    const attempt = createLocks(times).withLock(path, () => Promise.resolve());
    await expect(attempt).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('4711') as string });
  });

  it.each([{ pid: 4711, place: 'elsewhere', token: 't' }, null])('takes a lock that has been silent for over 10 s (%j)', async (owner) => {
    const path = join(temporaryFolder(), 'x.lock');
    leaveLock(path, owner, 11_000);
    await expect(createLocks(times).withLock(path, () => Promise.resolve('mine'))).resolves.toBe('mine');
    expect(existsSync(path)).toBe(false);
  });

  it('keeps its lock alive while it works longer than the stale time', async () => {
    const path = join(temporaryFolder(), 'x.lock');
    const quick = { staleMs: 800, heartbeatMs: 40, waitMs: 15_000 };
    const log: string[] = [];
    // Two lock objects are like two processes, but for the process id.
    const first = createLocks(quick).withLock(path, async () => {
      await createClock().sleep(1_100);
      log.push('first');
    });
    await createClock().sleep(20);
    const second = createLocks(quick).withLock(path, () => Promise.resolve(log.push('second')));
    await Promise.all([first, second]);
    expect(log).toEqual(['first', 'second']);
  });

  it('stops waiting when it is told to', async () => {
    const path = join(temporaryFolder(), 'x.lock');
    leaveLock(path, { pid: 1, place: 'elsewhere', token: 't' }, 0);
    const stop = new AbortController();
    const attempt = createLocks({ ...times, waitMs: 60_000 }).withLock(path, () => Promise.resolve(), stop.signal);
    stop.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('says what is wrong where a lock cannot be made', async () => {
    const folder = temporaryFolder({ file: '' });
    const attempt = createLocks(times).withLock(join(folder, 'file/x.lock'), () => Promise.resolve());
    await expect(attempt).rejects.toMatchObject({ code: 'IO_FAILED' });
  });
});

describe('clock', () => {
  it('ends a sleep with CANCELLED as soon as the signal is aborted', async () => {
    const stop = new AbortController();
    const sleep = createClock().sleep(60_000, stop.signal);
    stop.abort();
    await expect(sleep).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(createClock().sleep(60_000, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
