/** Do the intervals hold what they say? Simulated people who rate often and seldom, with weights that fade; seeds are fixed. */
import { describe, expect, it } from 'vitest';
import type { UnitSums } from '../../../src/engine/feedback/backend.js';
import { meanOf, scoreOf } from '../../../src/engine/scoring/values.js';
import { wilson } from '../../../src/engine/stats/interval.js';
import { randomStream } from '../../../src/engine/stats/random.js';

const halfLife = 14;

interface Person {
  /** Share of good ratings. */
  taste: number;
  ratings: number;
}

interface World {
  people: (u: () => number) => Person;
  users: number;
  /** Oldest rating, in days; 0: weights are alike. */
  days: number;
}

/** What people think is settled: most always like it or never do. */
const settled = (u: () => number, good: number): number => (u() < 0.85 ? (u() < good ? 1 : 0) : good);

const worlds: [string, World, truth: number][] = [
  ['one rating each', { users: 120, days: 0, people: (u) => ({ taste: settled(u, 0.7), ratings: 1 }) }, 0.7],
  ['repeat raters', { users: 120, days: 0, people: (u) => ({ taste: settled(u, 0.7), ratings: 1 + Math.floor(20 * u() ** 3) }) }, 0.7],
  [
    'skewed raters: those who rate often are not content',
    {
      users: 150,
      days: 0,
      people: (u) =>
        u() < 0.1 ? { taste: 0.06, ratings: 12 + Math.floor(u() * 11) } : { taste: settled(u, 0.7), ratings: 1 + Math.floor(u() * 2) },
    },
    0.1 * 0.06 + 0.9 * 0.7,
  ],
  ['decay', { users: 250, days: 60, people: (u) => ({ taste: settled(u, 0.7), ratings: 1 }) }, 0.7],
  [
    'decay and repeat raters',
    { users: 250, days: 60, people: (u) => ({ taste: settled(u, 0.6), ratings: 1 + Math.floor(8 * u() ** 2) }) },
    0.6,
  ],
];

function simulate({ people, users, days }: World, truth: number, runs: number, seed: number): { user: number; event: number } {
  const random = randomStream(seed, 'coverage');
  let draw = 0;
  const u = (): number => random.u(draw++);
  const covered = { user: 0, event: 0 };
  for (let run = 0; run < runs; run++) {
    const sums: UnitSums = { users: 0, events: 0, w: 0, w2: 0, wy: 0 };
    let [good, all] = [0, 0];
    for (let i = 0; i < users; i++) {
      const person = people(u);
      let liked = 0;
      for (let k = 0; k < person.ratings; k++) if (u() < person.taste) liked++;
      const weight = 2 ** (-(u() * days) / halfLife);
      sums.users++;
      sums.events += person.ratings;
      sums.w += weight;
      sums.w2 += weight * weight;
      sums.wy += (weight * liked) / person.ratings;
      good += liked;
      all += person.ratings;
    }
    const score = scoreOf(sums);
    if (score !== null && score.lo <= truth && truth <= score.hi) covered.user++;
    const pooled = wilson(good / all, all);
    if (pooled.lo <= truth && truth <= pooled.hi) covered.event++;
  }
  return { user: covered.user / runs, event: covered.event / runs };
}

describe('95 % intervals over users', () => {
  it.each(worlds)('cover the truth in 93 to 97 of 100: %s', (_, world, truth) => {
    const { user } = simulate(world, truth, 1500, 7);
    expect(user).toBeGreaterThanOrEqual(0.93);
    expect(user).toBeLessThanOrEqual(0.97);
  });

  it('cover more than they say, never less, where people are of two minds', () => {
    const { user } = simulate({ users: 120, days: 30, people: (u) => ({ taste: 0.4 + 0.6 * u(), ratings: 5 }) }, 0.7, 800, 9);
    expect(user).toBeGreaterThanOrEqual(0.97);
  });

  it('over events instead fail: too narrow for repeat raters, and beside the truth for skewed ones', () => {
    const [, repeat, skewed] = worlds;
    expect(simulate(repeat?.[1] ?? (worlds[0]?.[1] as World), 0.7, 400, 7).event).toBeLessThan(0.75);
    expect(simulate(skewed?.[1] ?? (worlds[0]?.[1] as World), skewed?.[2] ?? 0, 400, 7).event).toBeLessThan(0.05);
  });

  it('are those of the test vector for weights that differ', () => {
    const weights = [1, 0.5, 0.25, 0.125];
    const y = [1, 0, 1, 1];
    const sums = weights.reduce(
      (all, w, i) => ({ users: all.users + 1, events: all.events + 1, w: all.w + w, w2: all.w2 + w * w, wy: all.wy + w * (y[i] ?? 0) }),
      { users: 0, events: 0, w: 0, w2: 0, wy: 0 },
    );
    expect(scoreOf(sums)).toMatchObject({ mean: 0.733333, nEff: 2.6471, lo: 0.227958, hi: 0.962424, users: 4, events: 4 });
    expect(meanOf(sums)?.nEff).toBeCloseTo(2.647059, 6);
  });

  it('are none where nobody weighs anything', () => {
    expect(scoreOf(undefined)).toBeNull();
    expect(scoreOf({ users: 1, events: 1, w: 0, w2: 0, wy: 0 })).toBeNull();
  });
});
