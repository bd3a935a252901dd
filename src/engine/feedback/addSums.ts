/** Sums over units that nobody counted twice, as one. */
import type { DaySums, PeriodSums, UnitSums, WeekSums } from './backend.js';

export function addUnits(a: UnitSums, b: UnitSums): UnitSums {
  return { users: a.users + b.users, events: a.events + b.events, w: a.w + b.w, w2: a.w2 + b.w2, wy: a.wy + b.wy };
}

export function addPeriods(a: PeriodSums, b: PeriodSums): PeriodSums {
  return { users: a.users + b.users, sum: a.sum + b.sum, sum2: a.sum2 + b.sum2 };
}

export function addWeeks(a: WeekSums, b: WeekSums): WeekSums {
  return { last: addPeriods(a.last, b.last), before: addPeriods(a.before, b.before) };
}

/** Newest day first. */
export function addDays(a: readonly DaySums[], b: readonly DaySums[]): DaySums[] {
  const days = new Map<number, DaySums>();
  for (const day of [...a, ...b]) {
    const before = days.get(day.day);
    days.set(
      day.day,
      before === undefined
        ? day
        : {
            day: day.day,
            ...addPeriods(before, day),
            firstUsers: before.firstUsers + day.firstUsers,
            firstSum: before.firstSum + day.firstSum,
            firstSum2: before.firstSum2 + day.firstSum2,
          },
    );
  }
  return [...days.values()].sort((x, y) => x.day - y.day);
}
