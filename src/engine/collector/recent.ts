/**
 * What was seen lately, so that what is sent twice is written once. Bounded, and small: what is on disk is remembered by digests in a table
 * whose newer entries take the place of older ones. What is forgotten is left to the index, which counts an id once.
 */
import { lineDigest } from '../feedback/identity.js';

/** A record on its way to the disk. */
export interface Pending {
  /** Of the content as it was sent. */
  digest: number;
  commit: Promise<void> | null;
}

export class RecentIds {
  private readonly pending = new Map<string, Pending>();
  private readonly keys: Float64Array;
  private readonly digests: Float64Array;

  /** `size`: a power of two. 16 bytes each. */
  constructor(private readonly size = 1 << 18) {
    this.keys = new Float64Array(size).fill(-1);
    this.digests = new Float64Array(size);
  }

  /** `'stored'`, or what waits for the disk, where this very content is known under this key; else `null`. */
  find(key: string, digest: number): 'stored' | Pending | null {
    const pending = this.pending.get(key);
    if (pending !== undefined) return pending.digest === digest ? pending : null;
    const hash = lineDigest(key);
    const slot = hash % this.size;
    return this.keys[slot] === hash && this.digests[slot] === digest ? 'stored' : null;
  }

  begin(key: string, pending: Pending): void {
    this.pending.set(key, pending);
  }

  /** It is on disk. */
  stored(key: string, pending: Pending): void {
    this.forget(key, pending);
    const hash = lineDigest(key);
    const slot = hash % this.size;
    this.keys[slot] = hash;
    this.digests[slot] = pending.digest;
  }

  /** It could not be written: its sender will send it again. */
  forget(key: string, pending: Pending): void {
    if (this.pending.get(key) === pending) this.pending.delete(key);
  }
}
