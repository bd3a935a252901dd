/** Reads a large file in several threads: ranges of it go to whichever is free, and their records come back in the order of the file. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { EngineError, throwIfAborted } from '../../engine/errors.js';
import { ScaleChange } from '../../engine/feedback/records.js';
import type { RecordBatch } from '../../engine/feedback/scan/recordBatch.js';
import type { ScanJob, Scanner } from '../../engine/feedback/scan/scanner.js';
import type { ScanAnswer, ScanRequest, ScanStart } from './protocol.js';
import { RangeReader, type Range } from './rangeReader.js';

export interface ScannerOptions {
  /** Folder of the built bundles. */
  distDir: string;
  /** Default: as many as there are processors, at most 4. */
  threads?: number;
  /** Of one range; default 2 MiB. */
  rangeBytes?: number;
  /** Files of fewer bytes are left to the caller's own thread; default 16 MiB. */
  minBytes?: number;
}

const mebi = 1024 * 1024;

let thrifty = 0;
/** So long after a log was read its first score is there, too. */
const thriftMs = 10_000;

/**
 * What threads hand over are buffers: this thread's young objects are few, but would be given 48 MiB to be forgotten in, and the buffers would wait
 * for that long, too. Electron's flags cannot be changed for certain, and stay.
 */
function beThrifty(): () => void {
  if (process.versions['electron'] !== undefined) return () => undefined;
  if (thrifty++ === 0) setFlagsFromString('--semi-space-growth-factor=1');
  return () => {
    setTimeout(() => {
      if (--thrifty === 0) setFlagsFromString('--semi-space-growth-factor=2');
    }, thriftMs).unref();
  };
}

/** Without the worker's bundle, or where no thread can be started, ranges are read in this thread: slower, and the same. */
export function createScanner(options: ScannerOptions): Scanner {
  const { rangeBytes = 2 * mebi, minBytes = 16 * mebi } = options;
  const workerPath = join(options.distDir, 'scanWorker.js');
  return {
    minBytes,
    async *scan(job, signal) {
      const threads = existsSync(workerPath) ? (options.threads ?? Math.min(4, availableParallelism())) : 0;
      const scan = new Scan(workerPath, job, rangesOf(job, rangeBytes), threads);
      const endThrift = threads === 0 ? null : beThrifty();
      try {
        let line = 0;
        let last = { end: job.from, tailEnd: job.from };
        for (;;) {
          const batch = await scan.next();
          if (batch === null) return;
          moveLines(batch, line);
          line += batch.lines;
          // A range in which no line begins knows nothing of where the file's last line ends.
          if (batch.lines === 0 && batch.end === batch.tailEnd) Object.assign(batch, last);
          last = { end: batch.end, tailEnd: batch.tailEnd };
          yield batch;
          throwIfAborted(signal);
        }
      } finally {
        endThrift?.();
        await scan.close();
      }
    },
  };

  function moveLines(batch: RecordBatch, by: number): void {
    for (const { line } of [batch.interactions, batch.feedback]) for (let i = 0; i < line.length; i++) line[i] = (line[i] ?? 0) + by;
    for (const rejected of batch.rejected) if (!rejected.elsewhere) rejected.line += by;
  }
}

function rangesOf({ from, to }: ScanJob, bytes: number): Range[] {
  const ranges: Range[] = [];
  for (let at = from; at < to; at += bytes) ranges.push({ from: at, to: Math.min(to, at + bytes) });
  return ranges;
}

/**
 * Ranges that a thread is given in advance, the one it reads included: it goes on with the next one by itself while this thread writes. What they
 * hold is in memory, about a sixth of the bytes that were read.
 */
const aheadPerThread = 8;

interface Thread {
  worker: Worker;
  /** Ranges it has been given and has not answered. */
  asked: Set<number>;
}

class Scan {
  private threads: Thread[] = [];
  private readonly workers: Worker[] = [];
  private readonly answers = new Map<number, ScanAnswer>();
  private own: RangeReader | null = null;
  private asked = 0;
  private given = 0;
  private wake: (() => void) | null = null;

  constructor(
    workerPath: string,
    private readonly job: ScanJob,
    private readonly ranges: readonly Range[],
    threads: number,
  ) {
    for (let each = 0; each < Math.min(threads, ranges.length); each++) this.start(workerPath);
  }

  /** The next range's records; `null` at the end. */
  async next(): Promise<RecordBatch | null> {
    const index = this.given;
    const range = this.ranges[index];
    if (range === undefined) return null;
    this.given++;
    for (;;) {
      this.ask();
      const answer = this.answers.get(index);
      if (answer !== undefined) {
        this.answers.delete(index);
        if ('batch' in answer) return answer.batch;
        if ('scale' in answer) throw new ScaleChange();
        return this.readHere(range);
      }
      // Its thread is gone, or there never was one.
      if (!this.threads.some(({ asked }) => asked.has(index))) {
        this.asked = Math.max(this.asked, index + 1);
        return this.readHere(range);
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.own?.close();
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(workerPath: string): void {
    const start: ScanStart = { job: this.job };
    const number = this.workers.length + 1;
    const worker = new Worker(workerPath, { workerData: start, env: {}, resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    const thread: Thread = { worker, asked: new Set() };
    this.workers.push(worker);
    this.threads.push(thread);
    worker.on('message', (answer: ScanAnswer) => {
      // Dictionaries are numbered by each thread for itself.
      if ('batch' in answer) answer.batch.dictionary += number * 2 ** 32;
      this.answers.set(answer.index, answer);
      thread.asked.delete(answer.index);
      this.signal();
    });
    const gone = (): void => {
      this.threads = this.threads.filter((each) => each !== thread);
      this.signal();
    };
    worker.on('error', gone);
    worker.on('exit', gone);
  }

  private signal(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }

  /** Whoever has least to do is given the next range. */
  private ask(): void {
    const ahead = this.given + this.threads.length * aheadPerThread;
    while (this.asked < this.ranges.length && this.asked < ahead) {
      let least = this.threads[0];
      for (const each of this.threads) if (least !== undefined && each.asked.size < least.asked.size) least = each;
      const range = this.ranges[this.asked];
      if (least === undefined || range === undefined || least.asked.size >= aheadPerThread) return;
      least.asked.add(this.asked);
      least.worker.postMessage({ index: this.asked, range } satisfies ScanRequest);
      this.asked++;
    }
  }

  private readHere(range: Range): RecordBatch {
    try {
      this.own ??= new RangeReader(this.job);
      return this.own.read(range);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) throw error;
      const { path } = this.job;
      throw new EngineError(
        'IO_FAILED',
        `Cannot read ${path}: the system answered ${String(error.code)}. Try again.`,
        { path, reason: error.code },
        error,
      );
    }
  }
}
