import { describe, expect, it } from 'vitest';
import type { FeedbackBackend, GroupSums } from '../../../src/engine/feedback/backend.js';
import { ComplaintReader } from '../../../src/engine/scoring/complaints.js';

const window = { since: null, until: null, asOf: 100, asked: true };
const known = { onlyPrompt: null, bySha256: new Map() };
const group = (version: string, complaints = 1): GroupSums => ({ prompt: 'p', version, complaints }) as GroupSums;

/** Says of each version one comment an id; `asked` has the versions of each question. */
function backend(asked: string[][], ids: readonly [string, number][]): FeedbackBackend {
  return {
    complaints: (groups: readonly { version: string | null }[]) => {
      asked.push(groups.map((each) => each.version ?? ''));
      const rows = (version: string | null) =>
        ids.map(([id, time]) => ({ id: `${version ?? ''}.${id}`, time, unit: 'u', text: '', rated: true }));
      return Promise.resolve(groups.map((each) => rows(each.version)));
    },
  } as unknown as FeedbackBackend;
}

describe('complaints of a score', () => {
  it('are asked for many versions in one question, and not of those that have none', async () => {
    const asked: string[][] = [];
    const groups = Array.from({ length: 30 }, (_, i) => group(`v${String(i)}`, i === 3 ? 0 : 1));
    const reader = new ComplaintReader([backend(asked, [['a', 1]])], { window, known }, groups);
    // In another order than that of the groups, as versions are sorted.
    for (const each of [...groups].reverse()) {
      const rows = await reader.take(each);
      expect(rows.map((row) => row.id)).toEqual(each.complaints === 0 ? [] : [`${each.version ?? ''}.a`]);
    }
    expect(asked.map((each) => each.length)).toEqual([25, 4]);
    expect(new Set(asked.flat()).size).toBe(29);
  });

  it('are those of all back ends, newest first, with units of each apart', async () => {
    const one = backend([], [['b', 1]]);
    const two = backend(
      [],
      [
        ['c', 2],
        ['a', 1],
      ],
    );
    const v1 = group('v1');
    const rows = await new ComplaintReader([one, two], { window, known }, [v1]).take(v1);
    expect(rows.map((row) => [row.id, row.unit])).toEqual([
      ['v1.c', '1 u'],
      ['v1.a', '1 u'],
      ['v1.b', '0 u'],
    ]);
  });
});
