import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreLostError, type FeedbackStore, type FileState, type WriteBatch } from '../../../src/engine/feedback/store.js';
import { createFeedbackStore } from '../../../src/platform/sqlite/feedbackStore.js';
import { createFeedbackEngine, feedbackLine } from '../../support/feedbackEngine.js';
import { scanText } from '../../support/recordBatch.js';

let folder: string;
let path: string;
let store: FeedbackStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-store-'));
  path = join(folder, 'deep/feedback.sqlite');
  store = createFeedbackStore({ path });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const newFile = (on: FeedbackStore, name: string): Promise<FileState> =>
  on.addFile({ source: 's', path: name, offset: 0, lines: 0, size: 0, mtimeMs: 0, head: '', anchor: '', fingerprint: '', scale: 'unit' });
const record = (id: string, more: Record<string, unknown> = {}): string => feedbackLine({ id, ...more });
const scored = (raw: number, revision = 0): Record<string, unknown> => ({ score: { raw, min: 0, max: 1 }, revision });
const batch = (file: FileState, offset: number, ...lines: string[]): WriteBatch => ({
  file,
  dropFrom: null,
  records: [scanText(lines.map((line) => `${line}\n`).join(''), { offset })],
});

async function rows(on: FeedbackStore, after = 0): Promise<{ n: number; y: number; live: number }[]> {
  const found: { n: number; y: number; live: number }[] = [];
  await on.changes(
    { seq: after, group: 0 },
    {
      interactions: () => undefined,
      feedback: ({ first, count, live, y }) => {
        for (let i = 0; i < count; i++) found.push({ n: first + i, y: y[i] ?? NaN, live: live[i] ?? -1 });
      },
    },
  );
  return found;
}

