/**
 * Group commit: whatever arrived while the disk was busy goes to it with the next write, so that one fsync acknowledges many
 * requests and a lone request waits for its own only. What is shared with other processes is held over several writes, while there
 * is something to write, and let go now and then for them.
 */
import { CollectError } from './types.js';

export interface CommitTools {
  /** Puts texts on disk, all or none. */
  write: (texts: readonly string[]) => Promise<void>;
  /** Runs `work` while no other process writes. Rejects where that cannot be had. */
  alone: (work: () => Promise<void>) => Promise<void>;
  sleep: (ms: number) => Promise<void>;
  /** ms, from an arbitrary start. */
  monotonic: () => number;
  maxBytes: number;
}

/** Others wait no longer than this; then they are given time enough to notice. */
const holdMs = 400;
const restMs = 40;
/** How often it is looked whether something else comes, a millisecond each, before others are let in. */
const idleLooks = 4;
const maxGatherMs = 5;

interface Batch {
  texts: string[];
  bytes: number;
  done: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class GroupCommits {
  private open: Batch | null = null;
  private queued = 0;
  private running: Promise<void> | null = null;
  private closed = false;

  constructor(private readonly tools: CommitTools) {}

  /** Nearly: characters of the texts. */
  get queuedBytes(): number {
    return this.queued;
  }

  /** Throws where more than may wait would wait. */
  reserve(bytes: number): void {
    if (this.closed) throw new CollectError('stopping', 'The collector is stopping. Send the same again in a moment.');
    if (this.queued + bytes > this.tools.maxBytes) {
      throw new CollectError('busy', 'More arrives than the disk takes. Send the same again in a moment.');
    }
  }

  /** Resolves once the text is on disk; rejects with what `write` or `alone` threw, and then nothing of it is. */
  add(text: string): Promise<void> {
    this.open ??= newBatch();
    const batch = this.open;
    if (text !== '') batch.texts.push(text);
    batch.bytes += text.length;
    this.queued += text.length;
    this.running ??= this.run();
    return batch.done;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const { alone, sleep, monotonic } = this.tools;
    for (;;) {
      // Nothing waits for the clock here: what sockets have ready is read before a timer of no time.
      await sleep(0);
      if (this.open === null) break;
      const until = monotonic() + holdMs;
      const hold = { over: false };
      try {
        await alone(async () => {
          while (!hold.over && (await this.comes())) {
            await this.writeOpen();
            hold.over = monotonic() > until;
          }
        });
      } catch (error) {
        const batch = this.take();
        if (batch !== null)
          this.settle(batch, () => {
            batch.reject(error);
          });
      }
      if (hold.over && !this.closed) await sleep(restMs);
    }
    this.running = null;
  }

  /** Is there something to write, or is there soon? */
  private async comes(): Promise<boolean> {
    for (let look = 0; this.open === null && look < idleLooks && !this.closed; look++) await this.tools.sleep(0);
    return this.open !== null;
  }

  private async writeOpen(): Promise<void> {
    const batch = this.take();
    if (batch === null) return;
    const started = this.tools.monotonic();
    try {
      await this.tools.write(batch.texts);
      this.settle(batch, batch.resolve);
    } catch (error) {
      this.settle(batch, () => {
        batch.reject(error);
      });
    }
    await this.gather(Math.min((this.tools.monotonic() - started) / 2, maxGatherMs));
  }

  /**
   * Whoever was answered may have more to send, and it belongs into the next write: else half of them would always wait for the write
   * of the other half. It is waited for while more comes, for half as long as a write takes.
   */
  private async gather(ms: number): Promise<void> {
    const { sleep, monotonic } = this.tools;
    const until = monotonic() + ms;
    for (let before = -1; before !== this.waiting && (before === -1 || monotonic() < until);) {
      before = this.waiting;
      await sleep(0);
    }
  }

  private get waiting(): number {
    return this.open?.texts.length ?? 0;
  }

  private take(): Batch | null {
    const batch = this.open;
    this.open = null;
    return batch;
  }

  private settle(batch: Batch, how: () => void): void {
    this.queued -= batch.bytes;
    how();
  }
}

function newBatch(): Batch {
  let settle: Pick<Batch, 'resolve' | 'reject'> | null = null;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const { resolve, reject } = settle as unknown as Pick<Batch, 'resolve' | 'reject'>;
  return { texts: [], bytes: 0, done, resolve, reject };
}
