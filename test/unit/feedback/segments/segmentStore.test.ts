import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/engine/errors.js';
import { lineDigest, Pseudonyms } from '../../../../src/engine/feedback/identity.js';
import { createRedactor } from '../../../../src/engine/feedback/redaction/redactor.js';
import { createSegmentStore, type SegmentStoreOptions } from '../../../../src/engine/feedback/segments/segmentStore.js';
import { SegmentWriter } from '../../../../src/engine/feedback/segments/writer.js';
import type { SegmentStore } from '../../../../src/engine/feedback/segments/types.js';
import type { FileSystem } from '../../../../src/engine/ports.js';
import { createFileSystem } from '../../../../src/platform/fs.js';
import { createLocks } from '../../../../src/platform/lock.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ratchet-segments-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const clock = { now: () => new Date('2026-11-24T12:00:00.000Z'), monotonic: () => 0, sleep: () => Promise.resolve() };
const tools = (fs: FileSystem = createFileSystem()) => ({ root, fs, locks: createLocks(), clock });
const store = (more: Partial<SegmentStoreOptions> = {}, fs?: FileSystem): SegmentStore =>
  createSegmentStore(tools(fs), {
    prepare: { redactor: createRedactor({ kinds: ['email'], patterns: [] }), pseudonyms: new Pseudonyms('ab'.repeat(32)) },
    ...more,
  });
