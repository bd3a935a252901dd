/** A place in a stream of bytes that is JSON: only brackets and quotes are looked at. Memory is bound by the longest value that is kept. */

export const ends = -1;

const quote = 0x22;
const backslash = 0x5c;
const newline = 0x0a;
const decoder = new TextDecoder('utf-8');

/** A value as it stands in the file. */
export interface RawValue {
  /** `null`: over the limit. */
  text: string | null;
  /** Byte offset of its first byte; line from 1. */
  offset: number;
  line: number;
  /** `cut`: the file ends within it; `broken`: a line ends within a string, which is where a quote is missing. */
  state: 'whole' | 'cut' | 'broken';
}

/** Where a scan of one value stands, across chunks. */
interface Scan {
  depth: number;
  inString: boolean;
  escaped: boolean;
  /** A number or a word: ends before what cannot be part of it. */
  scalar: boolean;
  broken: boolean;
  lines: number;
}

export class ByteCursor {
  private buffer: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** Offset of the buffer's first byte. */
  private base = 0;
  private readonly source: AsyncIterator<Uint8Array>;
  private recorded: { parts: Uint8Array[]; length: number; from: number } | null = null;
  line = 1;

  constructor(
    stream: AsyncIterable<Uint8Array>,
    private readonly limit: number,
  ) {
    this.source = stream[Symbol.asyncIterator]();
  }

  get offset(): number {
    return this.base + this.at;
  }

  /** Lets the file go where it is not read to its end. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  /** Reads on; false at the end. */
  private async more(): Promise<boolean> {
    this.keep();
    this.base += this.buffer.length;
    this.at = 0;
    for (;;) {
      const next = await this.source.next();
      this.buffer = next.done === true ? new Uint8Array(0) : next.value;
      if (next.done === true) return false;
      if (this.buffer.length > 0) return true;
    }
  }

  /** Next byte that is no blank, without taking it; `ends` at the end of the file. */
  async peek(): Promise<number> {
    for (;;) {
      for (; this.at < this.buffer.length; this.at++) {
        const byte = this.buffer[this.at] ?? 0;
        if (byte > 0x20) return byte;
        if (byte === newline) this.line++;
      }
      if (!(await this.more())) return ends;
    }
  }

  /** The same where it is in memory already, else `undefined`. */
  peekNow(): number | undefined {
    for (; this.at < this.buffer.length; this.at++) {
      const byte = this.buffer[this.at] ?? 0;
      if (byte > 0x20) return byte;
      if (byte === newline) this.line++;
    }
    return undefined;
  }

  skip(): void {
    this.at++;
  }

  /** The value that begins here, where it ends within what is in memory; else `undefined`, and nothing is taken. */
  rawNow(): RawValue | undefined {
    const scan = begin(this.buffer[this.at] ?? 0);
    const end = scanValue(this.buffer, this.at, scan);
    if (end === -1 || scan.broken) return undefined;
    const text = end - this.at > this.limit ? null : decoder.decode(this.buffer.subarray(this.at, end));
    const value: RawValue = { text, offset: this.offset, line: this.line, state: 'whole' };
    this.line += scan.lines;
    this.at = end;
    return value;
  }

  /** The value that begins here. `depth` 1: within a bracket that was taken already. */
  async raw(depth = 0): Promise<RawValue> {
    const scan = depth > 0 ? { ...begin(0x5b), depth } : begin(this.buffer[this.at] ?? 0);
    const start = { offset: this.offset, line: this.line };
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const end = scanValue(this.buffer, this.at, scan);
      const part = this.buffer.subarray(this.at, end === -1 ? undefined : end);
      length += part.length;
      if (length <= this.limit) parts.push(part.slice());
      else parts.length = 0;
      this.line += scan.lines;
      scan.lines = 0;
      const done = end !== -1;
      this.at = done ? end : this.buffer.length;
      if (done || !(await this.more())) {
        const state = scan.broken ? 'broken' : done || scan.scalar ? 'whole' : 'cut';
        return { text: length > this.limit ? null : decoder.decode(concat(parts)), ...start, state };
      }
    }
  }

  /** To the next line that begins with `{` or `]`: where an element may begin again after a broken one. */
  async resync(): Promise<void> {
    for (;;) {
      const newlineAt = this.buffer.indexOf(newline, this.at);
      if (newlineAt === -1) {
        this.at = this.buffer.length;
        if (!(await this.more())) return;
        continue;
      }
      this.at = newlineAt + 1;
      this.line++;
      const byte = await this.peek();
      if (byte === 0x7b || byte === 0x5d || byte === ends) return;
    }
  }

  /** Keeps what is taken from here on, until it is asked for or dropped. */
  record(): void {
    this.recorded = { parts: [], length: 0, from: this.at };
  }

  private keep(): void {
    const { recorded } = this;
    if (recorded === null) return;
    const part = this.buffer.subarray(recorded.from, this.at);
    recorded.length += part.length;
    if (recorded.length <= this.limit) recorded.parts.push(part.slice());
    else recorded.parts.length = 0;
    recorded.from = 0;
  }

  /** What was taken since `record`; `null` where it was over the limit. */
  recording(): string | null {
    const { recorded } = this;
    if (recorded === null) return null;
    const length = recorded.length + this.at - recorded.from;
    return length > this.limit ? null : decoder.decode(concat([...recorded.parts, this.buffer.subarray(recorded.from, this.at)]));
  }

  forget(): void {
    this.recorded = null;
  }
}

function begin(byte: number): Scan {
  const scalar = byte !== 0x7b && byte !== 0x5b && byte !== quote;
  return { depth: 0, inString: false, escaped: false, scalar, broken: false, lines: 0 };
}

/** Index behind the value, or -1 where the buffer ends first. */
function scanValue(buffer: Uint8Array, from: number, scan: Scan): number {
  for (let at = from; at < buffer.length; at++) {
    const byte = buffer[at] ?? 0;
    if (scan.inString) {
      if (scan.escaped) scan.escaped = false;
      else if (byte === backslash) scan.escaped = true;
      else if (byte === quote) {
        scan.inString = false;
        if (scan.depth === 0) return at + 1;
      } else if (byte === newline) {
        scan.broken = true;
        return at;
      }
    } else if (scan.scalar) {
      if (byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d || byte === 0x7b || byte === 0x5b) return at;
    } else if (byte === quote) scan.inString = true;
    else if (byte === 0x7b || byte === 0x5b) scan.depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      scan.depth--;
      if (scan.depth === 0) return at + 1;
    } else if (byte === newline) scan.lines++;
  }
  return -1;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
