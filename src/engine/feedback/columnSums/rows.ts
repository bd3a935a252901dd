/** Numbers of rows, in four bytes each. */
export class Rows {
  private list = new Int32Array(64);
  length = 0;

  push(n: number): void {
    if (this.length === this.list.length) {
      const grown = new Int32Array(this.length * 2);
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
  private list = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.list.length) {
      const grown = new Float64Array(this.length * 2);
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

/** Numbers one after the other for keys as they come. -2³¹ is no key. */
export class Numbering {
  private slots = new Int32Array(1024).fill(none);
  private numbers = new Int32Array(1024);
  size = 0;

  of(key: number): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    const slot = this.slot(key);
    if (this.slots[slot] === none) {
      this.slots[slot] = key;
      this.numbers[slot] = this.size++;
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
    this.slots = new Int32Array(slots.length * 4).fill(none);
    this.numbers = new Int32Array(slots.length * 4);
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
