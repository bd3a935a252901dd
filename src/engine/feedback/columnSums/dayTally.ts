/** What the units of one channel said on which day, as it comes in; days (UTC) are counted from 1970. About seven bytes an event. */
import type { DaySums, PeriodSums, WeekSums } from '../backend.js';
import { Ints, longer, Rows } from './lists.js';
import { Period, PeriodMeans } from './periods.js';
import type { ValueCodes } from './values.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Events of one day, or of one file. */
class Events {
  readonly unit = new Ints();
  readonly code = new Ints();
  /** ms of the day. */
  readonly ms = new Rows();
  /** Sums as they were when nothing had come in since. */
  sums: Omit<DaySums, 'day'> | null = null;

  addTo(means: PeriodMeans): void {
    const [unit, code] = [this.unit.all, this.code.all];
    for (let i = 0; i < unit.length; i++) means.add(unit[i] ?? 0, code[i] ?? 0);
  }

  /** Those later than `after`, not later than `until`. */
  addSome(means: PeriodMeans, after: number, until: number): void {
    const [unit, code, ms] = [this.unit.all, this.code.all, this.ms.numbers];
    for (let i = 0; i < unit.length; i++) {
      const at = ms[i] ?? 0;
      if (at > after && at <= until) means.add(unit[i] ?? 0, code[i] ?? 0);
    }
  }
}

const never = 0x7fffffff;

export class DayTally {
  private readonly days = new Map<number, Events>();
  /** Events without a time, by file. */
  private readonly undated = new Map<number, Events>();
  /** First day of each unit. */
  private first = new Int32Array(0);
  private units = 0;
  private newest = -Infinity;

  constructor(private readonly codes: ValueCodes) {}

  /** `unit`: its number in the channel; `time`: ms, NaN: that of the file. */
  add(unit: number, y: number, p: number, time: number, file: number): void {
    if (unit >= this.units) this.grow(unit + 1);
    const isUndated = Number.isNaN(time);
    const day = Math.floor(time / dayMs);
    const [from, key] = isUndated ? [this.undated, file] : [this.days, day];
    let events = from.get(key);
    if (events === undefined) from.set(key, (events = new Events()));
    events.unit.push(unit);
    events.code.push(this.codes.of(y, p));
    events.sums = null;
    if (isUndated) return;
    events.ms.push(time - day * dayMs);
    if (day > this.newest) this.newest = day;
    const before = this.first[unit] ?? never;
    if (day >= before) return;
    // The unit is no new one any more on the day that was its first.
    const later = this.days.get(before);
    if (later !== undefined) later.sums = null;
    this.first[unit] = day;
  }

  /** The last `count` days up to that of `asOf`, newest first; days without an event are left out. */
  dailySums(asOf: number, count: number, fileTime: (file: number) => number): DaySums[] {
    const today = Math.floor(asOf / dayMs);
    const { by, first, isPlain } = this.untilToday(today, (file) => Math.min(asOf, fileTime(file)));
    const result: DaySums[] = [];
    for (let day = 0; day < count; day++) {
      const parts = by(today - day);
      const [only] = parts;
      if (only === undefined) continue;
      const sums = (isPlain ? only.sums : null) ?? this.sumsOf(parts, first, today - day);
      if (isPlain) only.sums = sums;
      result.push({ day, ...sums });
    }
    return result;
  }

  /** `null` where nobody said anything in the two weeks. */
  weeklySums(asOf: number, fileTime: (file: number) => number): WeekSums | null {
    const means = new PeriodMeans(this.units, this.codes);
    const within = (week: number): PeriodSums => {
      const oldest = asOf - (week + 1) * weekMs;
      // What was said later than `asOf` was said then.
      const newest = week === 0 ? Infinity : asOf - week * weekMs;
      for (const [day, events] of this.days) {
        const [after, until] = [oldest - day * dayMs, newest - day * dayMs];
        if (after < dayMs && until >= 0) events.addSome(means, after, until);
      }
      for (const [file, events] of this.undated) {
        const time = Math.min(asOf, fileTime(file));
        if (time > oldest && time <= newest) events.addTo(means);
      }
      const period = new Period();
      means.take((_, mean) => {
        period.add(mean);
      });
      return period.sums;
    };
    const [last, before] = [within(0), within(1)];
    return last.users + before.users === 0 ? null : { last, before };
  }

  /** Events by day and each unit's first day, with what came later than today, and what has no time of its own, on the day where it counts. */
  private untilToday(today: number, fileTime: (file: number) => number) {
    const isPlain = this.undated.size === 0 && this.newest <= today;
    if (isPlain) {
      const of = (day: number): readonly Events[] => {
        const events = this.days.get(day);
        return events === undefined ? [] : [events];
      };
      return { by: of, first: this.first, isPlain };
    }
    const first = this.first.map((day) => (day === never ? never : Math.min(day, today)));
    const byDay = new Map<number, Events[]>();
    const put = (day: number, events: Events): void => {
      const parts = byDay.get(day);
      if (parts === undefined) byDay.set(day, [events]);
      else parts.push(events);
    };
    for (const [day, events] of this.days) put(Math.min(day, today), events);
    for (const [file, events] of this.undated) {
      const day = Math.floor(fileTime(file) / dayMs);
      put(day, events);
      for (const unit of events.unit.all) if (day < (first[unit] ?? never)) first[unit] = day;
    }
    return { by: (day: number): readonly Events[] => byDay.get(day) ?? [], first, isPlain };
  }

  private sumsOf(parts: readonly Events[], first: Int32Array, day: number): Omit<DaySums, 'day'> {
    const means = new PeriodMeans(this.units, this.codes);
    for (const part of parts) part.addTo(means);
    const [every, own] = [new Period(), new Period()];
    means.take((unit, mean) => {
      every.add(mean);
      if (first[unit] === day) own.add(mean);
    });
    const { users, sum, sum2 } = own.sums;
    return { ...every.sums, firstUsers: users, firstSum: sum, firstSum2: sum2 };
  }

  private grow(units: number): void {
    if (units > this.first.length) {
      const before = this.first.length;
      this.first = longer(this.first, Math.max(16, Math.ceil(units * 1.5))).fill(never, before);
    }
    this.units = units;
  }
}
