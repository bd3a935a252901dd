/** The last bytes that were hashed, as two independent hashes of 32 bits. Fields in place of a result: this runs for every record of a log. */
export class BytesHash {
  x = 0;
  z = 0;

  /** Reads up to three bytes behind `to`. `seed` tells apart what the same bytes stand for. */
  of(view: DataView, from: number, to: number, seed: number): this {
    let x = 0x811c9dc5 ^ seed;
    let z = to - from;
    let at = from;
    for (; at <= to - 4; at += 4) {
      const word = view.getInt32(at, true);
      x = Math.imul(x ^ word, 0x85ebca6b);
      x ^= x >>> 15;
      z = Math.imul(z ^ word, 0x9e3779b1);
      z = (z << 13) | (z >>> 19);
    }
    if (at < to) {
      const word = view.getInt32(at, true) & ((1 << ((to - at) * 8)) - 1);
      x = Math.imul(x ^ word, 0x85ebca6b);
      x ^= x >>> 15;
      z = Math.imul(z ^ word, 0x9e3779b1);
    }
    this.x = x | 0;
    this.z = z | 0;
    return this;
  }
}
