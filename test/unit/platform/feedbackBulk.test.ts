import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeedbackStore, FileState } from '../../../src/engine/feedback/store.js';
import { createFeedbackStore } from '../../../src/platform/sqlite/feedbackStore.js';
import { feedbackLine } from '../../support/feedbackEngine.js';
import { scanText } from '../../support/recordBatch.js';

interface Line {
  id: number;
  interaction: boolean;
  about: number | null;
  revision: number;
  trace: number | null;
  plan: number | null;
  text: string | null;
  user: number;
}

const line: fc.Arbitrary<Line> = fc.record({
  id: fc.integer({ min: 0, max: 60 }),
  interaction: fc.boolean(),
  about: fc.option(fc.integer({ min: 0, max: 60 })),
  revision: fc.integer({ min: 0, max: 2 }),
  trace: fc.option(fc.integer({ min: 0, max: 3 })),
  plan: fc.option(fc.integer({ min: 0, max: 3 })),
  text: fc.option(fc.constantFrom('wrong team', 'a refund')),
  user: fc.integer({ min: 0, max: 5 }),
});
const hex = (n: number): string => n.toString(16).padStart(32, '0');

function textOf({ id, interaction, about, revision, trace, plan, text, user }: Line): string {
  const shared = {
    // Ids of hex digits, and others.
    id: id % 2 === 0 ? hex(id) : `id ${String(id)}`,
    revision,
    user: `u${String(user)}`,
    prompt: { name: 'p', version: `v${String(user % 2)}` },
    ...(trace === null ? {} : { trace_id: hex(trace + 100) }),
    ...(plan === null ? {} : { attributes: { plan: `plan ${String(plan)}` } }),
  };
  if (interaction) {
    const more = { schema: 'promptratchet.interaction/1', time: '2026-11-20T00:00:00.000Z', system: { latency_ms: id, retries: 1 } };
    return `${JSON.stringify({ ...shared, ...more })}\n`;
  }
  const score = { raw: (id % 4) / 4, min: 0, max: 1 };
  const of = about === null ? {} : { interaction_id: about % 2 === 0 ? hex(about) : `id ${String(about)}` };
  return `${feedbackLine({ ...shared, ...of, score, ...(text === null ? {} : { text }) })}\n`;
}

/** Everything that can be asked of an index. */
async function contents(store: FeedbackStore): Promise<unknown> {
  const found: Record<string, unknown>[] = [];
  const rows: number[] = [];
  await store.changes(
    { seq: 0, group: 0 },
    {
      interactions: ({ first, count, live, time, group, unit, latency, retries, status, implied }) => {
        for (let i = 0; i < count; i++) {
          found.push(
            Object.fromEntries(Object.entries({ live, time, group, unit, latency, retries, status, implied }).map(([k, v]) => [k, v[i]])),
          );
          found.push({ n: first + i });
        }
      },
      feedback: ({ first, count, live, time, group, unit, row, y, signal, actor, flags }) => {
        for (let i = 0; i < count; i++) {
          found.push(
            Object.fromEntries(Object.entries({ live, time, group, unit, row, y, signal, actor, flags }).map(([k, v]) => [k, v[i]])),
          );
          rows.push(first + i);
        }
      },
    },
  );
  return {
    found,
    totals: await store.totals('s'),
    feedback: await store.locateFeedback(rows),
    interactions: await store.locateInteractions(Array.from({ length: 200 }, (_, n) => n)),
    plans: await store.attributeValues('plan'),
    names: await store.attributeNames(),
    refunds: await store.search('refund'),
    ids: await Promise.all(Array.from({ length: 61 }, (_, id) => store.findFeedback(id % 2 === 0 ? hex(id) : `id ${String(id)}`))),
  };
}

async function withStore<T>(work: (open: (keysInMemory?: number) => FeedbackStore) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ratchet-bulk-'));
  const open: FeedbackStore[] = [];
  try {
    return await work((keysInMemory) => {
      const path = join(folder, 'feedback.sqlite');
      const store = createFeedbackStore(keysInMemory === undefined ? { path } : { path, keysInMemory });
      open.push(store);
      return store;
    });
  } finally {
    for (const store of open) await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
const newFile = (store: FeedbackStore): Promise<FileState> =>
  store.addFile({
    source: 's',
    path: '/a',
    offset: 0,
    lines: 0,
    size: 0,
    mtimeMs: 0,
    head: '',
    anchor: '',
    fingerprint: '',
    scale: 'unit',
  });

describe('the first reading of a log', () => {
  it('makes of many lines at once what later pulls make of each by itself', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 120 }), fc.integer({ min: 1, max: 40 }), async (lines, keysInMemory) => {
        const texts = lines.map(textOf);
        const atOnce = await withStore(async (open) => {
          const store = open(keysInMemory);
          const file = await newFile(store);
          const counts = await store.write({ file, dropFrom: null, records: [scanText(texts.join(''))] });
          await store.finish();
          const result = { counts, contents: await contents(store) };
          // Closing writes the tables of ids; where nobody does, they are made again from the blocks.
          if (keysInMemory % 2 === 0) await store.close();
          expect(await contents(open())).toEqual(result.contents);
          return result;
        });
        const oneByOne = await withStore(async (open) => {
          let store = open();
          const file = await newFile(store);
          const counts = { interactions: { new: 0, updated: 0 }, feedback: { new: 0, updated: 0 } };
          let offset = 0;
          for (const [i, text] of texts.entries()) {
            const written = await store.write({ file, dropFrom: null, records: [scanText(text, { offset, line: i + 1 })] });
            for (const kind of ['interactions', 'feedback'] as const) {
              counts[kind].new += written[kind].new;
              counts[kind].updated += written[kind].updated;
            }
            offset += Buffer.byteLength(text);
            if (i > 0) continue;
            // From here on ids are looked for in the index.
            await store.finish();
            await store.close();
            store = open();
          }
          await store.finish();
          return { counts, contents: await contents(store) };
        });
        expect(atOnce).toEqual(oneByOne);
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});
