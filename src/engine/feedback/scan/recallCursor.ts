/** Recognises small objects by their bytes. */
import { firstByte } from './byteCursor.js';
import type { Memory, Recurring } from './recurring.js';
import { ValueCursor } from './valueCursor.js';

const openBrace = 0x7b;
const maxRecurring = 300;

export class RecallCursor extends ValueCursor {
  /** Of the object that `recall` did not know: hash of its bytes, and where it begins and ends; an end of 0: not to be remembered. */
  private recallHash = 0;
  private recallStart = 0;
  private recallEnd = 0;

  /** A small object whose very bytes were read before; steps over it. */
  protected recall(memory: Memory): Recurring | null {
    this.recallEnd = 0;
    if (this.peek() !== openBrace || !memory.helps) return null;
    const { view, end, at: start } = this;
    const recent = memory.getRecent(view, start);
    if (recent !== null) {
      this.at = start + recent.length;
      return recent;
    }
    let even = 0x811c9dc5;
    let odd = 0;
    // Up to the first brace that closes; where that is one of an inner object or of a text, these bytes are never remembered.
    for (let at = start + 1, limit = Math.min(end, start + maxRecurring); at < limit; at += 8) {
      let first = view.getInt32(at, true);
      let second = view.getInt32(at + 4, true);
      const inFirst = closingBraces(first);
      const inSecond = closingBraces(second);
      const isLast = (inFirst | inSecond) !== 0;
      let count = 0;
      if (isLast) {
        // What lies behind the brace does not belong to it.
        count = inFirst !== 0 ? firstByte(inFirst) : 4 + firstByte(inSecond);
        if (count < 4) first &= (1 << (count * 8)) - 1;
        second = count <= 4 ? 0 : second & ((1 << ((count - 4) * 8)) - 1);
      }
      even = Math.imul(even ^ first, 0x85ebca6b);
      odd = Math.imul(odd ^ second, 0x9e3779b1);
      even ^= even >>> 15;
      odd ^= odd >>> 15;
      if (!isLast) continue;
      const behind = at + count + 1;
      if (behind > end) return null;
      // A small integer in whichever engine.
      const hash = (even + Math.imul(odd, 5) + count) & 0x3fffffff;
      const known = memory.get(hash, view, start);
      if (known !== null) {
        this.at = behind;
        return known;
      }
      this.recallHash = hash;
      this.recallStart = start;
      this.recallEnd = behind;
      return null;
    }
    return null;
  }

  /** What was read of the object that `recall` did not know; `place` is where that one thought it would end. */
  protected remember(memory: Memory, place: RecallPlace, value: Recurring): Recurring {
    if (place.end === this.at) memory.set(place.hash, this.b.subarray(place.start, place.end), value);
    return value;
  }

  protected get place(): RecallPlace {
    return { hash: this.recallHash, start: this.recallStart, end: this.recallEnd };
  }
}

/** The highest bit of the first byte that is one is the lowest that is set. */
function closingBraces(word: number): number {
  const braces = word ^ 0x7d7d7d7d;
  return (braces - 0x01010101) & ~braces & 0x80808080;
}

interface RecallPlace {
  hash: number;
  start: number;
  end: number;
}
