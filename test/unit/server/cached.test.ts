import { describe, expect, it } from 'vitest';
import { Cached } from '../../../src/server/cached.js';
import { RunRegistry } from '../../../src/server/runs.js';

describe('Cached', () => {
  it('shares a load, keeps its value and loads again once dropped', async () => {
    let loads = 0;
    const cached = new Cached(() => Promise.resolve(++loads), Number.POSITIVE_INFINITY);
    expect(await Promise.all([cached.get(), cached.get()])).toEqual([1, 1]);
    cached.drop();
    expect(await cached.get()).toBe(2);
  });

  it('does not keep a failure', async () => {
    let loads = 0;
    const cached = new Cached(() => (++loads === 1 ? Promise.reject(new Error('no')) : Promise.resolve('yes')), Number.POSITIVE_INFINITY);
    await expect(cached.get()).rejects.toThrow('no');
    expect(await cached.get()).toBe('yes');
  });

  it('does not keep what was loading when it was dropped', async () => {
    let release: (value: string) => void = () => undefined;
    const loads = [new Promise<string>((resolve) => (release = resolve)), Promise.resolve('new')];
    const cached = new Cached(() => loads.shift() ?? Promise.resolve('late'), Number.POSITIVE_INFINITY);
    const first = cached.get();
    cached.drop();
    release('old');
    expect(await first).toBe('old');
    expect(await cached.get()).toBe('new');
  });
});

describe('RunRegistry', () => {
  it('cancels by id, and follows the outer signal', async () => {
    const runs = new RunRegistry();
    const outer = new AbortController();
    const aborted = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve('stopped');
        });
      });
    const first = runs.run('a', outer.signal, aborted);
    runs.cancel('a');
    expect(await first).toBe('stopped');
    const second = runs.run('b', outer.signal, aborted);
    runs.cancel('other');
    outer.abort();
    expect(await second).toBe('stopped');
  });
});
