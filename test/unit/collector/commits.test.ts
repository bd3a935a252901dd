import { describe, expect, it } from 'vitest';
import { GroupCommits, type CommitTools } from '../../../src/engine/collector/commits.js';
import { CollectError } from '../../../src/engine/collector/types.js';
import { Turns } from '../../../src/platform/collector/turns.js';

function commits(changes: Partial<CommitTools> = {}) {
  const seen = { writes: [] as string[][], held: 0, slept: [] as number[], time: 0 };
  const group = new GroupCommits({
    write: (texts) => {
      seen.writes.push([...texts]);
      return Promise.resolve();
    },
    alone: async (work) => {
      seen.held += 1;
      await work();
    },
    sleep: (ms) => {
      seen.slept.push(ms);
      return new Promise((resolve) => setImmediate(resolve));
    },
    monotonic: () => seen.time,
    maxBytes: 100,
    ...changes,
  });
  return { group, seen };
}

describe('a group commit', () => {
  it('holds what is shared over writes that follow one another', async () => {
    const { group, seen } = commits();
    for (const text of ['a', 'b', 'c']) await group.add(text);
    await group.close();
    expect(seen.writes).toEqual([['a'], ['b'], ['c']]);
    expect(seen.held).toBe(1);
  });

  it('lets go of it when nothing comes', async () => {
    const { group, seen } = commits();
    await group.add('a');
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    await group.add('b');
    await group.close();
    expect(seen.held).toBe(2);
  });

  it('lets others in now and then, however much comes', async () => {
    const { group, seen } = commits();
    for (let i = 0; i < 12; i++) {
      await group.add(String(i));
      seen.time += 150;
    }
    await group.close();
    expect(seen.writes.flat()).toHaveLength(12);
    expect(seen.held).toBeGreaterThanOrEqual(4);
    expect(seen.slept.filter((ms) => ms > 0).length).toBeGreaterThanOrEqual(3);
  });

  it('says to all who wait that it could not have it, and tries again for the next', async () => {
    let refuse = true;
    const { group, seen } = commits({
      alone: async (work) => {
        if (refuse) throw new CollectError('failing', 'Locked.');
        await work();
      },
    });
    const both = await Promise.allSettled([group.add('a'), group.add('b')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(group.queuedBytes).toBe(0);
    refuse = false;
    await group.add('c');
    await group.close();
    expect(seen.writes).toEqual([['c']]);
  });

  it('takes no more than may wait, until some of it is written', async () => {
    const { group } = commits();
    const first = group.add('x'.repeat(90));
    expect(() => {
      group.reserve(20);
    }).toThrow('More arrives than the disk takes');
    await first;
    group.reserve(20);
    await group.close();
  });
});

describe('turns', () => {
  it('are taken in order, and other events are heard in between', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const busy = (name: string) =>
      turns.run(() => {
        const until = performance.now() + 6;
        while (performance.now() < until);
        log.push(name);
        return Promise.resolve(name);
      });
    const timer = setTimeout(() => log.push('timer'), 0);
    expect(await Promise.all([busy('a'), busy('b'), busy('c')])).toEqual(['a', 'b', 'c']);
    clearTimeout(timer);
    expect(log.filter((name) => name !== 'timer')).toEqual(['a', 'b', 'c']);
    expect(log.indexOf('timer')).toBeLessThan(3);
    expect(log).toContain('timer');
  });

  it('pass on what is thrown and rejected', async () => {
    const turns = new Turns();
    const thrown = turns.run(() => {
      throw new CollectError('busy', 'Later.');
    });
    const rejected = turns.run(() => Promise.reject(new Error('gone')));
    await expect(thrown).rejects.toMatchObject({ fault: 'busy' });
    await expect(rejected).rejects.toThrow('gone');
    expect(await turns.run(() => Promise.resolve(1))).toBe(1);
  });
});
