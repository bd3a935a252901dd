import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  StoreLostError,
  type FeedbackStore,
  type FileState,
  type StoredFeedback,
  type WriteBatch,
} from '../../../src/engine/feedback/store.js';
import { createFeedbackStore } from '../../../src/platform/sqlite/feedbackStore.js';
import { createFeedbackEngine, feedbackLine } from '../../support/feedbackEngine.js';

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
const record = (id: string, offset: number, more: Partial<StoredFeedback> = {}): StoredFeedback => ({
  id,
  offset,
  length: 10,
  line: 1,
  revision: 0,
  updated: 0,
  time: 5,
  digest: offset,
  prompt: 'p',
  orOnlyPrompt: false,
  version: 'v1',
  link: 'exact',
  sha256: null,
  user: 'u',
  session: null,
  interaction: null,
  signal: 'explicit.rating',
  actor: 'end_user',
  y: 1,
  stratum: null,
  comment: null,
  correction: null,
  ...more,
});
const batch = (file: FileState, ...feedback: StoredFeedback[]): WriteBatch => ({
  file,
  dropFrom: null,
  interactions: [],
  feedback,
  rejected: [],
});

async function live(on: FeedbackStore, after = 0): Promise<{ n: number; y: number | null; live: number }[]> {
  const rows: { n: number; y: number | null; live: number }[] = [];
  await on.changes(
    { seq: after, word: 0 },
    {
      interaction: () => undefined,
      feedback: (row) => {
        rows.push({ n: row[0] ?? 0, live: row[1] ?? 0, y: row[14] ?? null });
      },
    },
  );
  return rows;
}

describe('feedback store', () => {
  it('shows only what changed since', async () => {
    const file = await newFile(store, '/a');
    await store.write(batch(file, record('x', 0), record('y', 10)));
    const { seq } = await store.state();
    expect(await live(store)).toHaveLength(2);
    await store.write(batch(file, record('x', 20, { y: 0, revision: 1 })));
    expect(await live(store, seq)).toEqual([
      { n: 1, live: 0, y: 1 },
      { n: 3, live: 1, y: 0 },
    ]);
  });

  it('lets the best that is left count when a file goes', async () => {
    const [a, b] = [await newFile(store, '/a'), await newFile(store, '/b')];
    await store.write(batch(a, record('x', 0, { y: 0.25 })));
    await store.write(batch(b, record('x', 0, { y: 0.75, revision: 1 })));
    expect(await store.totals('s')).toEqual({ interactions: 0, feedback: 1 });
    const { epoch } = await store.state();
    await store.dropFile(b.id);
    expect((await store.state()).epoch).not.toBe(epoch);
    expect(await live(store)).toEqual([{ n: 1, live: 1, y: 0.25 }]);
    expect(await store.totals('s')).toEqual({ interactions: 0, feedback: 1 });
  });

  it('tells what was dropped from what is new', async () => {
    const a = await newFile(store, '/a');
    await store.write(batch(a, record('x', 0), record('y', 10)));
    await store.dropFile(a.id);
    const again = await newFile(store, '/a');
    const counts = await store.write(batch(again, record('x', 0), record('y', 10, { digest: 99 }), record('z', 20)));
    expect(counts.feedback).toEqual({ new: 1, updated: 1 });
  });

  it('is written by two connections, each seeing the other', async () => {
    const other = createFeedbackStore({ path });
    const file = await newFile(store, '/a');
    await store.write(batch(file, record('x', 0)));
    const theirs = await newFile(other, '/b');
    expect(await other.write(batch(theirs, record('x', 0, { revision: 1, y: 0 }), record('y', 10)))).toMatchObject({
      feedback: { new: 1, updated: 0 },
    });
    expect(await store.write(batch(file, record('y', 30, { revision: 1, digest: 10 })))).toMatchObject({ feedback: { new: 0 } });
    expect((await live(store)).filter((row) => row.live === 1)).toHaveLength(2);
    await other.close();
  });

  it('keeps nothing of a write that failed', async () => {
    const file = await newFile(store, '/a');
    const broken = { ...record('y', 10), digest: Symbol('no number') as unknown as number };
    await expect(store.write(batch(file, record('x', 0, { prompt: 'new' }), broken))).rejects.toThrow();
    expect(await live(store)).toEqual([]);
    expect(await store.write(batch(file, record('x', 0, { prompt: 'new' })))).toMatchObject({ feedback: { new: 1 } });
    const changes = await store.changes({ seq: 0, word: 0 }, { interaction: () => undefined, feedback: () => undefined });
    expect(changes.words.map((each) => each.text)).toContain('new');
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
    await store.write(batch(file, ...Array.from({ length: 3000 }, (_, i) => record(`id${String(i)}`, i * 10))));
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 3);
    writeFileSync(path, bytes);
    const outcome = await live(store).catch((error: unknown) => error);
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
