/**
 * Quick hashes of ids and lines, for finding and comparing, not for security. An id is 16 bytes: of 32 hex digits those that they
 * say, of any other text a hash of its characters. Joins and look-ups use 53 bits of it, which a double holds exactly.
 */

/** MurmurHash3's 32-bit finaliser: every input bit changes every output bit with probability near 1/2. */
export function mix(x: number): number {
  let h = x | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 53 bits of two words; never 0, which stands for nothing. */
export function join53(a: number, b: number): number {
  const hash = (mix(a ^ Math.imul(b, 0x9e3779b1)) & 0x1fffff) * 0x100000000 + (mix(b ^ Math.imul(a, 0x85ebca77) ^ 0x165667b1) >>> 0);
  return hash === 0 ? 1 : hash;
}

/** The last id that was hashed, as four words. Fields in place of a result: this runs for every record of a log. */
export class IdHash {
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** Whether the words are the id itself. */
  isHex = false;

  /** 53 bits of all words. */
  get key(): number {
    return join53(this.a ^ Math.imul(this.c, 0x27d4eb2f), this.b ^ Math.imul(this.d, 0xc2b2ae3d));
  }

  /** Puts the key there: one that is handed back may be an object each time. */
  keyInto(keys: Float64Array, at: number): void {
    keys[at] = join53(this.a ^ Math.imul(this.c, 0x27d4eb2f), this.b ^ Math.imul(this.d, 0xc2b2ae3d));
  }

  text(text: string): this {
    if (text.length === 32) {
      let valid = true;
      for (let word = 0; word < 4; word++) {
        let value = 0;
        for (let at = word * 8; at < word * 8 + 8; at++) {
          const digit = hexDigit(text.charCodeAt(at));
          if (digit < 0) valid = false;
          value = (value << 4) | digit;
        }
        this.set(word, value);
      }
      this.isHex = valid;
      if (valid) return this;
    }
    this.begin();
    for (let at = 0; at < text.length; at++) this.add(text.charCodeAt(at));
    return this.end(text.length);
  }

  /** As `text` of the same characters, of which no 32 are hex digits; false: they are not all ASCII, or one is an upper-case letter and may not be. */
  bytes(bytes: Uint8Array, start: number, end: number, upper: boolean): boolean {
    this.begin();
    let { a, b, c, d } = this;
    let seen = 0;
    let outside = -1;
    // As `add`, in local variables.
    for (let at = start; at < end; at++) {
      const code = bytes[at] ?? 0;
      seen |= code;
      // Negative where the code is outside of A to Z.
      outside &= (code - 0x41) | (0x5a - code);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b);
      c = (Math.imul((c << 13) | (c >>> 19), 5) + code) | 0;
      d = Math.imul((d << 7) | (d >>> 25), 0x27d4eb2f) ^ code;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    this.end(end - start);
    return seen <= 0x7f && (upper || outside < 0);
  }

  /** Whether 32 hex digits begin there; they are the id then. */
  hex(view: DataView, start: number): boolean {
    let seen = 0;
    for (let word = 0; word < 4; word++) {
      const at = start + word * 8;
      const first = digitPairs[view.getUint16(at)] ?? -1;
      const second = digitPairs[view.getUint16(at + 2)] ?? -1;
      const third = digitPairs[view.getUint16(at + 4)] ?? -1;
      const fourth = digitPairs[view.getUint16(at + 6)] ?? -1;
      seen |= first | second | third | fourth;
      this.set(word, (first << 24) | (second << 16) | (third << 8) | fourth);
    }
    this.isHex = seen >= 0;
    return this.isHex;
  }

  private set(word: number, value: number): void {
    if (word === 0) this.a = value;
    else if (word === 1) this.b = value;
    else if (word === 2) this.c = value;
    else this.d = value;
  }

  private begin(): void {
    this.isHex = false;
    this.a = 0x243f6a88;
    this.b = 0x13198a2e | 0;
    this.c = 0x299f31d0;
    this.d = 0x082efa98;
  }

  private add(code: number): void {
    this.a = Math.imul(this.a ^ code, 0x01000193);
    this.b = Math.imul(this.b ^ code, 0x85ebca6b);
    this.c = Math.imul((this.c << 13) | (this.c >>> 19), 5) + code;
    this.d = Math.imul((this.d << 7) | (this.d >>> 25), 0x27d4eb2f) ^ code;
  }

  private end(length: number): this {
    this.a = mix(this.a ^ length);
    this.b = mix(this.b + this.a);
    this.c = mix(this.c ^ this.b);
    this.d = mix(this.d + this.c);
    return this;
  }
}

/** Value of two hex digits by their codes, the first one times 256; -1 for anything else. */
const digitPairs = new Int16Array(65536).fill(-1);
for (const high of '0123456789abcdef')
  for (const low of '0123456789abcdef') digitPairs[high.charCodeAt(0) * 256 + low.charCodeAt(0)] = parseInt(high + low, 16);

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1;
}

/** The id that four words of 32 hex digits say. */
export function hexOf(a: number, b: number, c: number, d: number): string {
  return [a, b, c, d].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
