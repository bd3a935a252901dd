import type { Clock } from '../../src/engine/ports.js';

/** Time that passes only when everybody waits for it: hours of waiting take no time, and the order of events is always the same. */
export function virtualClock(): Clock & { slept: number[] } {
  let now = 0;
  let order = 0;
  let isRunning = false;
  const sleepers: { at: number; order: number; wake: () => void }[] = [];
  const run = (): void => {
    sleepers.sort((a, b) => a.at - b.at || a.order - b.order);
    const next = sleepers.shift();
    isRunning = next !== undefined;
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    setImmediate(run);
  };
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    monotonic: () => now,
    sleep: (ms) => {
      slept.push(ms);
      return new Promise((resolve) => {
        sleepers.push({ at: now + ms, order: order++, wake: resolve });
        if (isRunning) return;
        isRunning = true;
        setImmediate(run);
      });
    },
  };
}
