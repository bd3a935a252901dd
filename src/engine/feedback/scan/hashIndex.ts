/** A map from 53-bit keys to 32-bit numbers in 12 bytes a slot, for as many records as a log has: a Map of them would take five times as much. */
export class HashIndex {
  private keys: Float64Array;
  private values: Int32Array;
  private used = 0;

  constructor(capacity = 4096) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 1.5)));
    this.keys = new Float64Array(slots);
    this.values = new Int32Array(slots);
  }

  get size(): number {
    return this.used;
  }

  /** -1: not there. */
  get(key: number): number {
    const slot = this.slot(key);
    return this.keys[slot] === 0 ? -1 : (this.values[slot] ?? -1);
  }

  has(key: number): boolean {
    return this.keys[this.slot(key)] !== 0;
  }

  set(key: number, value: number): void {
    if (this.used * 10 > this.keys.length * 7) this.grow();
    const slot = this.slot(key);
    if (this.keys[slot] === 0) {
      this.keys[slot] = key;
      this.used++;
    }
    this.values[slot] = value;
  }

  /** Gives numbers from `value` on to `keys[from]` and those behind it, up to the first that is there already. Returns how many it gave. */
  addNew(keys: Float64Array, from: number, to: number, value: number): number {
    for (let at = from; at < to; at++) {
      if (this.used * 10 > this.keys.length * 7) this.grow();
      const key = keys[at] ?? 0;
      const slot = this.slot(key);
      if (this.keys[slot] !== 0) return at - from;
      this.keys[slot] = key;
      this.values[slot] = value + at - from;
      this.used++;
    }
    return to - from;
  }

  /** Forgets all keys; the room for them stays. */
  clear(): void {
    this.keys.fill(0);
    this.used = 0;
  }

  /** All keys, ascending. */
  sortedKeys(): Float64Array {
    const keys = new Float64Array(this.used);
    let count = 0;
    for (const key of this.keys) if (key !== 0) keys[count++] = key;
    return keys.sort();
  }

  private slot(key: number): number {
    const { keys } = this;
    const mask = keys.length - 1;
    // The low bits are a hash already; bit operators take the lowest 32 of a number.
    let slot = key & mask;
    while (keys[slot] !== 0 && keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Float64Array(keys.length * 2);
    this.values = new Int32Array(keys.length * 2);
    for (let each = 0; each < keys.length; each++) {
      const key = keys[each] ?? 0;
      if (key === 0) continue;
      const slot = this.slot(key);
      this.keys[slot] = key;
      this.values[slot] = values[each] ?? -1;
    }
  }
}
