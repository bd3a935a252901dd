/** Values as records have them: texts, ids, words of few kinds, numbers and times. */
import { join53, type IdHash } from './hash.js';
import { JsonCursor, quote, unusual } from './jsonCursor.js';
import type { Words } from './bytePattern.js';
import { isoTime, machineTime } from './quickTime.js';

export class ValueCursor extends JsonCursor {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Texts of few kinds, by their hash. */
  private readonly words = new Map<number, string>();

  protected text(from: number, to: number): string {
    return this.decoder.decode(this.b.subarray(from, to));
  }

  /** 53 bits of some bytes. `seed` tells apart what the same bytes stand for. */
  protected bytesKey(from: number, to: number, seed: number): number {
    const { view } = this;
    let x = 0x811c9dc5 ^ seed;
    let z = (to - from) | 0;
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
    return join53(x, z);
  }

  /** An id, or nothing: key of its hash, which is in `into`; 0: none. */
  protected idKey(into: IdHash): number {
    if (this.hexId(into)) return into.key;
    this.optional();
    return this.from === this.to ? 0 : this.asciiKey(into);
  }

  /** The id of a trace or a span, which are compared in lower case. */
  protected lowerKey(into: IdHash): number {
    if (this.hexId(into)) return into.key;
    this.optional();
    const { b, from, to } = this;
    if (from === to) return 0;
    for (let at = from; at < to; at++) if ((b[at] ?? 0) >= 0x41 && (b[at] ?? 0) <= 0x5a) throw unusual;
    return this.asciiKey(into);
  }

  /** A string of 32 hex digits. */
  private hexId(into: IdHash): boolean {
    if (this.peek() !== quote) return false;
    const at = this.at + 1;
    // That quote may be one of another line: not so where 32 digits lie before it.
    if (this.b[at + 32] !== quote || !into.hex(this.view, at)) return false;
    this.from = at;
    this.to = at + 32;
    this.at = at + 33;
    return true;
  }

  private asciiKey(into: IdHash): number {
    if (!into.bytes(this.b, this.from, this.to)) throw unusual;
    return into.key;
  }

  /** The last string; remembered, so for words of few kinds only. */
  protected word(): string {
    const key = this.bytesKey(this.from, this.to, 0);
    let text = this.words.get(key);
    if (text === undefined) {
      text = this.text(this.from, this.to);
      if (this.words.size < 1000) this.words.set(key, text);
    }
    return text;
  }

  /** Which of these words stands there; -1: something else, which is not read. */
  protected oneOf(words: Words): number {
    if (this.peek() !== quote) return -1;
    const found = words.find(this.view, this.at);
    if (found >= 0) this.at += words.lengthOf(found);
    return found;
  }

  /** A finite number, or `null`. */
  protected number(): number | null {
    const first = this.peek();
    if (first === 0x6e) {
      this.literal('null');
      return null;
    }
    const { b, at: from } = this;
    let value = first - 0x30;
    if (value >= 0 && value <= 9) {
      let at = from + 1;
      // No digit follows a zero.
      for (const limit = value === 0 ? at : from + 9; at < limit; at++) {
        const digit = (b[at] ?? 0) - 0x30;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      const behind = b[at] ?? 0;
      if (behind === 0x2c || behind === 0x7d) {
        this.at = at;
        return value;
      }
    }
    this.skipNumber();
    value = Number(this.text(from, this.at));
    if (!Number.isFinite(value)) throw unusual;
    return value;
  }

  /** A number that is written as JavaScript writes it. */
  protected isPlainInteger(from: number, to: number): boolean {
    const { b } = this;
    const digits = b[from] === 0x2d ? from + 1 : from;
    if (to - digits > 15 || (b[digits] === 0x30 && to - from > 1)) return false;
    for (let at = digits; at < to; at++) if ((b[at] ?? 0) < 0x30 || (b[at] ?? 0) > 0x39) return false;
    return to > digits;
  }

  protected scalar(): unknown {
    switch (this.peek()) {
      case quote:
        this.string();
        return this.word();
      case 0x74:
        this.literal('true');
        return true;
      case 0x66:
        this.literal('false');
        return false;
      case 0x7b:
      case 0x5b:
        throw unusual;
      default:
        return this.number();
    }
  }

  /** NaN: none. */
  protected time(): number {
    if (this.peek() === quote && this.b[this.at + 25] === quote) {
      const { at } = this;
      const quick = machineTime(this.view, at + 1);
      if (quick >= 0) {
        this.at = at + 26;
        return quick;
      }
    }
    this.optional();
    return this.from === this.to ? NaN : isoTime(this.b, this.from, this.to);
  }
}
