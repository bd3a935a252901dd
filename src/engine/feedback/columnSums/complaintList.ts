/** Complaints of one version, as they come in: where they are, and what decides which of them are shown. */
import { newestFirst } from '../timeOrder.js';
import { Ints, Rows, Values } from './lists.js';

interface Complaint {
  n: number;
  /** ms, NaN: that of the file. */
  time: number;
  file: number;
  unit: number;
  /** The interaction that it is about; -1: none. */
  served: number;
  /** Has a y of its own. */
  rated: boolean;
}

type Shown = Pick<Complaint, 'n' | 'time' | 'unit' | 'rated'>;

export class ComplaintList {
  private readonly rows = new Rows();
  private readonly time = new Values();
  private readonly file = new Ints();
  private readonly unit = new Rows();
  private readonly served = new Rows();
  private readonly rated = new Ints();
  /** Interactions of other versions that somebody rated well in the name of this one. */
  readonly likedElsewhere = new Set<number>();

  get length(): number {
    return this.rows.length;
  }

  add({ n, time, file, unit, served, rated }: Complaint): void {
    this.rows.push(n);
    this.time.push(time);
    this.file.push(file);
    this.unit.push(unit);
    this.served.push(served);
    this.rated.push(rated ? 1 : 0);
  }

  /**
   * Newest first, at most `limit` and those as old as the last of them. `isLiked`: somebody rated well what the complaint is about; words without a
   * rating are no complaint then.
   */
  newest(limit: number, timeOf: (time: number, file: number) => number, isLiked: (served: number) => boolean): Shown[] {
    const { length } = this;
    const [rows, own, files, units] = [this.rows.numbers, this.time.all, this.file.all, this.unit.numbers];
    const [served, rated] = [this.served.numbers, this.rated.all];
    const times = new Float64Array(length);
    const all = new Int32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (rated[i] === 0 && isLiked(served[i] ?? -1)) continue;
      times[count] = timeOf(own[i] ?? NaN, files[i] ?? -1);
      all[count++] = i;
    }
    const sorted = newestFirst(times.subarray(0, count));
    let end = Math.min(limit, count);
    const last = times[sorted[end - 1] ?? -1];
    while (end < count && times[sorted[end] ?? -1] === last) end++;
    return [...sorted.subarray(0, end)].map((place) => {
      const i = all[place] ?? -1;
      return { n: rows[i] ?? -1, time: times[place] ?? 0, unit: units[i] ?? -1, rated: rated[i] === 1 };
    });
  }
}
