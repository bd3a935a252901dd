/**
 * Group commit: whatever arrived while the disk was busy goes to it with the next write, so that one fsync acknowledges many
 * requests and a lone request waits for its own only.
 */
import { CollectError } from './types.js';

interface OpenBatch {
  lines: string[];
  /** Nearly: characters of the lines. */
  bytes: number;
  done: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class GroupCommits {
  private open: OpenBatch | null = null;
  private queued = 0;
  private running: Promise<void> | null = null;
  private closed = false;

  /**
   * `write` puts a batch on disk, whole or not at all. At most `maxBytes` wait; `pause` lets the host read what else has
   * arrived before a write begins.
   */
  constructor(
    private readonly write: (lines: readonly string[]) => Promise<void>,
    private readonly maxBytes: number,
    private readonly pause: () => Promise<void>,
  ) {}

  get queuedBytes(): number {
    return this.queued;
  }

  /** Throws where more than may wait would wait. */
  reserve(bytes: number): void {
    if (this.closed) throw new CollectError('stopping', 'The collector is stopping. Send the same again in a moment.');
    if (this.queued + bytes > this.maxBytes)
      throw new CollectError('busy', 'More arrives than the disk takes. Send the same again in a moment.');
  }

  /** Resolves once the lines are on disk; rejects with what `write` threw, and then nothing of them is. */
  add(lines: readonly string[], bytes: number): Promise<void> {
    this.open ??= openBatch();
    const batch = this.open;
    for (const line of lines) batch.lines.push(line);
    batch.bytes += bytes;
    this.queued += bytes;
    this.running ??= this.run();
    return batch.done;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.running;
  }

  private async run(): Promise<void> {
    for (;;) {
      await this.pause();
      const batch = this.open;
      if (batch === null) break;
      this.open = null;
      try {
        await this.write(batch.lines);
        batch.resolve();
      } catch (error) {
        batch.reject(error);
      } finally {
        this.queued -= batch.bytes;
      }
    }
    this.running = null;
  }
}

function openBatch(): OpenBatch {
  let settle: Pick<OpenBatch, 'resolve' | 'reject'> | null = null;
  const done = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const { resolve, reject } = settle as unknown as Pick<OpenBatch, 'resolve' | 'reject'>;
  return { lines: [], bytes: 0, done, resolve, reject };
}
