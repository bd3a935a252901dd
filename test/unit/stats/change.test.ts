import { describe, expect, it } from 'vitest';
import { changeEvidence, changeLevel, type DayCount } from '../../../src/engine/stats/change.js';
import { logBeta, logGamma } from '../../../src/engine/stats/gamma.js';
import { randomStream } from '../../../src/engine/stats/random.js';

const bar = -Math.log(changeLevel);

/** Looks at the end of every day for sixty days; the day of the first warning, else `null`. */
function firstWarning(
  perDay: number,
  valueOn: (day: number, u: () => number) => number,
  seed: number,
): { day: number; since: number } | null {
  const random = randomStream(seed, 'change');
  let draw = 0;
  const u = (): number => random.u(draw++);
  const days: DayCount[] = [];
  for (let day = 0; day < 60; day++) {
    days.push({ day, n: perDay, sum: Array.from({ length: perDay }, () => valueOn(day, u)).reduce((a, b) => a + b, 0) });
    const found = changeEvidence(days);
    if (found !== null && found.logE >= bar) return { day, since: found.day };
  }
  return null;
}

const coin = (p: number) => (_: number, u: () => number) => (u() < p ? 1 : 0);
const stars = (p: number) => (_: number, u: () => number) => [0, 1, 2, 3].filter(() => u() < p).length / 4;
const dropping = (by: number) => (day: number, u: () => number) => (u() < (day < 30 ? 0.8 : 0.8 - by) ? 1 : 0);

describe('the warning of a change', () => {
  it.each([
    ['0.8', 20, coin(0.8)],
    ['0.5', 10, coin(0.5)],
    ['0.97', 20, coin(0.97)],
    ['0.8, few a day', 2, coin(0.8)],
    ['five stars around 0.7', 20, stars(0.7)],
  ])('is false in at most five of a hundred prompts over sixty daily looks: %s', (_, perDay, value) => {
    const runs = 120;
    const alarms = Array.from({ length: runs }, (_each, run) => firstWarning(perDay, value, run)).filter((each) => each !== null).length;
    expect(alarms / runs).toBeLessThanOrEqual(changeLevel);
  });

  it.each([
    // Drop, new raters a day, share of runs warned within the 30 days after it, median days until then.
    [0.2, 30, 1, 7],
    [0.1, 100, 0.95, 8],
    [0.05, 100, 0.3, 31],
  ])('comes after a drop of %d with %d new raters a day', (drop, perDay, share, median) => {
    const runs = 30;
    const found = Array.from({ length: runs }, (_, run) => firstWarning(perDay, dropping(drop), 1000 + run));
    const waits = found.map((each) => (each === null ? 31 : each.day - 29)).sort((a, b) => a - b);
    expect(waits.filter((each) => each <= 30).length / runs).toBeGreaterThanOrEqual(share);
    expect(waits[runs / 2] ?? Infinity).toBeLessThanOrEqual(median);
    expect(Math.min(...waits)).toBeGreaterThan(0);
  });

  it('says from which day on, and which way', () => {
    const day = (n: number, sum: number): DayCount[] => [{ day: n, n: 40, sum }];
    const days = Array.from({ length: 30 }, (_, n) => day(n, n < 20 ? 32 : 20)).flat();
    expect(changeEvidence(days)).toMatchObject({ day: 20, before: 0.8, after: 0.5 });
    expect(changeEvidence(days.map((each) => ({ ...each, sum: 40 - each.sum })))?.after).toBe(0.5);
    expect(changeEvidence(days)?.logE).toBeGreaterThan(bar);
  });

  it('learns from the first week and bets on none of it', () => {
    expect(changeEvidence([])).toBeNull();
    expect(changeEvidence(Array.from({ length: 7 }, (_, day) => ({ day, n: 9, sum: 3 })))).toBeNull();
    expect(
      changeEvidence([
        { day: 3, n: 5, sum: 5 },
        { day: 9, n: 0, sum: 0 },
      ]),
    ).toBeNull();
  });

  it('takes no more evidence out of days without anybody', () => {
    const week = Array.from({ length: 7 }, (_, day) => ({ day, n: 20, sum: 16 }));
    const close = changeEvidence([...week, { day: 7, n: 20, sum: 8 }, { day: 8, n: 20, sum: 8 }]);
    const apart = changeEvidence([...week, { day: 7, n: 20, sum: 8 }, { day: 100, n: 20, sum: 8 }]);
    expect(Math.abs((close?.logE ?? 0) - (apart?.logE ?? 9))).toBeLessThan(1);
  });

  it('is an e-value: its mean over all courses of a coin is at most one', () => {
    // Every course of 9 single users a day, exactly: seven to learn from and two to bet on, then three more.
    for (const p of [0.5, 0.8, 0.1]) {
      let mean = 0;
      for (let course = 0; course < 2 ** 11; course++) {
        const values = Array.from({ length: 11 }, (_, i) => (course >> i) & 1);
        const found = changeEvidence(values.map((sum, day) => ({ day, n: 1, sum })));
        mean += Math.exp(found?.logE ?? 0) * values.reduce<number>((chance, value) => chance * (value === 1 ? p : 1 - p), 1);
      }
      expect(mean).toBeLessThanOrEqual(1);
    }
  });
});

describe('logarithms of gamma and beta', () => {
  it('have the values of the tables', () => {
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 11);
    expect(logGamma(1234.5)).toBeCloseTo(7550.550901078, 8);
    expect(logBeta(2, 3)).toBeCloseTo(Math.log(1 / 12), 12);
  });
});