const record = (id: string, more: Record<string, unknown> = {}) => ({ schema: 'promptratchet.feedback/1', id, ...more });
const folder = (...parts: string[]) => join(root, '.ratchet/.local/segments', ...parts);
const lines = (...parts: string[]) =>
  readFileSync(folder(...parts), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('append', () => {
  it('writes prepared records, counts what was taken out, and keeps what was rejected by reason', async () => {
    const segments = store();
    const { redacted } = await segments.append(
      'phoenix',
      null,
      [record('f1', { text: 'mail a@example.org or b@example.org', user: 'u' })],
      [
        { reason: 'bad time', line: 9 },
        { reason: 'bad time', line: 4 },
      ],
    );
    expect(redacted).toEqual({ email: 2 });
    expect(lines('phoenix/all/000001.jsonl')).toEqual([
      record('f1', { text: 'mail [email] or [email]', user: new Pseudonyms('ab'.repeat(32)).of('u') }),
      { schema: 'promptratchet.rejected/1', reason: 'bad time', line: 4, count: 2 },
    ]);
    expect((await segments.append('phoenix', null, [record('f2')], [])).redacted).toEqual({});
    expect(lines('phoenix/all/000001.jsonl').map((each) => each['id'])).toEqual(['f1', undefined, 'f2']);
  });

  it('begins a new segment where the last one would grow too large', async () => {
    const segments = store({ maxBytes: 120 });
    for (const id of ['a', 'b', 'c', 'd']) await segments.append('s', null, [record(id)], []);
    const { files } = await segments.open('s');
    expect(files.map((file) => file.path.slice(-12))).toEqual(['000001.jsonl', '000002.jsonl']);
    expect(files.flatMap((file) => lines(file.path.slice(folder().length + 1)).map((each) => each['id']))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('writes nothing twice that the index holds with the same text', async () => {
    const known = new Map([['f1', lineDigest(JSON.stringify(record('f1')))]]);
    const segments = store({ holds: (_, asked) => Promise.resolve(asked.map(({ id, digest }) => known.get(id) === digest)) });
    await segments.append('s', null, [record('f1'), record('f1', { revision: 2 }), record('f2'), { schema: 'else' }], []);
    expect(lines('s/all/000001.jsonl')).toEqual([record('f1', { revision: 2 }), record('f2'), { schema: 'else' }]);
  });

  it('puts the records of a restart in the place of what was there, for the named part only', async () => {
    const segments = store({ maxBytes: 60, holds: (_, asked) => Promise.resolve(asked.map(() => true)) });
    await segments.append('s', 'a.csv', [record('old1')], [{ reason: 'x', line: 1 }], { restart: true });
    await segments.append('s', 'a.csv', [], [{ reason: 'y', line: 1 }]);
    await segments.append('s', 'b.csv', [record('other')], [], { restart: true });
    await segments.append('s', 'a.csv', [record('new')], [], { restart: true });
    const { files } = await segments.open('s');
    expect(files.map((file) => [file.part, lines(file.path.slice(folder().length + 1)).map((each) => each['id'])])).toEqual([
      ['a.csv', ['new']],
      ['b.csv', ['other']],
    ]);
    expect(await segments.parts('s')).toEqual(['a.csv', 'b.csv']);
    await segments.drop('s', 'a.csv');
    expect(await segments.parts('s')).toEqual(['b.csv']);
    expect((await segments.open('s')).files.map((file) => file.part)).toEqual(['b.csv']);
  });

  it('keeps sources and parts of any name apart', async () => {
    const segments = store();
    const names = ['App', 'app', '../up', 'a/b', 'con', 'all', 'x.lock', 'ü', 'long'.repeat(60), 'long'.repeat(61)];
    for (const name of names) await segments.append(name, null, [record(name)], []);
    expect(await segments.sources()).toEqual([...names].sort());
    for (const name of names) expect((await segments.open(name)).files).toHaveLength(1);
    expect(readdirSync(folder()).every((name) => /^[a-z0-9_-]{1,60}$/.test(name))).toBe(true);
    await segments.append('app', 'all', [record('part')], []);
    expect(await segments.parts('app')).toEqual(['all']);
  });
});

describe('a segment that was not written to its end', () => {
  it('is cut behind its last complete line; what is cut is kept and said', async () => {
    const segments = store();
    await segments.append('s', null, [record('f1')], []);
    appendFileSync(folder('s/all/000001.jsonl'), '{"schema":"promptratchet.feedback/1","id":"ha\0\0\0');
    const { files, notes } = await segments.open('s');
    expect(files).toHaveLength(1);
    expect(notes).toEqual([
      '.ratchet/.local/segments/s/all/000001.jsonl ended in the middle of a line; 48 bytes were cut off and are kept beside it.',
    ]);
    expect(lines('s/all/000001.jsonl')).toEqual([record('f1')]);
    expect(readFileSync(folder('s/all/000001.jsonl.torn-2026-11-24T12-00-00-000Z'), 'utf8')).toBe(
      '{"schema":"promptratchet.feedback/1","id":"ha\0\0\0',
    );
    expect((await segments.open('s')).notes).toEqual([]);
  });

  it('is cut before the next append too, also where no line of it is complete', async () => {
    await store().append('s', null, [record('f1')], []);
    writeFileSync(folder('s/all/000001.jsonl'), 'x'.repeat(2_500_000));
    const segments = store();
    await segments.append('s', null, [record('f2')], []);
    expect(lines('s/all/000001.jsonl')).toEqual([record('f2')]);
    expect((await segments.open('s')).notes[0]).toContain('2500000 bytes');
    expect(readFileSync(folder('s/all/000001.jsonl.torn-2026-11-24T12-00-00-000Z'), 'utf8')).toHaveLength(2_500_000);
  });
});

describe('a full disk', () => {
  it('is IO_FAILED with ENOSPC; nothing of the batch is there, and what was before is', async () => {
    const fs = createFileSystem();
    let full = false;
    const failing: FileSystem = {
      ...fs,
      async append(path, text, options) {
        if (!full) return fs.append(path, text, options);
        await fs.append(path, text.slice(0, 10));
        throw new EngineError('IO_FAILED', 'The disk is full.', { path, reason: 'ENOSPC' });
      },
    };
    const segments = store({}, failing);
    await segments.append('s', null, [record('f1')], []);
    full = true;
    await expect(segments.append('s', null, [record('f2')], [])).rejects.toMatchObject({
      code: 'IO_FAILED',
      details: { reason: 'ENOSPC' },
    });
    expect(lines('s/all/000001.jsonl')).toEqual([record('f1')]);
    full = false;
    await segments.append('s', null, [record('f3')], []);
    expect(lines('s/all/000001.jsonl')).toEqual([record('f1'), record('f3')]);
  });
});

describe('several writers', () => {
  it('lose nothing of each other, also where the segment is replaced meanwhile', async () => {
    const writers = Array.from({ length: 3 }, () => new SegmentWriter(tools(), { source: 'collector', part: null, maxBytes: 500 }));
    const fs = createFileSystem();
    const locks = createLocks();
    await Promise.all(
      writers.map(async (writer, who) => {
        for (let count = 0; count < 12; count++) {
          await writer.append([JSON.stringify({ id: `${String(who)}-${String(count)}` })]);
          if (who !== 0) continue;
          await locks.withLock(folder('collector.lock'), async () => {
            for (const name of readdirSync(folder('collector/all')).filter((each) => each.endsWith('.jsonl'))) {
              const path = folder('collector/all', name);
              await fs.write(path, readFileSync(path, 'utf8').replaceAll('"id"', '"id" '));
            }
          });
        }
      }),
    );
    const { files } = await store().open('collector');
    expect(files.length).toBeGreaterThan(1);
    const ids = files.flatMap((file) => lines(file.path.slice(folder().length + 1)).map((each) => each['id']));
    expect(ids).toHaveLength(36);
    expect(new Set(ids).size).toBe(36);
  });
});

describe('state', () => {
  it('is what was set last, and goes with the source', async () => {
    const segments = store();
    expect(await segments.state('s')).toBeNull();
    await segments.append('s', null, [record('f1')], []);
    await segments.setState('s', { cursor: 'a' });
    await segments.setState('s', { cursor: 'b' });
    expect(await segments.state('s')).toEqual({ cursor: 'b' });
    writeFileSync(folder('s/state.json'), 'not JSON');
    expect(await segments.state('s')).toBeNull();
    await segments.setState('s', { cursor: 'c' });
    await segments.drop('s');
    expect(await segments.sources()).toEqual([]);
    expect(await segments.state('s')).toBeNull();
    expect((await segments.open('s')).files).toEqual([]);
  });
});
