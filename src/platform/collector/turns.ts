/**
 * Work that takes its time, a few milliseconds at a time: in between, the disk's answers are heard. Without it a burst of large
 * requests would be read whole before the first of them could be written.
 */

const sliceMs = 4;

export class Turns {
  private readonly waiting: (() => void)[] = [];
  private scheduled = false;

  /** Runs `work` when it is its turn. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const until = performance.now() + sliceMs;
      do this.waiting.shift()?.();
      while (this.waiting.length > 0 && performance.now() < until);
      if (this.waiting.length > 0) this.schedule();
    });
  }
}
