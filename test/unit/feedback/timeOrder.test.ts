import { describe, expect, it } from 'vitest';
import { newestFirst, TimedRows } from '../../../src/engine/feedback/timeOrder.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('rows by time', () => {
  const random = randomStream(1, 'time order');
  it.each([
    ['none', 0, () => 0],
    ['in order', 500, (i: number) => 1e12 + Math.floor(i / 3)],
    ['within an hour', 500, (i: number) => 1e12 + random.int(i, 3_600_000)],
    ['within some years', 2000, (i: number) => random.int(i, 1_000_000) * 1e6],
    ['from the first to the last that there are', 50, (i: number) => (random.int(i, 3) - 1) * 8_640_000_000_000_000],
  ])('are newest first, of equal times the later first: %s', (_, length, timeOf) => {
    const times = Float64Array.from({ length }, (_, i) => timeOf(i));
    const expected = [...times.keys()].sort((a, b) => (times[b] ?? 0) - (times[a] ?? 0) || b - a);
    expect([...newestFirst(times)]).toEqual(expected);
    const rows = new TimedRows(length);
    times.forEach((time, i) => {
      rows.add(i * 2, time);
    });
    expect([...rows.newestFirst().rows]).toEqual(expected.map((i) => i * 2));
    expect([...rows.newestFirst().times]).toEqual(expected.map((i) => times[i]));
  });
});
