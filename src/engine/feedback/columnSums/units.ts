/**
 * One user is one unit of evidence: the mean of that user's values in the window, as old as that user's latest event.
 * Who rates often does not count for more. No user: the session stands for one; no session either: the event itself.
 */
import { ExactSum } from '../../stats/interval.js';
import type { DaySums, PeriodSums, UnitSums, WeekSums } from '../backend.js';
import type { IndexColumns } from '../columns.js';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export interface Event {
  unit: number;
  y: number;
  /** `1 / inclusion_prob`; 1 outside of the expert channels. */
  p: number;
  /** ms, at most `asOf`. */
  time: number;
}

export interface Decay {
  asOf: number;
  halfLifeMs: number;
}

interface Unit {
  y: number;
  p: number;
  count: number;
  first: number;
  latest: number;
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

function gather(events: Iterable<Event>): Map<number, Unit> {
  const units = new Map<number, Unit>();
  for (const { unit: key, y, p, time } of events) {
    const unit = units.get(key);
    if (unit === undefined) {
      units.set(key, { y: y * p, p, count: 1, first: time, latest: time });
      continue;
    }
    unit.y += y * p;
    unit.p += p;
    unit.count++;
    unit.first = Math.min(unit.first, time);
    unit.latest = Math.max(unit.latest, time);
  }
  return units;
}

function weightOf(unit: Unit, { asOf, halfLifeMs }: Decay): number {
  return (2 ** (-Math.max(0, asOf - unit.latest) / halfLifeMs) * unit.p) / unit.count;
}

/** `null` for no event. `weights`: of each unit, where they are not those of its own events here. */
export function unitSums(events: readonly Event[], decay: Decay, weights?: ReadonlyMap<number, number>): UnitSums | null {
  if (events.length === 0) return null;
  const units = gather(events);
  const [w, w2, wy] = [new ExactSum(), new ExactSum(), new ExactSum()];
  for (const [key, unit] of units) {
    const weight = weights?.get(key) ?? weightOf(unit, decay);
    w.add(weight);
    w2.add(weight * weight);
    wy.add((weight * unit.y) / unit.p);
  }
  return { users: units.size, events: events.length, w: w.value, w2: w2.value, wy: wy.value };
}

export function unitWeights(events: readonly Event[], decay: Decay): Map<number, number> {
  return new Map([...gather(events)].map(([key, unit]) => [key, weightOf(unit, decay)]));
}

export function periodSums(units: Iterable<{ y: number; p: number }>): PeriodSums {
  const [sum, sum2] = [new ExactSum(), new ExactSum()];
  let users = 0;
  for (const { y, p } of units) {
    users++;
    sum.add(y / p);
    sum2.add((y / p) ** 2);
  }
  return { users, sum: sum.value, sum2: sum2.value };
}

export function daySums(events: readonly Event[], asOf: number, days: number): DaySums[] {
  const today = Math.floor(asOf / dayMs);
  const firsts = new Map([...gather(events)].map(([key, unit]) => [key, Math.floor(unit.first / dayMs)]));
  const byDay = new Map<number, Event[]>();
  for (const event of events) {
    const day = today - Math.floor(event.time / dayMs);
    if (day >= days) continue;
    const list = byDay.get(day);
    if (list === undefined) byDay.set(day, [event]);
    else list.push(event);
  }
  return [...byDay]
    .sort(([a], [b]) => a - b)
    .map(([day, list]) => {
      const units = gather(list);
      const all = periodSums(units.values());
      const first = periodSums([...units].filter(([key]) => firsts.get(key) === today - day).map(([, unit]) => unit));
      return { day, ...all, firstUsers: first.users, firstSum: first.sum, firstSum2: first.sum2 };
    });
}

/** `null` where nobody said anything in the two weeks. */
export function weekSums(events: readonly Event[], asOf: number): WeekSums | null {
  const within = (week: number): PeriodSums =>
    periodSums(gather(events.filter((each) => Math.floor((asOf - each.time) / weekMs) === week)).values());
  const [last, before] = [within(0), within(1)];
  return last.users + before.users === 0 ? null : { last, before };
}
