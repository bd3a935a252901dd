/** Rows by time, newest first. */

/** Of a digit of 16 bits. */
const digits = 0x10000;

/**
 * Places of times (whole ms), newest first, of equal ones the later place first: radix sort, since a comparison a pair would take ten times as long.
 */
export function newestFirst(times: Float64Array): Int32Array {
  const { length } = times;
  const { oldest, newest, isOrdered } = rangeOf(times);
  let from = new Int32Array(length);
  for (let i = 0; i < length; i++) from[i] = i;
  // Most logs are written in order of time.
  if (isOrdered) return from.reverse();
  let to = new Int32Array(length);
  const digit = new Uint16Array(length);
  const counts = new Int32Array(digits + 1);
  for (let divisor = 1; divisor <= newest - oldest; divisor *= digits) {
    counts.fill(0);
    for (let i = 0; i < length; i++) {
      // What is stored is the last 16 bits of the whole part.
      digit[i] = ((times[i] ?? 0) - oldest) / divisor;
      const next = (digit[i] ?? 0) + 1;
      counts[next] = (counts[next] ?? 0) + 1;
    }
    for (let i = 0; i < digits; i++) counts[i + 1] = (counts[i + 1] ?? 0) + (counts[i] ?? 0);
    for (let each = 0; each < length; each++) {
      const i = from[each] ?? 0;
      const of = digit[i] ?? 0;
      const at = counts[of] ?? 0;
      to[at] = i;
      counts[of] = at + 1;
    }
    [from, to] = [to, from];
  }
  return from.reverse();
}

/** Oldest, newest, and whether none is older than the one before. */
function rangeOf(times: Float64Array): { oldest: number; newest: number; isOrdered: boolean } {
  let [oldest, newest, isOrdered] = [Infinity, -Infinity, true];
  let before = -Infinity;
  for (let i = 0; i < times.length; i++) {
    const time = times[i] ?? 0;
    if (time < before) isOrdered = false;
    if (time < oldest) oldest = time;
    if (time > newest) newest = time;
    before = time;
  }
  return { oldest, newest, isOrdered };
}

/** Rows with their times (ms), as they are found. */
export class TimedRows {
  private readonly rows: Int32Array;
  private readonly times: Float64Array;
  private length = 0;

  /** `most`: how many there may be. Room that is not used takes no memory. */
  constructor(most: number) {
    this.rows = new Int32Array(most);
    this.times = new Float64Array(most);
  }

  add(n: number, time: number): void {
    // Written by another process since: the next look has it.
    if (this.length === this.rows.length) return;
    this.rows[this.length] = n;
    this.times[this.length++] = time;
  }

  newestFirst(): { rows: Int32Array; times: Float64Array } {
    const places = newestFirst(this.times.subarray(0, this.length));
    const rows = new Int32Array(this.length);
    const times = new Float64Array(this.length);
    for (let i = 0; i < this.length; i++) {
      const place = places[i] ?? 0;
      rows[i] = this.rows[place] ?? 0;
      times[i] = this.times[place] ?? 0;
    }
    return { rows, times };
  }
}
