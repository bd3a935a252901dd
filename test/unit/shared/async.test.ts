import { describe, expect, it } from 'vitest';
import { coalesce, mapLimit } from '../../../src/shared/async.js';

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: Error): void => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('coalesce', () => {
  it('joins calls that come while it runs into one further run', async () => {
    const gates = [deferred(), deferred(), deferred()];
    let runs = 0;
    const refresh = coalesce(() => gates[runs++]?.promise ?? Promise.resolve());
    const first = refresh();
    const second = refresh();
    const third = refresh();
    expect(runs).toBe(1);
    gates[0]?.resolve();
    await first;
    gates[1]?.resolve();
    await Promise.all([second, third]);
    expect(runs).toBe(2);
  });

  it('runs again after a failure', async () => {
    const gate = deferred();
    let runs = 0;
    const refresh = coalesce(() => (runs++ === 0 ? gate.promise : Promise.resolve()));
    const first = refresh();
    const second = refresh();
    gate.reject(new Error('first'));
    await expect(first).rejects.toThrow('first');
    await second;
    expect(runs).toBe(2);
  });
});

describe('mapLimit', () => {
  it('keeps the order of the items and never has more than the limit under way', async () => {
    let under = 0;
    let most = 0;
    const results = await mapLimit([30, 1, 20, 2, 10], 2, async (ms) => {
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setTimeout(resolve, ms));
      under -= 1;
      return ms * 2;
    });
    expect(results).toEqual([60, 2, 40, 4, 20]);
    expect(most).toBe(2);
  });

  it('of nothing is nothing', async () => {
    expect(await mapLimit([], 4, () => Promise.resolve(1))).toEqual([]);
  });
});
