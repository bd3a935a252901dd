/** CSV (RFC 4180): rows with their places from a stream, cells of a row, and the delimiter. A header is required. */
import Papa from 'papaparse';

export interface CsvRow {
  /** Without its line end; `null`: over the limit, or a quote that is never closed. */
  text: string | null;
  /** Byte offset of its first byte and of what follows it; line of its first line, from 1. */
  offset: number;
  end: number;
  line: number;
  /** False for a last row without a line end. */
  complete: boolean;
  /** Lines that it spans. */
  lines: number;
}

export const maxRowBytes = 1024 * 1024;

const quote = 0x22;
const newline = 0x0a;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Rows of a stream whose first byte is at `start`. A quote opens a quoted field only at the field's start. Where a quoted field never ends, the line
 * with its quote is given without text and the rest is read as if the quote were not there. `line`: of the first row. With no delimiter (`''`) there
 * are no quotes either: plain lines.
 */
export async function* csvRows(
  stream: AsyncIterable<Uint8Array>,
  start: number,
  delimiter: string,
  line = 1,
  limit = maxRowBytes,
): AsyncGenerator<CsvRow[]> {
  const splitter = new RowSplitter(delimiter.charCodeAt(0), start, line, limit);
  for await (const chunk of stream) {
    const rows = splitter.push(chunk);
    if (rows.length > 0) yield rows;
  }
  const rest = splitter.end();
  if (rest.length > 0) yield rest;
}

class RowSplitter {
  private buffer = new Uint8Array(64 * 1024);
  private length = 0;
  /** In the buffer: where the current row begins, and the next byte to look at. */
  private rowStart = 0;
  private at = 0;
  private inQuotes = false;
  private fieldStart = true;
  private lines = 0;
  /** Bytes of the current row that are kept no more: it is over the limit. */
  private dropped = 0;

  constructor(
    private readonly delimiter: number,
    private base: number,
    private line: number,
    private readonly limit: number,
  ) {}

  push(chunk: Uint8Array): CsvRow[] {
    this.append(chunk);
    const rows: CsvRow[] = [];
    this.scan(rows);
    return rows;
  }

  end(): CsvRow[] {
    const rows: CsvRow[] = [];
    while (this.inQuotes && this.rowStart < this.length) {
      this.at = this.giveUp(rows);
      if (this.dropped > 0) break;
      this.scan(rows);
    }
    if (this.rowStart < this.length) {
      this.lines++;
      this.emit(rows, this.length, this.length, false);
    }
    return rows;
  }

  /** Only what belongs to the unfinished row is kept. */
  private append(chunk: Uint8Array): void {
    this.buffer.copyWithin(0, this.rowStart, this.length);
    this.base += this.rowStart;
    this.length -= this.rowStart;
    this.at -= this.rowStart;
    this.rowStart = 0;
    if (this.length + chunk.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + chunk.length));
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(chunk, this.length);
    this.length += chunk.length;
  }

  private scan(rows: CsvRow[]): void {
    const { buffer, delimiter, limit } = this;
    for (; this.at < this.length; this.at++) {
      const byte = buffer[this.at] ?? 0;
      if (byte === newline) {
        this.lines++;
        if (!this.inQuotes) {
          this.emit(rows, this.at, this.at + 1, true);
          continue;
        }
      } else if (byte === quote && delimiter > 0) {
        // Within quotes a doubled quote closes and opens again, which comes to the same.
        if (this.inQuotes) this.inQuotes = false;
        else if (this.fieldStart || (this.at > this.rowStart && buffer[this.at - 1] === quote)) this.inQuotes = true;
        this.fieldStart = false;
      } else if (!this.inQuotes && !(byte > 0xba && this.base + this.at < 3)) this.fieldStart = byte === delimiter;
      // The byte that comes next is looked at next, wherever that is now.
      if (this.at - this.rowStart >= limit) this.at = this.giveUp(rows) - 1;
    }
  }

  private emit(rows: CsvRow[], textEnd: number, end: number, complete: boolean): void {
    const offset = this.base + this.rowStart - this.dropped;
    let text: string | null = null;
    if (this.dropped === 0) {
      text = decoder.decode(this.buffer.subarray(this.rowStart, textEnd));
      if (text.endsWith('\r')) text = text.slice(0, -1);
      if (offset === 0 && text.startsWith('\uFEFF')) text = text.slice(1);
    }
    rows.push({ text, offset, end: this.base + end, line: this.line, complete, lines: this.lines });
    this.line += this.lines;
    this.begin(end);
  }

  private begin(rowStart: number): void {
    this.rowStart = rowStart;
    this.lines = 0;
    this.dropped = 0;
    this.inQuotes = false;
    this.fieldStart = true;
  }

  /**
   * The line with the quote that nothing closes is left out, and what follows is looked at again; of a line that is too long by itself nothing is
   * kept. Returns where to look on.
   */
  private giveUp(rows: CsvRow[]): number {
    const first = this.buffer.subarray(this.rowStart, this.at).indexOf(newline);
    if (first === -1) {
      this.dropped += this.at - this.rowStart;
      this.rowStart = this.at;
      this.inQuotes = false;
      return this.at + 1;
    }
    const end = this.rowStart + first + 1;
    rows.push({ text: null, offset: this.base + this.rowStart, end: this.base + end, line: this.line, complete: true, lines: 1 });
    this.line++;
    this.begin(end);
    return end;
  }
}

/** Cells of one row. */
export function cellsOf(text: string, delimiter: string): string[] {
  return Papa.parse<string[]>(text, { delimiter, newline: '\n', header: false }).data[0] ?? [];
}

/** `,` `;` or tab: whichever makes the most cells of the first row, as long as the next rows have as many. `null` where none makes two. */
export function sniffDelimiter(rows: readonly string[]): string | null {
  const [header, ...others] = rows;
  if (header === undefined) return null;
  const found = [',', ';', '\t'].map((delimiter) => {
    const count = cellsOf(header, delimiter).length;
    const alike = others.filter((row) => cellsOf(row, delimiter).length === count).length;
    return { delimiter, count, alike };
  });
  const best = found.filter(({ count }) => count > 1).sort((a, b) => b.alike - a.alike || b.count - a.count)[0];
  return best?.delimiter ?? null;
}

/** Names of the columns: blanks around them go, one without a name is called by its number, one that occurs again gets a number behind it. */
export function headerOf(cells: readonly string[]): { names: string[]; repeated: string[] } {
  const taken = new Map<string, number>();
  const repeated: string[] = [];
  const names = cells.map((cell, index) => {
    const name = cell.trim() === '' ? `column_${String(index + 1)}` : cell.trim();
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    if (times === 1) return name;
    repeated.push(name);
    return `${name}_${String(times)}`;
  });
  return { names, repeated };
}
