/** What the system itself says of a version, as it comes in: rates by count, and latency. */
import type { SystemSums } from '../backend.js';
import { Latencies } from './latencies.js';

/** What is known of an interaction that is counted, in one byte. */
export const marks = { counted: 1, failed: 2, retried: 4, rated: 8, saidFailed: 16, saidRetried: 32, liked: 64 } as const;

/** One byte an interaction. */
export class Marks {
  private readonly blocks: (Uint8Array | undefined)[] = [];

  of(n: number): number {
    return this.blocks[n >>> 10]?.[n & 1023] ?? 0;
  }

  add(n: number, bits: number): void {
    const block = (this.blocks[n >>> 10] ??= new Uint8Array(1024));
    block[n & 1023] = (block[n & 1023] ?? 0) | bits;
  }
}

/** How often something happened, and of how many it is known. */
interface Known {
  hits: number;
  known: number;
}

/** By signals: how many there were, how many without an interaction, and about how many that do not say so themselves. */
interface Signals {
  count: number;
  alone: number;
  more: number;
}

/**
 * The error rate is over interactions whose outcome is known: all of them where errors are reported by `system.error`
 * signals, else those with a `system.status`. A failed call that has no interaction of its own counts as one. The retry
 * rate is the share of interactions with at least one retry, over those that report retries, in the same way.
 */
export class SystemTally {
  private interactions = 0;
  /** Those that are records of their own. */
  private real = 0;
  /** With an explicit y. */
  private rated = 0;
  private readonly errors: Known = { hits: 0, known: 0 };
  private readonly retries: Known = { hits: 0, known: 0 };
  private readonly signals: Record<'error' | 'retry', Signals> = {
    error: { count: 0, alone: 0, more: 0 },
    retry: { count: 0, alone: 0, more: 0 },
  };
  private readonly latencies = new Latencies();

  constructor(private readonly marks: Marks) {}

  /** Row `n`; negative states and latencies are unknown. */
  serve(n: number, status: number, retries: number, latency: number, implied: number): void {
    this.interactions++;
    if (implied === 0) this.real++;
    add(this.errors, status);
    add(this.retries, retries);
    if (latency >= 0) this.latencies.add(latency);
    this.marks.add(n, marks.counted | (status > 0 ? marks.failed : 0) | (retries > 0 ? marks.retried : 0));
  }

  /** Somebody rated an interaction of this version. */
  rate(n: number): void {
    if ((this.marks.of(n) & (marks.counted | marks.rated)) !== marks.counted) return;
    this.marks.add(n, marks.rated);
    this.rated++;
  }

  /** `row`: the interaction that it is about, if it is one of this version, else `null`; `isAlone`: it is about none. */
  signal(kind: 'error' | 'retry', row: number | null, isAlone: boolean): void {
    const signals = this.signals[kind];
    signals.count++;
    if (isAlone) signals.alone++;
    if (row === null) return;
    const [said, itself] = kind === 'error' ? [marks.saidFailed, marks.failed] : [marks.saidRetried, marks.retried];
    const known = this.marks.of(row);
    if ((known & marks.counted) === 0 || (known & said) !== 0) return;
    this.marks.add(row, said);
    if ((known & itself) === 0) signals.more++;
  }

  sums(): SystemSums {
    const errors = this.reported('error', this.errors);
    const retries = this.reported('retry', this.retries);
    return {
      interactions: this.interactions,
      real: this.real,
      rated: this.rated,
      errors: errors.hits,
      errorsKnown: errors.known,
      retries: retries.hits,
      retriesKnown: retries.known,
      ...this.latencies.sums(),
    };
  }

  /** By signals where there are any, else by the interactions' own word. */
  private reported(kind: 'error' | 'retry', own: Known): Known {
    const { count, alone, more } = this.signals[kind];
    if (count === 0) return own;
    const others = this.interactions > 0 ? alone : 0;
    return { hits: others + own.hits + more, known: others + this.interactions };
  }
}

/** `state`: negative is unknown, 0 no. */
function add(rate: Known, state: number): void {
  if (state < 0) return;
  rate.known++;
  if (state > 0) rate.hits++;
}
