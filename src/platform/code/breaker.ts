import { EngineError } from '../../engine/errors.js';

const limit = 3;
/** Whatever kept the code waiting may be over by then. */
const forgetMs = 60_000;

export interface Breaker {
  /** Throws TIMEOUT where this code took too long three times in a row. */
  check(key: string, stamp: string): void;
  passed(key: string): void;
  timedOut(key: string, stamp: string): void;
}

/** Code that never ends would cost its whole time limit in every case: after three times it is not run any more, unless its file has changed. */
export function createBreaker(now: () => number = () => performance.now()): Breaker {
  const counts = new Map<string, { count: number; stamp: string; at: number }>();
  return {
    check(key, stamp) {
      const known = counts.get(key);
      if (known === undefined || known.count < limit) return;
      if (known.stamp !== stamp || now() - known.at > forgetMs) {
        counts.delete(key);
        return;
      }
      throw new EngineError(
        'TIMEOUT',
        'It is not run any more: it took longer than its time limit three times in a row. Mend the code, or remove it.',
      );
    },
    passed: (key) => {
      counts.delete(key);
    },
    timedOut(key, stamp) {
      const { count = 0 } = counts.get(key) ?? {};
      counts.set(key, { count: count + 1, stamp, at: now() });
    },
  };
}
