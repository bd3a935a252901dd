/** Small objects that recur from line to line (prompts, attributes, …), recognised by their bytes and not read again. */
import { normalise } from '../rating.js';
import type { Signal } from '../types.js';
import { BytePattern } from './bytePattern.js';
import { signalOrder, type RecordGroup } from './recordBatch.js';

const noPairs = new Int32Array(0);
const noBytes = new BytePattern(new Uint8Array(0));

/** What was read of one. */
export class Recurring {
  /** Its bytes, once it is remembered. */
  bytes = noBytes;
  prompt: Omit<RecordGroup, 'variant'> | null = null;
  group = -1;
  pairs: Int32Array = noPairs;
  /** ms; NaN: none. */
  readonly updated = new Float64Array(1).fill(NaN);
  actor = -1;
  score: Parameters<typeof normalise>[0] | null = null;
  /** y by signal: NaN none, -1 not known yet. */
  private readonly y = new Float64Array(signalOrder.length).fill(-1);

  get length(): number {
    return this.bytes.length;
  }

  yOf(signal: number, name: Signal): number {
    let y = this.y[signal] ?? -1;
    if (y === -1) {
      y = this.score === null ? NaN : (normalise(this.score, name) ?? NaN);
      this.y[signal] = y;
    }
    return y;
  }
}

const nothing = new Recurring();

/** Objects of one field, by a hash of their bytes, which are compared. Given up where they do not recur. */
export class Memory {
  private readonly known = new Map<number, Recurring>();
  /** The last two that were met. */
  private recent = nothing;
  private before = nothing;
  private misses = 0;
  private hits = 0;

  /** Where one of the last two stands again. */
  getRecent(view: DataView, at: number): Recurring | null {
    const { recent, before } = this;
    if (recent.bytes.isAt(view, at)) return recent;
    if (!before.bytes.isAt(view, at)) return null;
    this.recent = before;
    this.before = recent;
    return before;
  }

  get(hash: number, view: DataView, at: number): Recurring | null {
    const found = this.known.get(hash);
    if (found?.bytes.isAt(view, at) !== true) {
      this.misses++;
      return null;
    }
    this.hits++;
    this.before = this.recent;
    this.recent = found;
    return found;
  }

  set(hash: number, bytes: Uint8Array, value: Recurring): void {
    if (this.known.size >= 5000) return;
    value.bytes = new BytePattern(bytes);
    this.known.set(hash, value);
  }

  get helps(): boolean {
    return this.misses < 100 || this.hits > this.misses;
  }

  clear(): void {
    this.known.clear();
    this.recent = nothing;
    this.before = nothing;
    this.misses = 0;
    this.hits = 0;
  }
}
