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
});
