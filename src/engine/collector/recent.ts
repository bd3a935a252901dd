/**
 * What was seen lately, so that what is sent twice is written once. Bounded, and small: what is on disk is remembered by digests in a table
 * whose newer entries take the place of older ones. What is forgotten is left to the index, which counts an id once.
 */
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
    const hash = textDigest(key);
    const slot = hash % this.size;
    return this.keys[slot] === hash && this.digests[slot] === digest ? 'stored' : null;
  }

  begin(key: string, pending: Pending): void {
    this.pending.set(key, pending);
  }

  /** It is on disk. */
  stored(key: string, pending: Pending): void {
    this.forget(key, pending);
    const hash = textDigest(key);
    const slot = hash % this.size;
    this.keys[slot] = hash;
    this.digests[slot] = pending.digest;
  }

  /** It could not be written: its sender will send it again. */
  forget(key: string, pending: Pending): void {
    if (this.pending.get(key) === pending) this.pending.delete(key);
  }
}

/** 53 bit of a text, never negative: FNV-1a on two lanes. Tells what is sent again from what was changed; not for security. */
export function textDigest(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return (a >>> 0) * 0x200000 + (b >>> 11);
}
