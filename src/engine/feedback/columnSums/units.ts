/**
 * One user is one unit of evidence: the mean of that user's values in the window, as old as that user's latest event.
 * Who rates often does not count for more. No user: the session stands for one; no session either: the event itself.
 */
import { ExactSum } from '../../stats/interval.js';
import type { DaySums, PeriodSums, UnitSums, WeekSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';
import { Numbering, Rows, Values } from './rows.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export interface Decay {
  asOf: number;
  halfLifeMs: number;
}

/** Number that is the same for the same user, and differs between users, sessions and events. */
export function unitKey(columns: IndexColumns, n: number): number {
  const own = columns.feedback.columns.unit.array[n] ?? -1;
  // Even: a user, who counts before any session.
  if (own >= 0 && own % 2 === 0) return own;
  const served = columns.served(n);
  const by = served < 0 ? -1 : (columns.interactions.columns.unit.array[served] ?? -1);
  if (by >= 0 && (by % 2 === 0 || own < 0)) return by;
  return own >= 0 ? own : -1 - n;
}

/** Events of one channel, and their units by number. */
export interface Events {
  rows: Int32Array;
  count: number;
  /** Of units. */
  size: number;
  unit: Int32Array;
  /** What tells units apart in all channels. */
  key: Int32Array;
  y: Float64Array;
  /** `1 / inclusion_prob`; 1 outside of the expert channels. */
  p: Float64Array;
  /** ms, at most `asOf`. */
  time: Float64Array;
}

/** Events of one channel as they come in: each is looked at once, not again for every score. */
export class EventLog {
  private readonly units = new Numbering();
  private readonly unit = new Rows();
  private readonly key = new Rows();
  private readonly y = new Values();
  private readonly p = new Values();
  private readonly time = new Values();
  private latest = -Infinity;
  private undated: number[] = [];

  /** `rows`: those of the last call, and perhaps others behind them. */
  events(columns: IndexColumns, rows: Int32Array, asOf: number): Events {
    const { feedback } = columns;
    const { y, probability, time } = feedback.columns;
    for (let i = this.y.length; i < rows.length; i++) {
      const n = rows[i] ?? 0;
      const given = probability.array[n] ?? NaN;
      const key = unitKey(columns, n);
      this.key.push(key);
      this.unit.push(this.units.of(key));
      this.y.push(y.array[n] ?? 0);
      this.p.push(Number.isNaN(given) ? 1 : 1 / given);
      const own = time.array[n] ?? NaN;
      if (Number.isNaN(own)) this.undated.push(i);
      else if (own > this.latest) this.latest = own;
      this.time.push(own);
    }
    return {
      rows,
      count: rows.length,
      size: this.units.size,
      unit: this.unit.numbers,
      key: this.key.numbers,
      y: this.y.all,
      p: this.p.all,
      time: this.timesUntil(columns, rows, asOf),
    };
  }

  /** A record without a time is as old as its file, which may have been written to since. */
  private timesUntil(columns: IndexColumns, rows: Int32Array, asOf: number): Float64Array {
    if (this.undated.length === 0 && this.latest <= asOf) return this.time.all;
    const times = this.time.all.slice();
    for (const i of this.undated) times[i] = columns.timeOf(columns.feedback, rows[i] ?? 0);
    for (let i = 0; i < times.length; i++) times[i] = Math.min(asOf, times[i] ?? 0);
    return times;
  }
}

/** Sums of each unit; those without an event have `count` 0. */
class Units {
  readonly y: Float64Array;
  readonly p: Float64Array;
  readonly count: Int32Array;
  readonly latest: Float64Array;
  events = 0;

  constructor(events: Events, accepts: (i: number) => boolean) {
    const { size } = events;
    this.y = new Float64Array(size);
    this.p = new Float64Array(size);
    this.count = new Int32Array(size);
    this.latest = new Float64Array(size).fill(-Infinity);
    for (let i = 0; i < events.count; i++) {
      if (!accepts(i)) continue;
      const unit = events.unit[i] ?? 0;
      const p = events.p[i] ?? 1;
      this.y[unit] = (this.y[unit] ?? 0) + (events.y[i] ?? 0) * p;
      this.p[unit] = (this.p[unit] ?? 0) + p;
      this.count[unit] = (this.count[unit] ?? 0) + 1;
      this.latest[unit] = Math.max(this.latest[unit] ?? 0, events.time[i] ?? 0);
      this.events++;
    }
  }

