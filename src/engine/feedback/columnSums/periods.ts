/** Sums over the means of units within some span of time. */
import { ExactSum } from '../../stats/interval.js';
import type { PeriodSums } from '../backend.js';
import type { ValueCodes } from './values.js';

export class Period {
  private readonly sum = new ExactSum();
  private readonly sum2 = new ExactSum();
  private users = 0;

  add(mean: number): void {
    this.users++;
    this.sum.add(mean);
    this.sum2.add(mean ** 2);
  }

  get sums(): PeriodSums {
    return { users: this.users, sum: this.sum.value, sum2: this.sum2.value };
  }
}

/** Room for the units of the channel with the most of them; all zero between two spans. */
let scratch = { y: new Float64Array(0), p: new Float64Array(0), seen: new Int32Array(0) };

/** Means of units by number, of one span after another. Only one at a time is used. */
export class PeriodMeans {
  private readonly y: Float64Array;
  private readonly p: Float64Array;
  private readonly seen: Int32Array;
  private readonly valueOf: Float64Array;
  private readonly weightOf: Float64Array;
  private count = 0;

  constructor(units: number, codes: ValueCodes) {
    if (scratch.y.length < units) {
      const room = Math.ceil(units * 1.5);
      scratch = { y: new Float64Array(room), p: new Float64Array(room), seen: new Int32Array(room) };
    }
    ({ y: this.y, p: this.p, seen: this.seen } = scratch);
    this.valueOf = codes.y;
    this.weightOf = codes.p;
  }

  add(unit: number, code: number): void {
    const p = this.weightOf[code] ?? 1;
    const before = this.p[unit] ?? 0;
    if (before === 0) this.seen[this.count++] = unit;
    this.y[unit] = (this.y[unit] ?? 0) + (this.valueOf[code] ?? 0) * p;
    this.p[unit] = before + p;
  }

  take(visit: (unit: number, mean: number) => void): void {
    for (let each = 0; each < this.count; each++) {
      const unit = this.seen[each] ?? 0;
      visit(unit, (this.y[unit] ?? 0) / (this.p[unit] ?? 1));
      this.y[unit] = 0;
      this.p[unit] = 0;
    }
    this.count = 0;
  }
}