describe('feedback store', () => {
  it('shows only what changed since', async () => {
    const [a, b] = [await newFile(store, '/a'), await newFile(store, '/b')];
    await store.write(batch(a, 0, record('x'), record('y')));
    const { seq } = await store.state();
    expect(await rows(store)).toHaveLength(2);
    await store.write(batch(b, 0, record('z', scored(0))));
    expect(await rows(store, seq)).toEqual([{ n: 1024, live: 1, y: 0 }]);
    await store.write(batch(b, 1000, record('x', scored(0, 1))));
    expect((await rows(store, seq)).map(({ n, live }) => [n, live])).toEqual([
      [0, 0],
      [1, 1],
      [1024, 1],
      [1025, 1],
    ]);
  });

  it('lets the best that is left count when a file goes', async () => {
    const [a, b] = [await newFile(store, '/a'), await newFile(store, '/b')];
    await store.write(batch(a, 0, record('x', scored(0.25))));
    await store.write(batch(b, 0, record('x', scored(0.75, 1))));
    expect(await store.totals('s')).toEqual({ interactions: 0, feedback: 1 });
    const { epoch } = await store.state();
    await store.dropFile(b.id);
    await store.finish();
    expect((await store.state()).epoch).not.toBe(epoch);
    expect(await rows(store)).toEqual([{ n: 0, live: 1, y: 0.25 }]);
    expect(await store.totals('s')).toEqual({ interactions: 0, feedback: 1 });
    expect(await store.findFeedback('x')).toBe(0);
  });

  it('tells what was dropped from what is new', async () => {
    const a = await newFile(store, '/a');
    await store.write(batch(a, 0, record('x'), record('y')));
    await store.finish();
    await store.dropFile(a.id);
    const again = await newFile(store, '/a');
    const counts = await store.write(batch(again, 0, record('x'), record('y', { text: 'more' }), record('z')));
    expect(counts.feedback).toEqual({ new: 1, updated: 1 });
  });

  it('is written by two connections, each seeing the other', async () => {
    const other = createFeedbackStore({ path });
    const file = await newFile(store, '/a');
    await store.write(batch(file, 0, record('x')));
    const theirs = await newFile(other, '/b');
    expect(await other.write(batch(theirs, 0, record('x', scored(0, 1)), record('y')))).toMatchObject({
      feedback: { new: 1, updated: 1 },
    });
    expect(await store.write(batch(file, 1000, record('y')))).toMatchObject({ feedback: { new: 0 } });
    expect((await rows(store)).filter((row) => row.live === 1)).toHaveLength(2);
    await store.finish();
    expect(await other.findFeedback('y')).toBe(await store.findFeedback('y'));
    await other.close();
  });

  it('keeps nothing of a write that failed', async () => {
    const file = await newFile(store, '/a');
    const good = batch(file, 0, record('x', { prompt: { name: 'new', version: 'v1' } }));
    const broken = { ...good, file: { ...file, offset: Symbol('no number') as unknown as number } };
    await expect(store.write(broken)).rejects.toThrow();
    expect(await rows(store)).toEqual([]);
    expect(await store.write(good)).toMatchObject({ feedback: { new: 1 } });
    const prompts: (string | null)[] = [];
    await store.changes({ seq: 0, group: 0 }, { groups: (groups) => prompts.push(...groups.map((each) => each.group.prompt)) });
    expect(prompts).toContain('new');
  });

  it('finds ids, whatever they are made of, also where a reading was stopped before its end', async () => {
    const file = await newFile(store, '/a');
    const ids = ['0123456789abcdef0123456789abcdef', '0123456789ABCDEF0123456789ABCDEF', 'ü ☺', 'f1', '0'.repeat(31)];
    await store.write(batch(file, 0, ...ids.map((id) => record(id))));
    await store.close();
    for (const id of ids) {
      const n = await store.findFeedback(id);
      expect((await store.locateFeedback([n ?? -1])).map((each) => each.id)).toEqual([id]);
    }
    expect(await store.findFeedback('nope')).toBeNull();
    await store.write(batch(file, 5000, record('f1', scored(0, 1)), record('f2')));
    await store.finish();
    expect((await rows(store)).filter((row) => row.live === 1)).toHaveLength(6);
    expect(await store.findFeedback('f1')).toBe(5);
  });

  it('gives rows of dropped files to others, and finds nothing that is not there', async () => {
    const [a, b] = [await newFile(store, '/a'), await newFile(store, '/b')];
    await store.write(batch(a, 0, record('x', { text: 'first words' })));
    await store.write(batch(b, 0, record('y', { text: 'other words' })));
    await store.finish();
    await store.dropFile(a.id);
    const c = await newFile(store, '/c');
    await store.write(batch(c, 0, record('z')));
    await store.finish();
    expect(await store.findFeedback('z')).toBe(0);
    expect(await store.findFeedback('x')).toBeNull();
    expect(await store.search('words')).toEqual([1024]);
    expect(await store.search('first')).toEqual([]);
  });

  it('makes itself anew where the file is of another version', async () => {
    await newFile(store, '/a');
    await store.close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect(await store.files()).toEqual([]);
  });

  it('makes itself anew where the file is no database, or is damaged inside', async () => {
    const file = await newFile(store, '/a');
    await store.write(batch(file, 0, ...Array.from({ length: 3000 }, (_, i) => record(`id${String(i)}`))));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 3);
    writeFileSync(path, bytes);
    const outcome = await rows(store).catch((error: unknown) => error);
    expect(outcome instanceof StoreLostError || Array.isArray(outcome)).toBe(true);
    await store.close();
    writeFileSync(path, 'this is no database, and long enough that SQLite looks at it'.repeat(100));
    expect(await store.files()).toEqual([]);
  });

  it('notices that another process made the file anew', async () => {
    await newFile(store, '/a');
    rmSync(path);
    rmSync(`${path}-wal`, { force: true });
    rmSync(`${path}-shm`, { force: true });
    expect(await store.files()).toEqual([]);
    const other = createFeedbackStore({ path });
    await newFile(other, '/b');
    expect((await store.files()).map((each) => each.path)).toEqual(['/b']);
    await other.close();
  });
});

describe('the service on a damaged index', () => {
  it('reads the logs again by itself', async () => {
    const engine = createFeedbackEngine();
    engine.write('log.jsonl', Array.from({ length: 2000 }, (_, i) => `${feedbackLine({ user: `u${String(i)}` })}\n`).join(''));
    await engine.feedback.pull();
    await engine.store.close();
    const index = join(engine.root, '.ratchet/.local/feedback.sqlite');
    const bytes = readFileSync(index);
    bytes.fill(0xff, 4096);
    writeFileSync(index, bytes);
    await engine.feedback.pull();
    expect((await engine.scoring.score()).prompts[0]?.versions[0]?.score?.users).toBe(2000);
    await engine.close();
  });
});
