/**
 * Steps through the texts and numbers of one line of JSON, straight in its bytes. Whatever is unusual or not valid ends in `unusual`. The line
 * holds no control character, and one stands behind it, so that nothing that is looked for byte by byte or in words is found across its end.
 */
export const quote = 0x22;
export const backslash = 0x5c;

/** Thrown for whatever the slow way has to read. One object: making a stack costs more than reading the line. */
export const unusual = new Error('left to the slow reader');

export class ByteCursor {
  protected b: Uint8Array = new Uint8Array(0);
  protected view: DataView = new DataView(new ArrayBuffer(0));
  protected at = 0;
  protected end = 0;
  /** Bounds of the last string that was read, without its quotes. */
  protected from = 0;
  protected to = 0;
  /** First backslash at or behind which it was looked for; `Infinity`: none. */
  private nextBackslash = -1;

  /** The bytes that lines are read from from now on, `wordMargin` more than are filled. */
  use(bytes: Uint8Array, view: DataView): void {
    this.b = bytes;
    this.view = view;
    this.nextBackslash = -1;
  }

  /** The next byte that is no blank. */
  protected peek(): number {
    let byte = this.b[this.at];
    while (byte === 0x20) byte = this.b[++this.at];
    return byte ?? 0;
  }

  protected expect(byte: number): void {
    if (this.peek() !== byte) throw unusual;
    this.at++;
  }

  protected tryByte(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.at++;
    return true;
  }

  /** A string without escapes. */
  protected string(): void {
    if (this.stringOrSkip()) throw unusual;
  }

  /** A string; true: it has escapes. */
  protected stringOrSkip(): boolean {
    this.expect(quote);
    this.from = this.at;
    const escaped = this.skipString();
    this.to = this.at - 1;
    return escaped;
  }

  /** A string without escapes, or `null`, which is an empty one. */
  protected optional(): void {
    if (this.optionalOrSkip()) throw unusual;
  }

  /** A string, or `null`, which is an empty one; true: it has escapes. */
  protected optionalOrSkip(): boolean {
    if (this.peek() !== 0x6e) return this.stringOrSkip();
    this.literal('null');
    this.from = 0;
    this.to = 0;
    return false;
  }

  /** Behind the opening quote; ends behind the closing one. Returns whether there were escapes, which are checked. */
  protected skipString(): boolean {
    const { b, view, end } = this;
    let { at } = this;
    // Most strings are short: looking at some words is quicker than a call.
    for (const near = Math.min(end, at + 32); at < near; at += 4) {
      const found = quotesAndBackslashes(view.getInt32(at, true));
      if (found === 0) continue;
      at += firstByte(found);
      if (at >= end) throw unusual;
      if (b[at] !== quote) return this.skipEscaped(at);
      this.at = at + 1;
      return false;
    }
    if (at >= end) throw unusual;
    const close = b.indexOf(quote, at);
    if (close < 0 || close >= end) throw unusual;
    if (this.nextBackslash < at) {
      const found = b.indexOf(backslash, at);
      this.nextBackslash = found < 0 ? Infinity : found;
    }
    if (this.nextBackslash < close) return this.skipEscaped(this.nextBackslash);
    this.at = close + 1;
    return false;
  }

  /** From a backslash on. */
  private skipEscaped(from: number): true {
    const { b, view, end } = this;
    let at = from;
    while (at < end) {
      const found = quotesAndBackslashes(view.getInt32(at, true));
      if (found === 0) {
        at += 4;
        continue;
      }
      at += firstByte(found);
      if (at >= end) break;
      if (b[at] === quote) {
        this.at = at + 1;
        return true;
      }
      const escape = b[at + 1] ?? 0;
      if (escape === 0x75) {
        for (let digit = at + 2; digit < at + 6; digit++) if (!isHexDigit(b[digit] ?? 0)) throw unusual;
        at += 6;
      } else {
        if (!escapes.includes(escape)) throw unusual;
        at += 2;
      }
    }
    throw unusual;
  }

  protected literal(word: string): void {
    for (let each = 0; each < word.length; each++) if (this.b[this.at + each] !== word.charCodeAt(each)) throw unusual;
    this.at += word.length;
    if (this.at > this.end) throw unusual;
  }

  /** Steps over a number of JSON's grammar. */
  protected skipNumber(): void {
    const { b } = this;
    let { at } = this;
    if (b[at] === 0x2d) at++;
    at = b[at] === 0x30 ? at + 1 : digits(b, at);
    if (b[at] === 0x2e) at = digits(b, at + 1);
    if (b[at] === 0x65 || b[at] === 0x45) {
      at++;
      if (b[at] === 0x2b || b[at] === 0x2d) at++;
      at = digits(b, at);
    }
    if (at > this.end) throw unusual;
    this.at = at;
  }
}

/** Not 0 where one of four bytes is a quote or a backslash; the lowest bit that is set is then the highest of the first of these. */
function quotesAndBackslashes(word: number): number {
  const quotes = word ^ 0x22222222;
  const slashes = word ^ 0x5c5c5c5c;
  return (((quotes - 0x01010101) & ~quotes) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080;
}

/** Which of four bytes is the first whose highest bit is set. */
export function firstByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >>> 3;
}

/** " \ / b f n r t */
const escapes = [0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74];

function digits(b: Uint8Array, from: number): number {
  let at = from;
  while ((b[at] ?? 0) >= 0x30 && (b[at] ?? 0) <= 0x39) at++;
  if (at === from) throw unusual;
  return at;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
