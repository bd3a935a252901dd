/** Several back ends as one list: nothing lost, nothing twice, newest first; one that fails hides no other. */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/engine/errors.js';
import type { FeedbackBackend, KnownVersions } from '../../../../src/engine/feedback/backend.js';
import { combinedAttributes, combinedDetail, combinedPage, tolerant } from '../../../../src/engine/feedback/combined.js';
import { randomStream } from '../../../../src/engine/stats/random.js';
import type { FailedSource } from '../../../../src/shared/documents.js';
import { createReferenceBackend, type CanonicalRecord } from '../../../support/referenceBackend.js';

const known: KnownVersions = { onlyPrompt: null, bySha256: new Map() };
const start = Date.UTC(2026, 10, 1);

function records(name: string, count: number, seed: number, spread = 1_000_000): CanonicalRecord[] {
  const random = randomStream(seed, 'rows');
  return Array.from({ length: count }, (_, index) => ({
    schema: 'promptratchet.feedback/1',
    id: `${name}${String(index)}`,
    time: new Date(start + Math.floor(random.u(index) * spread)).toISOString(),
    prompt: { name: index % 2 === 0 ? 'p' : 'q', version: 'v1' },
    signal: 'explicit.rating',
    actor: { kind: 'end_user' },
    user: `u${String(index % 7)}`,
    score: { raw: 1, min: 0, max: 1 },
    attributes: { [name]: 'x', common: 'y' },
  }));
}

function backends(...sizes: number[]): FeedbackBackend[] {
  return sizes.map((size, index) => createReferenceBackend(records(`abc`[index] ?? '', size, index + 1), `source ${String(index)}`));
}

async function all(list: readonly FeedbackBackend[], limit: number, more = {}): Promise<{ id: string; time: string }[]> {
  const rows: { id: string; time: string }[] = [];
  let cursor: string | null = null;
  do {
    const page = await combinedPage(list, { ...more, limit, ...(cursor === null ? {} : { cursor }) }, known);
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return rows;
}

describe('a list over several back ends', () => {
  it.each([
    [[40, 25, 13], 7],
    [[30, 0], 4],
    [[0, 30], 4],
    [[20, 20], 50],
    [[0, 0], 5],
  ])('of %j rows in pages of %i has each row once, newest first', async (sizes, limit) => {
    const rows = await all(backends(...sizes), limit);
    expect(new Set(rows.map((row) => row.id)).size).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(rows.map((row) => row.time)).toEqual(
      rows
        .map((row) => row.time)
        .sort()
        .reverse(),
    );
  });

  it('knows the number of all, also on a later page, and keeps the filter', async () => {
    const list = backends(40, 25);
    const first = await combinedPage(list, { prompt: 'p', limit: 10 }, known);
    expect([first.total, first.rows.length]).toEqual([33, 10]);
    const second = await combinedPage(list, { prompt: 'p', limit: 10, cursor: first.nextCursor ?? '' }, known);
    expect(second.total).toBe(33);
    expect(await all(list, 10, { prompt: 'p' })).toHaveLength(33);
  });

  it.each([0, 1, 9, 300, 1300, 2399, 2400, 5000])('goes to any place: from row %i', async (offset) => {
    const list = [
      createReferenceBackend(records('a', 1500, 8), 'one'),
      // Rows close to each other in time: no guess by time is a good one.
      createReferenceBackend(records('b', 900, 9, 3000), 'two'),
    ];
    const expected = [
      ...((await list[0]?.page({ limit: 5000 }, known))?.rows ?? []),
      ...((await list[1]?.page({ limit: 5000 }, known))?.rows ?? []),
    ]
      .map((row) => row.time)
      .sort()
      .reverse();
    const page = await combinedPage(list, { offset, limit: 20 }, known);
    expect(page.rows.map((row) => row.time)).toEqual(expected.slice(offset, offset + 20));
    expect(page.total).toBe(2400);
    const next = page.nextCursor === null ? null : await combinedPage(list, { cursor: page.nextCursor, limit: 20 }, known);
    expect(next?.rows.map((row) => row.time) ?? []).toEqual(expected.slice(offset + 20, offset + 40));
  });

  it('goes to any place of a list that one of them has alone', async () => {
    const page = await combinedPage(backends(0, 30), { offset: 12, limit: 5 }, known);
    expect(page.rows).toHaveLength(5);
    const rest = await combinedPage(backends(0, 30), { cursor: page.nextCursor ?? '', limit: 50 }, known);
    expect(rest.rows).toHaveLength(13);
    expect(new Set([...page.rows, ...rest.rows].map((row) => row.id)).size).toBe(18);
  });

  it.each(['', '1.2', '[]', '["a"]', '[1,2]', '{}'])('refuses a cursor that is none: %j', async (cursor) => {
    await expect(combinedPage(backends(1, 1), { cursor }, known)).rejects.toMatchObject({ code: 'BAD_USAGE' });
  });

  it('leaves the only one to itself', async () => {
    const [only] = backends(3);
    if (only === undefined) throw new Error('none');
    expect(await combinedPage([only], { limit: 2 }, known)).toEqual(await only.page({ limit: 2 }, known));
  });

  it('finds a record in whichever has it, and names the attributes of all', async () => {
    const list = backends(3, 4);
    expect((await combinedDetail(list, 'b2', known))?.row.source).toBe('source 1');
    expect(await combinedDetail(list, 'nothing', known)).toBeNull();
    expect((await combinedAttributes(list)).sort()).toEqual(['a', 'b', 'common']);
  });
});

describe('a database that fails', () => {
  const broken = (error: Error): FeedbackBackend => {
    const fail = (): Promise<never> => Promise.reject(error);
    return { sums: fail, complaints: fail, page: fail, detail: fail, attributes: fail };
  };
  const window = { since: null, until: null, asOf: start, asked: true };

  it('takes nothing from the others and is named once', async () => {
    const failed: FailedSource[] = [];
    const database = tolerant({ name: 'team', backend: broken(new EngineError('SOURCE_FAILED', 'It does not answer. Start it.')) }, failed);
    const list = [...backends(5), database];
    expect((await combinedPage(list, {}, known)).total).toBe(5);
    expect(await combinedDetail(list, 'a1', known)).not.toBeNull();
    expect(await combinedAttributes(list)).toEqual(['a', 'common']);
    const request = { window, known, halfLifeMs: 1, days: 1, prompts: null, segment: null };
    expect(await database.sums(request)).toEqual({ groups: [], unattributed: { none: 0, ambiguous: 0 } });
    expect(await database.complaints([{ prompt: 'p', version: null }], { window, known, limit: 1 })).toEqual([[]]);
    expect(failed).toEqual([{ source: 'team', code: 'SOURCE_FAILED', message: 'It does not answer. Start it.' }]);
  });

  it.each([new EngineError('CANCELLED', 'Stopped.'), new EngineError('BAD_USAGE', 'No time.'), new TypeError('a defect')])(
    'lets %s through',
    async (error) => {
      await expect(tolerant({ name: 'team', backend: broken(error) }, []).attributes()).rejects.toBe(error);
    },
  );
});
