/** What people said of the answers of one prompt, answer by answer; about thirty bytes a piece of feedback. */
import { Ints, Rows, Values } from './columnSums/lists.js';
import { newestFirst } from './timeOrder.js';

export interface Answer {
  /** Row of the interaction. */
  served: number;
  /** Rows of what was said of it, and those of them that are corrections. */
  rows: number[];
  corrected: number[];
  raters: number;
  /** Of the users' means; `null`: nobody rated it. */
  mean: number | null;
}

/** Places of one answer's feedback in `order`. */
interface Run {
  start: number;
  end: number;
}

export class Answers {
  private readonly served = new Rows();
  private readonly row = new Rows();
  private readonly unit = new Rows();
  private readonly y = new Values();
  private readonly time = new Values();
  private readonly corrected = new Ints();

  /** `unit`: -1 for nobody, who is somebody else each time; `y`: NaN for none. */
  add(served: number, said: { row: number; unit: number; y: number; time: number; corrected: boolean }): void {
    this.served.push(served);
    this.row.push(said.row);
    this.unit.push(said.unit < 0 ? -2 - said.row : said.unit);
    this.y.push(said.y);
    this.time.push(said.time);
    this.corrected.push(said.corrected ? 1 : 0);
  }

  /** Corrected ones, and those with a mean of at least `likedFrom`; newest first by the last that was said of each. */
  newest(limit: number, likedFrom: number): Answer[] {
    // By answer, what was said of one in order of rows.
    const order = newestFirst(Float64Array.from(this.served.numbers)).reverse();
    const starts = new Rows();
    const times = new Values();
    const [served, time] = [this.served.numbers, this.time.all];
    for (let start = 0, end = 0; start < order.length; start = end) {
      let last = 0;
      while (end < order.length && served[order[end] ?? 0] === served[order[start] ?? 0])
        last = Math.max(last, time[order[end++] ?? 0] ?? 0);
      const { corrected, mean } = this.answer(order, { start, end });
      if (corrected.length === 0 && (mean === null || mean < likedFrom)) continue;
      starts.push(start);
      times.push(last);
    }
    return [...newestFirst(times.all).subarray(0, Math.max(0, limit))].map((place) => {
      const start = starts.numbers[place] ?? 0;
      let end = start;
      while (end < order.length && served[order[end] ?? 0] === served[order[start] ?? 0]) end++;
      return this.answer(order, { start, end });
    });
  }

  private answer(order: Int32Array, { start, end }: Run): Answer {
    const answer: Answer = { served: -1, rows: [], corrected: [], raters: 0, mean: null };
    const users = new Map<number, { sum: number; count: number }>();
    const [rows, units, ys, corrected] = [this.row.numbers, this.unit.numbers, this.y.all, this.corrected.all];
    for (let each = start; each < end; each++) {
      const i = order[each] ?? 0;
      const row = rows[i] ?? -1;
      answer.rows.push(row);
      if (corrected[i] === 1) answer.corrected.push(row);
      const y = ys[i] ?? NaN;
      if (Number.isNaN(y)) continue;
      const before = users.get(units[i] ?? -1) ?? { sum: 0, count: 0 };
      users.set(units[i] ?? -1, { sum: before.sum + y, count: before.count + 1 });
    }
    answer.served = this.served.numbers[order[start] ?? 0] ?? -1;
    answer.raters = users.size;
    let total = 0;
    for (const { sum, count } of users.values()) total += sum / count;
    if (users.size > 0) answer.mean = total / users.size;
    return answer;
  }
}
