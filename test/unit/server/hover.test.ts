import { describe, expect, it } from 'vitest';
import { breakdown } from '../../../src/server/handlers/hover.js';
import { versionScore } from '../../support/fakeEngine.js';

describe('the breakdown of a score', () => {
  it('says how many left or accepted, and gives a score only to what has more than one value', () => {
    const row = versionScore();
    const seen = (mean: number, users: number) => ({ mean, lo: 0.1, hi: 0.9, level: 0.95, nEff: users, users, events: users });
    row.channels.implicit = { 'implicit.abandon': seen(0, 128), 'implicit.accept': seen(1, 1), 'implicit.edit': seen(0.4, 50) };
    const lines = breakdown('p', row).split('\n');
    expect(lines.filter((line) => line.includes('Seen in use'))).toEqual([
      '- Seen in use: left by 128 users, accepted by 1 user',
      '- Seen in use, edited: 0.40 (95 % interval 0.10 to 0.90, 50 users)',
    ]);
  });

  it('warns of a change, says how the score was made, and which users are worse off, with no word of a log as markup', () => {
    const score = versionScore().score;
    if (score === null) throw new Error('no score');
    const row = versionScore({
      change: { since: '2026-11-12T00:00:00.000Z', direction: 'down', before: 0.82, after: 0.71, logE: 6, level: 0.01 },
      method: 'ppi',
    });
    const worse = [
      {
        key: 'plan',
        value: '[x](command:evil)',
        score,
        rest: { ...score, mean: 0.7, lo: 0.66, hi: 0.74 },
        p: 0.001,
        worse: true,
        version: 'v2',
      },
    ];
    const targeting = [{ key: 'plan', value: 'free', version: 'v1', instead: 'v2', delta: 0.12, lo: 0.04, hi: 0.2, p: 0.002 }];
    const text = breakdown('p', row, { attributes: ['plan'], worse, targeting });
    expect(text).toContain(
      '- Quality fell from 0.82 to 0.71 since 2026-11-12 (a false alarm has a chance of at most 1 %, however often one looks)',
    );
    expect(text).toContain('- The score is made of labels of experts');
    expect(text).toMatch(/- Worse off than the rest: plan = .*0\.61 .*, 240 users, against 0\.70/);
    expect(text).toContain('would be served better by v1 than by v2: ');
    expect(text).not.toMatch(/[^\\]\]\(command/);
  });
});
