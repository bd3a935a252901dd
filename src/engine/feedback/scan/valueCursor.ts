/** Values as records have them: texts, ids, words of few kinds, numbers and times. */
import { BytesHash } from './bytesHash.js';
import { BytesTable } from './bytesTable.js';
import type { IdHash } from './hash.js';
import { JsonCursor } from './jsonCursor.js';
import { quote, unusual } from './byteCursor.js';
import type { Words } from './bytePattern.js';
import { isoTime, machineTimeInto } from './quickTime.js';

export class ValueCursor extends JsonCursor {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  protected readonly hash = new BytesHash();
  /** Texts of few kinds, and their numbers. */
  private readonly words: string[] = [];
  private readonly wordNumbers = new BytesTable();

  protected text(from: number, to: number): string {
    return this.decoder.decode(this.b.subarray(from, to));
  }

  /** What a string says whose bounds these are. */
  protected decoded(from: number, to: number, isEscaped: boolean): string {
    return isEscaped ? (JSON.parse(this.text(from - 1, to + 1)) as string) : this.text(from, to);
  }

  /** An id, or nothing: its hash, `into`. False: nothing. */
  protected idInto(into: IdHash): boolean {
    return this.hexId(into) || this.asciiId(into, true);
  }

  /** The id of a trace or a span, which are compared in lower case. */
  protected lowerInto(into: IdHash): boolean {
    return this.hexId(into) || this.asciiId(into, false);
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

  private asciiId(into: IdHash, upper: boolean): boolean {
    this.optional();
    if (this.from === this.to) return false;
    if (!into.bytes(this.b, this.from, this.to, upper)) throw unusual;
    return true;
  }

  /** The last string; remembered, so for words of few kinds only. */
  protected word(): string {
    const { from, to } = this;
    const hash = this.hash.of(this.view, from, to, 0);
    const known = this.words[this.wordNumbers.get(hash)];
    if (known !== undefined) return known;
    const text = this.text(from, to);
    if (this.words.length < 1000) this.wordNumbers.set(hash, this.words.push(text) - 1);
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

  /** Puts a time there, in ms; NaN: none. A number that is handed back would be an object each time. */
  protected timeInto(numbers: Float64Array, slot: number): void {
    if (this.peek() === quote && this.b[this.at + 25] === quote) {
      if (machineTimeInto(numbers, slot, this.view, this.at + 1)) {
        this.at += 26;
        return;
      }
    }
    this.optional();
    numbers[slot] = this.from === this.to ? NaN : isoTime(this.b, this.from, this.to);
  }
}
