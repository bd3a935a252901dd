/** What grows with each row equals what is computed from all of them at once. */
import { describe, expect, it } from 'vitest';
import type { DaySums, PeriodSums } from '../../../../src/engine/feedback/backend.js';
import { ChannelTally } from '../../../../src/engine/feedback/columnSums/channelTally.js';
import { Latencies } from '../../../../src/engine/feedback/columnSums/latencies.js';
import { Ints } from '../../../../src/engine/feedback/columnSums/lists.js';
import { ValueCodes } from '../../../../src/engine/feedback/columnSums/values.js';
import { quantile } from '../../../../src/engine/stats/interval.js';
import { randomStream } from '../../../../src/engine/stats/random.js';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 24, 15);

interface Event {
  key: number;
  y: number;
  p: number;
  /** NaN: that of its file. */
  time: number;
  file: number;
}

/** Some without a time, some from clocks that are ahead, some of nobody, some drawn with a probability. */
function eventsOf(seed: number, count: number): Event[] {
  const random = randomStream(seed, 'tallies');
  return Array.from({ length: count }, (_, i) => {
    const draw = (k: number, below: number): number => random.int(i * 8 + k, below);
    const time = seed % 3 === 0 || draw(0, 9) > 0 ? now - draw(1, 40 * dayMs) + (seed % 2) * 3 * dayMs : NaN;
    return {
      key: draw(2, 6) === 0 ? -1 - i : draw(3, 12) * 2,
      y: draw(4, 5) / 4,
      p: draw(5, 4) === 0 && seed > 3 ? 4 : 1,
      time,
      file: draw(6, 2),
    };
  });
}

function byUnit(events: readonly Event[]): Event[][] {
  const units = new Map<number, Event[]>();
  for (const each of events) units.set(each.key, [...(units.get(each.key) ?? []), each]);
  return [...units.values()];
}
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (events: readonly Event[]): number => total(events.map((each) => each.y * each.p)) / total(events.map((each) => each.p));

function period(events: readonly Event[]): PeriodSums {
  const means = byUnit(events).map(mean);
  return { users: means.length, sum: total(means), sum2: total(means.map((each) => each ** 2)) };
}

/** Numbers within what rounding takes away. */
const near = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => (typeof each === 'number' ? Number(each.toFixed(9)) : each));

describe.each([1, 2, 3, 4, 5, 6])('tallies of one channel (%i)', (seed) => {
  const events = eventsOf(seed, 400);
  const files = [now - 5 * dayMs, now - 2 * dayMs];
  const fileTime = (file: number): number => files[file] ?? 0;
  const timeOf = (each: Event, asOf: number): number => Math.min(asOf, Number.isNaN(each.time) ? fileTime(each.file) : each.time);

  it('have the units of all events, after each that comes in', () => {
    const tally = new ChannelTally('implicit.copy', new ValueCodes());
    const [halfLifeMs, taken]: [number, Event[]] = [14 * dayMs, []];
    expect(tally.sums({ asOf: now, halfLifeMs }, fileTime)).toBeNull();
    for (const [i, event] of events.entries()) {
      tally.add(event.key, event.y, event.p, event.time, event.file);
      taken.push(event);
      if (i % 37 !== 0) continue;
      // Files are written to while they are read.
      files[i % 2] = now - (i % 11) * dayMs;
      const units = byUnit(taken).map((own) => {
        const age = now - Math.max(...own.map((each) => timeOf(each, now)));
        return { mean: mean(own), weight: (2 ** (-age / halfLifeMs) * total(own.map((each) => each.p))) / own.length };
      });
      expect(near(tally.sums({ asOf: now, halfLifeMs }, fileTime))).toEqual(
        near({
          users: units.length,
          events: taken.length,
          w: total(units.map((each) => each.weight)),
          w2: total(units.map((each) => each.weight ** 2)),
          wy: total(units.map((each) => each.weight * each.mean)),
        }),
      );
    }
  });

  it('have the days and weeks of all events, after each that comes in, at any time of asking', () => {
    const [tally, taken]: [ChannelTally, Event[]] = [new ChannelTally('explicit', new ValueCodes()), []];
    for (const [i, event] of events.entries()) {
      tally.add(event.key, event.y, event.p, event.time, event.file);
      taken.push(event);
      if (i % 41 !== 0) continue;
      files[i % 2] = now - (i % 11) * dayMs;
      for (const asOf of [now, now + 12 * dayMs, now - 90_000]) {
        const dayOf = (each: Event): number => Math.floor(asOf / dayMs) - Math.floor(timeOf(each, asOf) / dayMs);
        const days: DaySums[] = Array.from({ length: 30 }, (_, day) => day).flatMap((day) => {
          const there = taken.filter((each) => dayOf(each) === day);
          const isNew = (own: Event): boolean => Math.max(...taken.filter((each) => each.key === own.key).map(dayOf)) === day;
          const first = period(there.filter(isNew));
          if (there.length === 0) return [];
          return [{ day, ...period(there), firstUsers: first.users, firstSum: first.sum, firstSum2: first.sum2 }];
        });
        expect(near(tally.dailySums(asOf, 30, fileTime))).toEqual(near(days));
        const within = (from: number): PeriodSums =>
          period(taken.filter((each) => timeOf(each, asOf) > asOf - (from + 7) * dayMs && timeOf(each, asOf) <= asOf - from * dayMs));
        const [last, before] = [within(0), within(7)];
        expect(near(tally.weeklySums(asOf, fileTime))).toEqual(last.users + before.users === 0 ? null : near({ last, before }));
      }
    }
  });

  it('have the latencies of all interactions, after each that comes in', () => {
    const random = randomStream(seed, 'latencies');
    const [latencies, taken]: [Latencies, number[]] = [new Latencies(), []];
    expect(latencies.sums()).toEqual({ latencyP50: null, latencyP95: null });
    for (let i = 0; i < 200; i++) {
      const whole = random.int(i, seed === 2 ? 200_000 : 900);
      const ms = seed !== 1 && random.u(i + 0.5) < 0.3 ? whole + random.u(i + 0.25) : whole;
      latencies.add(ms);
      taken.push(ms);
      const sorted = taken.toSorted((a, b) => a - b);
      if (i % 7 === 0) expect(latencies.sums()).toEqual({ latencyP50: quantile(sorted, 0.5), latencyP95: quantile(sorted, 0.95) });
    }
  });
});

describe('lists', () => {
  it('take as many bytes a number as the largest needs', () => {
    const list = new Ints();
    const numbers = [0, 255, 256, 65_535, 65_536, 0x7fffffff];
    const widths = numbers.map((number) => {
      list.push(number);
      return list.all.BYTES_PER_ELEMENT;
    });
    expect(widths).toEqual([1, 1, 2, 2, 4, 4]);
    for (let i = 0; i < 100; i++) list.push(i);
    expect([...list.all]).toEqual([...numbers, ...Array.from({ length: 100 }, (_, i) => i)]);
  });

  it('have one code for the same value and weight, and values behind the last that is remembered', () => {
    const codes = new ValueCodes();
    expect([codes.of(0.5, 1), codes.of(0.25, 1), codes.of(0.5, 2), codes.of(0.5, 1)]).toEqual([0, 1, 2, 0]);
    for (let i = 0; i < 70_000; i++) codes.of(i + 1, 1);
    expect([codes.y.length, codes.y[2], codes.p[2]]).toEqual([70_003, 0.5, 2]);
    const last = codes.of(70_000, 1);
    expect(codes.y[last]).toBe(70_000);
  });
});
