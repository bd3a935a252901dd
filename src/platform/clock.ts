import { EngineError } from '../engine/errors.js';
import type { Clock } from '../engine/ports.js';

/** The system's clock. `sleep` rejects with CANCELLED as soon as its signal is aborted. */
export function createClock(): Clock {
  return {
    now: () => new Date(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const cancelled = (): void => {
          clearTimeout(timer);
          reject(new EngineError('CANCELLED', 'Stopped.'));
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', cancelled);
          resolve();
        }, ms);
        if (signal?.aborted === true) cancelled();
        else signal?.addEventListener('abort', cancelled, { once: true });
      }),
  };
}