  weight(unit: number, { asOf, halfLifeMs }: Decay): number {
    const age = Math.max(0, asOf - (this.latest[unit] ?? 0));
    return (2 ** (-age / halfLifeMs) * (this.p[unit] ?? 0)) / (this.count[unit] ?? 1);
  }
}

const all = (): boolean => true;

/** `null` for no event. `weights`: of each unit, where they are not those of its own events here. */
export function unitSums(events: Events, decay: Decay, accepts: (i: number) => boolean = all, weights?: Float64Array): UnitSums | null {
  const units = new Units(events, accepts);
  if (units.events === 0) return null;
  const [w, w2, wy] = [new ExactSum(), new ExactSum(), new ExactSum()];
  let users = 0;
  for (let unit = 0; unit < events.size; unit++) {
    if (units.count[unit] === 0) continue;
    users++;
    const weight = weights?.[unit] ?? units.weight(unit, decay);
    w.add(weight);
    w2.add(weight * weight);
    wy.add((weight * (units.y[unit] ?? 0)) / (units.p[unit] ?? 1));
  }
  return { users, events: units.events, w: w.value, w2: w2.value, wy: wy.value };
}

export function unitWeights(events: Events, decay: Decay): Float64Array {
  const units = new Units(events, all);
  return new Float64Array(events.size).map((_, unit) => units.weight(unit, decay));
}

class Period {
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

/** Means of the units of one period after another; what is between them is cleared as it is read. */
class PeriodMeans {
  private readonly y: Float64Array;
  private readonly p: Float64Array;
  private readonly seen: Int32Array;
  private count = 0;

  constructor(private readonly events: Events) {
    this.y = new Float64Array(events.size);
    this.p = new Float64Array(events.size);
    this.seen = new Int32Array(events.size);
  }

  add(i: number): void {
    const { events } = this;
    const unit = events.unit[i] ?? 0;
    const p = events.p[i] ?? 1;
    if (this.p[unit] === 0) this.seen[this.count++] = unit;
    this.y[unit] = (this.y[unit] ?? 0) + (events.y[i] ?? 0) * p;
    this.p[unit] = (this.p[unit] ?? 0) + p;
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

/** Days of the calendar (UTC) back from that of `asOf`. */
export function daySums(events: Events, asOf: number, days: number): DaySums[] {
  const today = Math.floor(asOf / dayMs);
  const dayOf = new Int32Array(events.count);
  // First day of each unit, as days back: the largest.
  const firsts = new Int32Array(events.size).fill(-1);
  const starts = new Int32Array(days + 1);
  for (let i = 0; i < events.count; i++) {
    const day = today - Math.floor((events.time[i] ?? 0) / dayMs);
    dayOf[i] = day;
    const unit = events.unit[i] ?? 0;
    if (day > (firsts[unit] ?? -1)) firsts[unit] = day;
    if (day < days) starts[day + 1] = (starts[day + 1] ?? 0) + 1;
  }
  for (let day = 0; day < days; day++) starts[day + 1] = (starts[day + 1] ?? 0) + (starts[day] ?? 0);
  const byDay = new Int32Array(starts[days] ?? 0);
  const at = starts.slice();
  for (let i = 0; i < events.count; i++) {
    const day = dayOf[i] ?? 0;
    if (day >= days) continue;
    byDay[at[day] ?? 0] = i;
    at[day] = (at[day] ?? 0) + 1;
  }
  const means = new PeriodMeans(events);
  const result: DaySums[] = [];
  for (let day = 0; day < days; day++) {
    if (starts[day] === starts[day + 1]) continue;
    for (const i of byDay.subarray(starts[day], starts[day + 1])) means.add(i);
    const [every, first] = [new Period(), new Period()];
    means.take((unit, mean) => {
      every.add(mean);
      if (firsts[unit] === day) first.add(mean);
    });
    const { users, sum, sum2 } = first.sums;
    result.push({ day, ...every.sums, firstUsers: users, firstSum: sum, firstSum2: sum2 });
  }
  return result;
}

/** `null` where nobody said anything in the two weeks. */
export function weekSums(events: Events, asOf: number): WeekSums | null {
  const means = new PeriodMeans(events);
  const within = (week: number): PeriodSums => {
    const [oldest, newest] = [asOf - (week + 1) * weekMs, asOf - week * weekMs];
    for (let i = 0; i < events.count; i++) {
      const time = events.time[i] ?? 0;
      if (time > oldest && time <= newest) means.add(i);
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
