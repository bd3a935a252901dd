/** Ids that were seen lately, so that what is sent twice is written once. Older ones are left to the index, which counts an id once. */

export interface Seen {
  /** Of the content as it was sent; `null` where only the id is known (read back from disk). */
  digest: number | null;
  /** The commit that it waits for; `null` once it is on disk. */
  commit: Promise<void> | null;
}

/** Holds the last `size` to `2 * size` ids: two generations, of which the older is dropped whole. */
export class RecentIds {
  private young = new Map<string, Seen>();
  private old = new Map<string, Seen>();

  constructor(private readonly size = 100_000) {}

  get(key: string): Seen | undefined {
    return this.young.get(key) ?? this.old.get(key);
  }

  set(key: string, seen: Seen): void {
    this.young.set(key, seen);
    if (this.young.size < this.size) return;
    this.old = this.young;
    this.young = new Map();
  }

  /** Puts back what was there before a write that failed, unless somebody has written it since. */
  restore(key: string, mine: Seen, before: Seen | undefined): void {
    if (this.get(key) !== mine) return;
    this.young.delete(key);
    this.old.delete(key);
    if (before !== undefined) this.young.set(key, before);
  }
}
