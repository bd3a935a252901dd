/** Rows by time, newest first, of equal times the later row first: radix sort, since a comparison a pair would take ten times as long. */

const digits = 0x10000;

/** `timeOf`: ms of a row, not negative. */
export function newestFirst(rows: Int32Array, timeOf: (n: number) => number): Int32Array {
  const { length } = rows;
  const times = new Float64Array(length);
  for (let i = 0; i < length; i++) times[i] = Math.max(0, timeOf(rows[i] ?? 0));
  let from = new Int32Array(length).map((_, i) => i);
  let to = new Int32Array(length);
  const counts = new Int32Array(digits + 1);
  // Three digits of 16 bits: times up to the year 10889.
  for (let digit = 0; digit < 3; digit++) {
    const divisor = digits ** digit;
    const digitOf = (i: number): number => Math.floor((times[i] ?? 0) / divisor) % digits;
    counts.fill(0);
    for (let i = 0; i < length; i++) counts[digitOf(i) + 1] = (counts[digitOf(i) + 1] ?? 0) + 1;
    for (let i = 0; i < digits; i++) counts[i + 1] = (counts[i + 1] ?? 0) + (counts[i] ?? 0);
    for (const i of from) {
      const at = counts[digitOf(i)] ?? 0;
      to[at] = i;
      counts[digitOf(i)] = at + 1;
    }
    [from, to] = [to, from];
  }
  const sorted = new Int32Array(length);
  for (let i = 0; i < length; i++) sorted[length - 1 - i] = rows[from[i] ?? 0] ?? 0;
  return sorted;
}

/** Rows with their times (ms), as they are found. */
export class TimedRows {
  private rows = new Int32Array(256);
  private times = new Float64Array(256);
  private length = 0;

  add(n: number, time: number): void {
    if (this.length === this.rows.length) this.grow();
    this.rows[this.length] = n;
    this.times[this.length++] = time;
  }

  newestFirst(): { rows: Int32Array; times: Float64Array } {
    const places = newestFirst(
      Int32Array.from({ length: this.length }, (_, i) => i),
      (i) => this.times[i] ?? 0,
    );
    const times = new Float64Array(this.length);
    for (let i = 0; i < this.length; i++) times[i] = this.times[places[i] ?? 0] ?? 0;
    return { rows: places.map((i) => this.rows[i] ?? 0), times };
  }

  private grow(): void {
    const rows = new Int32Array(this.length * 2);
    rows.set(this.rows);
    const times = new Float64Array(this.length * 2);
    times.set(this.times);
    this.rows = rows;
    this.times = times;
  }
}
