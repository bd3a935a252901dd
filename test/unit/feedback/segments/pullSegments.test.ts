import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../../../src/engine/errors.js';
import { createFilesSource } from '../../../../src/engine/feedback/sources/files/source.js';
import { createLocks } from '../../../../src/platform/lock.js';
import { createFileSystem } from '../../../../src/platform/fs.js';
import { maxLineBytes } from '../../../../src/engine/feedback/lines.js';
import { rejectReasons } from '../../../../src/engine/feedback/records.js';
import { SegmentWriter } from '../../../../src/engine/feedback/segments/writer.js';
import { createFeedbackEngine, feedbackLine, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { scriptedSource, serverDown, type ScriptedSource } from '../../../support/scriptedSource.js';

let engine: FeedbackEngine;
let server: ScriptedSource;
beforeEach(() => {
  server = scriptedSource();
  engine = open();
});
afterEach(() => engine.close());

function open(root?: string): FeedbackEngine {
  return createFeedbackEngine({
    ...(root === undefined ? {} : { root }),
    sources: [
      { name: 'server', kind: 'phoenix', url: 'http://127.0.0.1:1' },
      { name: 'log', kind: 'jsonl', path: 'log.jsonl' },
    ],
    adapters: { phoenix: server.factory, csv: server.factory, jsonl: createFilesSource },
  });
}
const record = (id: string, more: Record<string, unknown> = {}) => JSON.parse(feedbackLine({ id, ...more })) as Record<string, unknown>;
const pullAll = async (options: Parameters<FeedbackEngine['feedback']['pull']>[0] = {}) => (await engine.feedback.pull(options)).sources;
const segment = (...parts: string[]) => join(engine.root, '.ratchet/.local/segments', ...parts);
const stored = (...parts: string[]) =>
  readFileSync(segment(...parts), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a source that goes through segments', () => {
  it('is counted, redacted and named by pseudonym; a failing one hides no other', async () => {
    engine.write('log.jsonl', `${feedbackLine({ id: 'own' })}\n`);
    server.reads = [[{ records: [record('f1', { text: 'mail anna@example.org', user: 'anna' })], notes: ['Read 1 page.'] }, serverDown]];
    const [first, second] = await pullAll();
    expect(first).toMatchObject({
      name: 'server',
      ok: false,
      error: 'The server does not answer. Start it.',
      feedback: { new: 1, updated: 0, total: 1 },
      notes: ['Nothing of it is ever removed here, unless retention is set in .ratchet/config.yaml.', 'Read 1 page.'],
      redacted: { email: 1 },
      cursor: '{"at":1}',
    });
    expect(second).toMatchObject({ name: 'log', ok: true, feedback: { new: 1, total: 1 } });
    const rows = (await engine.feedback.page({ user: 'anna' })).rows;
    expect(rows).toMatchObject([{ source: 'server', text: 'mail [email]' }]);
    expect(JSON.stringify(stored('server/all/000001.jsonl'))).not.toContain('anna');
  });

  it('goes on behind the last batch that was stored', async () => {
    server.reads = [[{ records: [record('f1')], state: { page: 1 } }, { records: [record('f2')], state: { page: 2 } }, serverDown]];
    await pullAll();
    server.reads = [[{ records: [record('f3')], state: { page: 3 } }]];
    const [again] = await pullAll({ sources: ['server'] });
    expect(server.calls.map((call) => call.state)).toEqual([null, { page: 2 }]);
    expect(again).toMatchObject({ ok: true, feedback: { new: 1, total: 3 }, cursor: '{"page":3}' });
  });

  it('writes nothing twice that was read again, and takes in what changed', async () => {
    server.reads = [
      [{ records: [record('f1'), record('f2', { score: { raw: 0, min: 0, max: 1 } })] }],
      [{ records: [record('f1'), record('f2', { score: { raw: 1, min: 0, max: 1 }, revision: 1 })] }],
    ];
    await pullAll();
    const [again] = await pullAll();
    expect(again).toMatchObject({ feedback: { new: 0, updated: 1, total: 2 } });
    expect(stored('server/all/000001.jsonl').map((each) => [each['id'], each['revision']])).toEqual([
      ['f1', undefined],
      ['f2', undefined],
      ['f2', 1],
    ]);
  });

  it('asks from the start with --full, and loses nothing that the server has forgotten', async () => {
    server.reads = [[{ records: [record('old'), record('f1')] }], [{ records: [record('f1')], restart: true }]];
    await pullAll();
    const [full] = await pullAll({ full: true });
    expect(server.calls.map((call) => call.options.full)).toEqual([false, true]);
    expect(full).toMatchObject({ feedback: { new: 0, total: 2 } });
  });

  it('reads anew where config.yaml says another server, and forgets the first once the second has answered', async () => {
    server.reads = [[{ records: [record('f1')] }], [serverDown], [{ records: [record('g1')] }]];
    await pullAll();
    const [source] = engine.sources;
    if (source !== undefined) source.url = 'http://127.0.0.1:2';
    expect((await pullAll())[0]).toMatchObject({ ok: false, feedback: { total: 1 } });
    expect((await pullAll())[0]).toMatchObject({ ok: true, feedback: { new: 1, total: 1 } });
    expect(server.calls.map((call) => [call.state, call.options.full])).toEqual([
      [null, false],
      [null, true],
      [null, true],
    ]);
    expect((await engine.feedback.page({})).rows.map((row) => row.id)).toEqual(['g1']);
  });

  it('reads anew where it is to be read in another way', async () => {
    server.reads = [[{ records: [record('f1')] }], [{ records: [record('f1', { signal: 'explicit.thumb' })] }]];
    await pullAll();
    const [source] = engine.sources;
    if (source !== undefined) source.scores = { '*': { signal: 'explicit.thumb' } };
    await pullAll();
    expect(server.calls[1]?.options.full).toBe(true);
    expect((await engine.feedback.page({})).rows.map((row) => row.signal)).toEqual(['explicit.thumb']);
  });

  it('says what a server sent that cannot be read, as of the last pull', async () => {
    const bad = { reason: 'bad time', line: 0 };
    server.reads = [
      [{ records: [record('f1')], rejected: [bad] }, { rejected: [bad, bad] }],
      [{ rejected: [bad] }],
      [{ rejected: [bad] }],
      [{}],
    ];
    expect((await pullAll())[0]?.rejected).toEqual([{ reason: 'bad time', count: 3, firstLine: 0 }]);
    expect((await pullAll())[0]?.rejected).toEqual([{ reason: 'bad time', count: 1, firstLine: 0 }]);
    expect((await pullAll())[0]?.rejected).toEqual([{ reason: 'bad time', count: 1, firstLine: 0 }]);
    expect((await pullAll())[0]?.rejected).toEqual([]);
  });

  it('keeps --since until the next --full', async () => {
    server.reads = [
      [{ records: [record('new'), record('old', { time: '2026-01-01T00:00:00Z' })] }],
      [],
      [{ records: [record('old', { time: '2026-01-01T00:00:00Z' })] }],
    ];
    expect((await pullAll({ since: '2026-11-01T00:00:00Z' }))[0]?.feedback.total).toBe(1);
    expect((await pullAll())[0]?.notes).toEqual(['Records before 2026-11-01T00:00:00.000Z are left out until the next pull with --full.']);
    expect(server.calls.map((call) => call.options.since)).toEqual([
      Date.parse('2026-11-01T00:00:00Z'),
      Date.parse('2026-11-01T00:00:00Z'),
    ]);
    expect((await pullAll({ full: true }))[0]?.feedback.total).toBe(2);
  });

  it('is not hidden by a defect of its adapter', async () => {
    engine.write('log.jsonl', `${feedbackLine({ id: 'own' })}\n`);
    server.reads = [[new TypeError('x is not a function')]];
    const [first, second] = await pullAll();
    expect(first).toMatchObject({ ok: false, error: expect.stringContaining('"server" failed in a way that was not foreseen') as string });
    expect(second).toMatchObject({ ok: true });
  });

  it('says that a record is too long for a line', async () => {
    server.reads = [[{ records: [record('f1', { text: 'x'.repeat(maxLineBytes) }), record('f2')] }]];
    expect((await pullAll())[0]).toMatchObject({
      feedback: { total: 1 },
      rejected: [{ reason: rejectReasons.tooLong, count: 1, firstLine: 0 }],
    });
  });

  it('loses and doubles nothing where it ended between the records and the state of a batch', async () => {
    await engine.close();
    const fs = createFileSystem();
    let broken = true;
    engine = createFeedbackEngine({
      sources: [{ name: 'server', kind: 'phoenix' }],
      adapters: { phoenix: server.factory },
      ports: {
        fs: {
          ...fs,
          write: (path, text) =>
            broken && path.endsWith('state.json')
              ? Promise.reject(new EngineError('IO_FAILED', 'The disk is full. Free some space.', { path, reason: 'ENOSPC' }))
              : fs.write(path, text),
        },
      },
    });
    server.reads = [
      [{ records: [record('f1')] }, { records: [record('f2')] }],
      [{ records: [record('f1')] }, { records: [record('f2')] }],
    ];
    expect((await pullAll())[0]).toMatchObject({ ok: false, error: 'The disk is full. Free some space.', feedback: { new: 1, total: 1 } });
    broken = false;
    expect((await pullAll())[0]).toMatchObject({ ok: true, feedback: { new: 1, total: 2 } });
    expect(server.calls.map((call) => call.state)).toEqual([null, null]);
  });

  it('keeps what is on disk where the disk is full, and goes on when there is room', async () => {
    await engine.close();
    const fs = createFileSystem();
    let room = 1;
    engine = createFeedbackEngine({
      sources: [{ name: 'server', kind: 'phoenix' }],
      adapters: { phoenix: server.factory },
      ports: {
        fs: {
          ...fs,
          async append(path, text, options) {
            if (!path.endsWith('.jsonl') || room-- > 0) return fs.append(path, text, options);
            await fs.append(path, text.slice(0, 50));
            throw new EngineError('IO_FAILED', 'The disk is full. Free some space.', { path, reason: 'ENOSPC' });
          },
        },
      },
    });
    const batches = ['f1', 'f2', 'f3'].map((id, page) => ({ records: [record(id)], state: { page } }));
    server.reads = [batches, batches.slice(1)];
    expect((await pullAll())[0]).toMatchObject({
      ok: false,
      error: 'The disk is full. Free some space.',
      feedback: { total: 1 },
      rejected: [],
    });
    room = 100;
    expect((await pullAll())[0]).toMatchObject({ ok: true, feedback: { new: 2, total: 3 }, rejected: [] });
    expect(server.calls[1]?.state).toEqual({ page: 0 });
  });

  it('is asked by one process at a time: the other waits and goes on where the first ended', async () => {
    const other = open(engine.root);
    server.reads = [[{ records: [record('f1')], state: { page: 1 } }], [{ records: [record('f2')], state: { page: 2 } }]];
    const both = await Promise.all([engine.feedback.pull({ sources: ['server'] }), other.feedback.pull({ sources: ['server'] })]);
    expect(both.flatMap((document) => document.sources.map((source) => source.ok))).toEqual([true, true]);
    expect(server.calls.map((call) => call.state)).toEqual([null, { page: 1 }]);
    expect(stored('server/all/000001.jsonl').map((each) => each['id'])).toEqual(['f1', 'f2']);
    expect((await pullAll({ sources: ['server'] }))[0]).toMatchObject({ feedback: { new: 0, total: 2 } });
    await other.store.close();
  });

  it('is left to another process that is asking it already; what that one has taken in is used', async () => {
    await engine.close();
    const locks = createLocks();
    const busy = { withLock: () => Promise.reject(new EngineError('LOCKED', 'Held.')) };
    engine = createFeedbackEngine({
      sources: [{ name: 'server', kind: 'phoenix' }],
      adapters: { phoenix: server.factory },
      ports: {
        locks: {
          withLock: (path, work, signal) => (path.endsWith('.pull.lock') ? busy.withLock() : locks.withLock(path, work, signal)),
        },
      },
    });
    const { fs, clock } = engine.context.ports;
    const writer = new SegmentWriter({ root: engine.root, fs, locks, clock }, { source: 'server', part: null });
    await writer.append([feedbackLine({ id: 'by the other' })]);
    expect(await pullAll()).toMatchObject([
      { ok: true, feedback: { total: 1 }, notes: ['Another process is asking this source; what it has taken in so far is used.'] },
    ]);
    expect(server.calls).toEqual([]);
  });

  it('cannot let anything through where a pattern of redaction cannot be used', async () => {
    await engine.close();
    engine = createFeedbackEngine({
      sources: [{ name: 'server', kind: 'phoenix' }],
      adapters: { phoenix: server.factory },
      redaction: { kinds: [], patterns: [{ name: 'x', pattern: '(a)\\1' }] },
    });
    await expect(engine.feedback.pull()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(server.calls).toEqual([]);
  });
});

describe('a source of files', () => {
  const replace = (part: string, ...ids: string[]) => ({
    part,
    restart: true,
    records: ids.map((id) => record(id)),
    rejected: [{ reason: 'not JSON', line: 7 }],
  });

  it('takes away with a file what was in it, and no more', async () => {
    engine.sources.splice(0, 2, { name: 'table', kind: 'csv', path: '*.csv' });
    server.parts = ['a.csv', 'b.csv'];
    server.reads = [[replace('a.csv', 'a1', 'a2'), replace('b.csv', 'b1')], [replace('a.csv', 'a3')], []];
    expect((await pullAll())[0]).toMatchObject({
      feedback: { new: 3, total: 3 },
      rejected: [{ reason: 'not JSON', count: 2, firstLine: 7 }],
    });
    expect((await pullAll())[0]).toMatchObject({ feedback: { new: 1, total: 2 }, rejected: [{ count: 2 }] });
    server.parts = ['a.csv'];
    expect((await pullAll())[0]).toMatchObject({
      feedback: { total: 1 },
      notes: ['b.csv is gone; its records count no more.'],
      rejected: [{ count: 1 }],
    });
    expect((await engine.feedback.page({})).rows.map((row) => row.id)).toEqual(['a3']);
  });
});

describe('segments', () => {
  it('of a collector count without an entry in config.yaml', async () => {
    engine.sources.length = 0;
    const { fs, locks, clock } = engine.context.ports;
    const writer = new SegmentWriter({ root: engine.root, fs, locks, clock }, { source: 'collector', part: null });
    await writer.append([feedbackLine({ id: 'c1', user: 'f'.repeat(32) })]);
    expect(await pullAll()).toMatchObject([{ name: 'collector', kind: 'collector', ok: true, feedback: { new: 1, total: 1 } }]);
    await writer.append([feedbackLine({ id: 'c2' })]);
    expect(await pullAll({ sources: ['collector'] })).toMatchObject([{ feedback: { new: 1, total: 2 } }]);
    // The names in segments are pseudonyms already.
    expect((await engine.feedback.page({ user: 'f'.repeat(32) })).rows).toHaveLength(1);
    await expect(engine.feedback.pull({ sources: ['nope'] })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  });

  it('make the same index again, whatever was read in how many steps', async () => {
    server.reads = [
      [{ records: [record('f1', { text: 'first' }), record('f2', { user: 'b', score: { raw: 0, min: 0, max: 1 } })] }],
      [{ records: [record('f2', { user: 'b', score: { raw: 1, min: 0, max: 1 }, revision: 2 }), record('f3', { user: 'c' })] }],
    ];
    await pullAll();
    await pullAll();
    const documents = async () => [
      await engine.scoring.score(),
      await engine.feedback.page({}),
      await engine.feedback.page({ search: 'first' }),
      await engine.feedback.detail('f2'),
    ];
    const before = await documents();
    await engine.store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(engine.root, `.ratchet/.local/feedback.sqlite${suffix}`), { force: true });
    await pullAll();
    expect(await documents()).toEqual(before);
  });

  it('are read on, and said to be cut, where one ends in the middle of a line; a bad line is counted', async () => {
    server.reads = [[{ records: [record('f1')] }], [{ records: [record('f2')] }]];
    await pullAll();
    appendFileSync(segment('server/all/000001.jsonl'), `not JSON\n${feedbackLine({ id: 'f9' }).slice(0, 40)}`);
    const [source] = await pullAll();
    expect(source).toMatchObject({
      ok: true,
      feedback: { new: 1, total: 2 },
      rejected: [{ reason: 'not JSON', count: 1, firstLine: 2 }],
      notes: [expect.stringContaining('ended in the middle of a line; 40 bytes were cut off') as string],
    });
    expect(readdirSync(segment('server/all')).filter((name) => name.includes('.torn-'))).toHaveLength(1);
  });

  it('that were taken away are read from the server again, not believed in', async () => {
    server.reads = [[{ records: [record('f1')] }], [{ records: [record('f1')] }]];
    await pullAll();
    rmSync(segment('server'), { recursive: true });
    expect((await pullAll())[0]).toMatchObject({ feedback: { total: 1 } });
    expect(server.calls[1]?.state).toBeNull();
    expect(stored('server/all/000001.jsonl')).toHaveLength(1);
  });

  it('that were edited by hand are read again', async () => {
    server.reads = [[{ records: [record('f1'), record('f2')] }]];
    await pullAll();
    writeFileSync(segment('server/all/000001.jsonl'), `${feedbackLine({ id: 'f1' })}\n`);
    expect((await pullAll())[0]).toMatchObject({ feedback: { total: 1 } });
  });
});

describe('probe', () => {
  const probe = (source: Parameters<FeedbackEngine['feedback']['probe']>[0]) => engine.feedback.probe(source);

  it('asks the adapter of a server', async () => {
    expect(await probe({ name: 's', kind: 'phoenix' })).toMatchObject({ ok: true, version: '1' });
    expect(await probe({ name: 's', kind: 'unknown' })).toMatchObject({ ok: false, failed: 'config' });
  });

  it('looks whether a log is there and its records can be read', async () => {
    const log = { name: 'log', kind: 'jsonl', path: 'log.jsonl' };
    expect(await probe(log)).toMatchObject({ ok: false, failed: 'data', detail: 'No file matches log.jsonl.' });
    engine.write('log.jsonl', '');
    expect(await probe(log)).toMatchObject({ ok: false, failed: 'data' });
    engine.write('log.jsonl', '{"x":1}\n');
    expect(await probe(log)).toMatchObject({ ok: false, failed: 'data', todo: 'Map its fields with map:.' });
    engine.write('log.jsonl', `${feedbackLine()}\nnot JSON\n`);
    expect(await probe(log)).toMatchObject({
      ok: true,
      detail: 'log.jsonl can be read: our schema.',
    });
    expect(await probe({ ...log, map: { 'no.such': '$.x' } })).toMatchObject({ ok: false, failed: 'config' });
  });

  it('says whether anything was collected', async () => {
    expect(await probe({ name: 'collector', kind: 'collector' })).toMatchObject({ ok: false, failed: 'data' });
    const { fs, locks, clock } = engine.context.ports;
    await new SegmentWriter({ root: engine.root, fs, locks, clock }, { source: 'collector', part: null }).append([feedbackLine()]);
    expect(await probe({ name: 'collector', kind: 'collector' })).toMatchObject({ ok: true });
  });
});
