/** Numbers by the bytes of a text, of which two 32-bit hashes are kept. */
import type { BytesHash } from './bytesHash.js';

/** Two hashes and the number, which is stored plus 1: 0 is a free slot. */
const width = 3;

export class BytesTable {
  private slots = new Int32Array(1024 * width);
  private used = 0;

  /** -1: not there. */
  get({ x, z }: BytesHash): number {
    return (this.slots[this.find(x, z) + 2] ?? 0) - 1;
  }

  /** `value`: 0 to 2^31 - 2. */
  set({ x, z }: BytesHash, value: number): void {
    if (this.used * width * 4 > this.slots.length * 3) this.grow();
    this.put(x, z, value + 1);
  }

  private put(x: number, z: number, stored: number): void {
    const at = this.find(x, z);
    if (this.slots[at + 2] === 0) this.used++;
    this.slots[at] = x;
    this.slots[at + 1] = z;
    this.slots[at + 2] = stored;
  }

  private find(x: number, z: number): number {
    const { slots } = this;
    const mask = slots.length / width - 1;
    let slot = x & mask;
    while (slots[slot * width + 2] !== 0 && (slots[slot * width] !== x || slots[slot * width + 1] !== z)) slot = (slot + 1) & mask;
    return slot * width;
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Int32Array(slots.length * 2);
    this.used = 0;
    for (let at = 0; at < slots.length; at += width) {
      const stored = slots[at + 2] ?? 0;
      if (stored !== 0) this.put(slots[at] ?? 0, slots[at + 1] ?? 0, stored);
    }
  }
}
