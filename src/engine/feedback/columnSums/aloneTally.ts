/** Events of nobody, each of which is a unit of its own, as they come in: about five bytes each. */
import { ExactSum } from '../../stats/interval.js';
import { addDays } from '../addSums.js';
import type { DaySums, PeriodSums, UnitSums, WeekSums } from '../backend.js';
import { Ints, Rows } from './lists.js';
import { Period } from './periods.js';
import type { Decay } from './unitTally.js';
import type { ValueCodes } from './values.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

interface Day {
  readonly code: Ints;
  /** ms of the day. */
  readonly ms: Rows;
  sums: PeriodSums | null;
}

export class AloneTally {
  private readonly days = new Map<number, Day>();
  /** Events without a time, by file. */
  private readonly undated = new Map<number, Ints>();
  private count = 0;

  constructor(private readonly codes: ValueCodes) {}

  /** `time`: ms, NaN: that of the file. */
  add(y: number, p: number, time: number, file: number): void {
    this.count++;
    const code = this.codes.of(y, p);
    if (Number.isNaN(time)) {
      const codes = this.undated.get(file) ?? new Ints();
      this.undated.set(file, codes);
      codes.push(code);
      return;
    }
    const number = Math.floor(time / dayMs);
    let day = this.days.get(number);
    if (day === undefined) this.days.set(number, (day = { code: new Ints(), ms: new Rows(), sums: null }));
    day.code.push(code);
    day.ms.push(time - number * dayMs);
    day.sums = null;
  }

  /** As `UnitTally`. */
  sums({ asOf, halfLifeMs }: Decay, fileTime: (file: number) => number): UnitSums | null {
    if (this.count === 0) return null;
    const [w, w2, wy] = [new ExactSum(), new ExactSum(), new ExactSum()];
    this.visit(fileTime, (time, y, p) => {
      const weight = 2 ** (-Math.max(0, asOf - time) / halfLifeMs) * p;
      w.add(weight);
      w2.add(weight * weight);
      wy.add(weight * y);
    });
    return { users: this.count, events: this.count, w: w.value, w2: w2.value, wy: wy.value };
  }

  /** As `DayTally`. Each is new on its day. */
  dailySums(asOf: number, count: number, fileTime: (file: number) => number): DaySums[] {
    const today = Math.floor(asOf / dayMs);
    const parts: DaySums[] = [];
    const put = (day: number, { users, sum, sum2 }: PeriodSums): void => {
      const back = Math.max(0, today - day);
      if (back < count) parts.push({ day: back, users, sum, sum2, firstUsers: users, firstSum: sum, firstSum2: sum2 });
    };
    for (const [number, day] of this.days) put(number, (day.sums ??= this.periodOf(day.code)));
    for (const [file, codes] of this.undated) put(Math.floor(fileTime(file) / dayMs), this.periodOf(codes));
    return addDays(parts, []);
  }

  weeklySums(asOf: number, fileTime: (file: number) => number): WeekSums | null {
    const [last, before] = [new Period(), new Period()];
    let users = 0;
    const oldest = Math.floor((asOf - 2 * weekMs) / dayMs);
    this.visit(
      fileTime,
      (time, y) => {
        const week = time > asOf - weekMs ? last : time > asOf - 2 * weekMs ? before : null;
        if (week === null) return;
        week.add(y);
        users++;
      },
      oldest,
    );
    return users === 0 ? null : { last: last.sums, before: before.sums };
  }

  /** Those of no day before `oldest`. */
  private visit(fileTime: (file: number) => number, visit: (time: number, y: number, p: number) => void, oldest = -Infinity): void {
    const { y, p } = this.codes;
    for (const [number, day] of this.days) {
      if (number < oldest) continue;
      const [codes, ms] = [day.code.all, day.ms.numbers];
      for (let i = 0; i < codes.length; i++) visit(number * dayMs + (ms[i] ?? 0), y[codes[i] ?? 0] ?? 0, p[codes[i] ?? 0] ?? 1);
    }
    for (const [file, codes] of this.undated) {
      const time = fileTime(file);
      for (const code of codes.all) visit(time, y[code] ?? 0, p[code] ?? 1);
    }
  }

  private periodOf(codes: Ints): PeriodSums {
    const period = new Period();
    const { y } = this.codes;
    for (const code of codes.all) period.add(y[code] ?? 0);
    return period.sums;
  }
}
