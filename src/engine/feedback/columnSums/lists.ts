/** Lists of numbers that grow, in as few bytes as they need. */

/** Whole numbers of 32 bits, in four bytes each. */
export class Rows {
  private list = new Int32Array(16);
  length = 0;

  push(n: number): void {
    if (this.length === this.list.length) {
      const grown = new Int32Array(Math.ceil(this.length * 1.5));
      grown.set(this.list);
      this.list = grown;
    }
    this.list[this.length++] = n;
  }

  get numbers(): Int32Array {
    return this.list.subarray(0, this.length);
  }
}

/** Values of rows, in eight bytes each. */
export class Values {
  private list = new Float64Array(16);
  length = 0;

  push(value: number): void {
    if (this.length === this.list.length) {
      const grown = new Float64Array(Math.ceil(this.length * 1.5));
      grown.set(this.list);
      this.list = grown;
    }
    this.list[this.length++] = value;
  }

  /** Not a copy: what is written to it stays. */
  get all(): Float64Array {
    return this.list.subarray(0, this.length);
  }
}

/** Whole numbers from 0 to 2³¹ - 1: one byte each, or two or four once one needs them. */
export class Ints {
  private list: Uint8Array | Uint16Array | Int32Array = new Uint8Array(16);
  length = 0;

  push(value: number): void {
    const width = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
    if (width > this.list.BYTES_PER_ELEMENT) this.grow(width, this.list.length);
    if (this.length === this.list.length) this.grow(this.list.BYTES_PER_ELEMENT, Math.ceil(this.length * 1.5));
    this.list[this.length++] = value;
  }

  get all(): Uint8Array | Uint16Array | Int32Array {
    return this.list.subarray(0, this.length);
  }

  private grow(width: number, capacity: number): void {
    const grown = width === 1 ? new Uint8Array(capacity) : width === 2 ? new Uint16Array(capacity) : new Int32Array(capacity);
    grown.set(this.all);
    this.list = grown;
  }
}

/** A longer array with the same numbers at its beginning. */
export function longer<T extends Float64Array | Int32Array>(array: T, length: number): T {
  const grown = new (array.constructor as new (length: number) => T)(length);
  grown.set(array);
  return grown;
}

/** Numbers for keys. -2³¹ is no key. */
export class Numbering {
  private slots = new Int32Array(64).fill(none);
  private numbers = new Int32Array(64);
  private size = 0;

  /** `next`: for a key that has none yet. */
  of(key: number, next: number): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    const slot = this.slot(key);
    if (this.slots[slot] === none) {
      this.slots[slot] = key;
      this.numbers[slot] = next;
      this.size++;
    }
    return this.numbers[slot] ?? 0;
  }

  private slot(key: number): number {
    const mask = this.slots.length - 1;
    let slot = (Math.imul(key, 0x9e3779b1) >>> 8) & mask;
    while (this.slots[slot] !== none && this.slots[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { slots, numbers } = this;
    this.slots = new Int32Array(slots.length * 2).fill(none);
    this.numbers = new Int32Array(slots.length * 2);
    for (let each = 0; each < slots.length; each++) {
      const key = slots[each] ?? none;
      if (key === none) continue;
      const slot = this.slot(key);
      this.slots[slot] = key;
      this.numbers[slot] = numbers[each] ?? 0;
    }
  }
}

const none = -0x80000000;
