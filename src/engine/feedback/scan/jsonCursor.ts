/** Steps through the objects of one line of JSON. */
import { ByteCursor, quote, unusual } from './byteCursor.js';
import { Key, type Fields } from './bytePattern.js';

const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const colon = 0x3a;

/** What `open` and `next` say where the object ends. */
export const closed = -2;

export class JsonCursor extends ByteCursor {
  /** The last field that was read; a field that an object has twice is unusual. */
  protected last = new Key(new Uint8Array(0), '', -1, -1);
  protected seen = 0;

  /** Begins an object: its first field as `next` says it; `closed`: it is empty, or nothing is there (`null`). */
  protected open(fields: Fields): number {
    if (this.peek() === 0x6e) {
      this.literal('null');
      return closed;
    }
    this.expect(openBrace);
    this.seen = 0;
    this.last = fields.first;
    return this.tryByte(closeBrace) ? closed : this.field(fields);
  }

  /** Behind a value of an object: number of the next field, with its colon; -1: none of ours. */
  protected next(fields: Fields): number {
    const byte = this.peek();
    this.at++;
    if (byte === comma) return this.field(fields);
    if (byte === closeBrace) return closed;
    throw unusual;
  }

  private field(fields: Fields): number {
    const { b, view, last, at } = this;
    const { next, other } = last;
    if (next?.isAt(view, at) === true) {
      this.at = at + next.length;
      return this.enter(next);
    }
    if (other?.isAt(view, at) === true) {
      last.next = other;
      last.other = next;
      this.at = at + other.length;
      return this.enter(other);
    }
    const start = this.peek() === quote ? this.at : -1;
    this.string();
    const key = this.from === start + 1 && b[this.at] === colon ? fields.key(b.subarray(start, this.at + 1)) : null;
    if (key !== null) {
      this.at++;
      last.other = next;
      last.next = key;
      return this.enter(key);
    }
    // A blank before the colon.
    const spelled = new Uint8Array(this.to - this.from + 3);
    spelled.set(b.subarray(this.from - 1, this.to + 1));
    spelled[spelled.length - 1] = colon;
    this.expect(colon);
    return this.enter(fields.key(spelled));
  }

  private enter(key: Key): number {
    this.last = key;
    const { field } = key;
    if (field >= 0) {
      if ((this.seen & (1 << field)) !== 0) throw unusual;
      this.seen |= 1 << field;
    }
    return field;
  }

  /** Goes on in an object whose field was an object itself: with what `last` and `seen` were before that one was opened. */
  protected back(last: Key, seen: number): void {
    this.last = last;
    this.seen = seen;
  }

  /** Steps over any value, and checks that it is valid JSON. */
  protected skip(): void {
    let depth = 0;
    // One bit a level: is it an object? Deeper ones are left to the slow way.
    let objects = 0;
    for (;;) {
      const byte = this.peek();
      if (byte === quote) {
        this.at++;
        this.skipString();
      } else if (byte === openBrace || byte === 0x5b) {
        this.at++;
        const isObject = byte === openBrace;
        if (!this.tryByte(isObject ? closeBrace : 0x5d)) {
          if (depth === 30) throw unusual;
          objects = isObject ? objects | (1 << depth) : objects & ~(1 << depth);
          depth++;
          if (isObject) this.skipKey();
          continue;
        }
      } else if (byte === 0x74) this.literal('true');
      else if (byte === 0x66) this.literal('false');
      else if (byte === 0x6e) this.literal('null');
      else this.skipNumber();
      // Behind a value: up, or on to the next one.
      for (;;) {
        if (depth === 0) return;
        const isObject = (objects & (1 << (depth - 1))) !== 0;
        const behind = this.peek();
        this.at++;
        if (behind === comma) {
          if (isObject) this.skipKey();
          break;
        }
        if (behind !== (isObject ? closeBrace : 0x5d)) throw unusual;
        depth--;
      }
    }
  }

  private skipKey(): void {
    this.expect(quote);
    this.skipString();
    this.expect(colon);
  }
}
