import { describe, expect, it } from 'vitest';
import { Answers } from '../../../src/engine/feedback/answers.js';
import { randomStream } from '../../../src/engine/stats/random.js';

describe('answers by what people said of them', () => {
  it.each([1, 2, 3])('are those that were liked or corrected, newest first (%i)', (seed) => {
    const random = randomStream(seed, 'answers');
    const answers = new Answers();
    const all = Array.from({ length: 300 }, (_, row) => {
      const draw = (k: number, below: number): number => random.int(row * 8 + k, below);
      const said = {
        row,
        unit: draw(0, 8) - 1,
        y: draw(1, 4) === 0 ? NaN : draw(2, 5) / 4,
        time: 1e12 + draw(3, 40),
        corrected: draw(4, 12) === 0,
      };
      return { served: draw(5, 80) * 20, ...said };
    });
    for (const { served, ...said } of all) answers.add(served, said);
    const expected = [...new Set(all.map((each) => each.served))]
      .map((served) => {
        const own = all.filter((each) => each.served === served);
        const byUser = new Map<string, number[]>();
        for (const { unit, row, y } of own) {
          const user = unit < 0 ? `nobody ${String(row)}` : String(unit);
          if (!Number.isNaN(y)) byUser.set(user, [...(byUser.get(user) ?? []), y]);
        }
        const means = [...byUser.values()].map((ys) => ys.reduce((a, b) => a + b, 0) / ys.length);
        return {
          served,
          rows: own.map((each) => each.row),
          corrected: own.filter((each) => each.corrected).map((each) => each.row),
          raters: means.length,
          mean: means.length === 0 ? null : means.reduce((a, b) => a + b, 0) / means.length,
          time: Math.max(...own.map((each) => each.time)),
        };
      })
      .filter(({ corrected, mean }) => corrected.length > 0 || (mean ?? 0) >= 0.75)
      .sort((a, b) => b.time - a.time || b.served - a.served)
      .map(({ time: _, ...answer }) => answer);
    expect(expected.length).toBeGreaterThan(5);
    expect(answers.newest(1000, 0.75)).toEqual(expected);
    expect(answers.newest(3, 0.75)).toEqual(expected.slice(0, 3));
    expect(answers.newest(-1, 0.75)).toEqual([]);
  });
});
