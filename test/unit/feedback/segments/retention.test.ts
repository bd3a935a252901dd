import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RetentionConfig } from '../../../../src/engine/config/types.js';
import { limitsOf, retain } from '../../../../src/engine/feedback/segments/retention.js';
import { createFileSystem } from '../../../../src/platform/fs.js';
import { createFeedbackEngine, feedbackLine, testNow, type FeedbackEngine } from '../../../support/feedbackEngine.js';
import { scriptedSource, type ScriptedSource } from '../../../support/scriptedSource.js';

const day = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.parse(testNow) - days * day).toISOString();
const interaction = (id: string, days: number) => ({
  schema: 'promptratchet.interaction/1',
  id,
  time: daysAgo(days),
  prompt: { name: 'p', version: 'v1' },
  user: id,
  input: { variables: { question: `asked in ${id}` } },
  output: { text: `answered in ${id}` },
  retrieval: { query: `looked for in ${id}`, documents: [{ id: 'd', rank: 1, text: `found in ${id}` }] },
  system: { status: 'ok', latency_ms: 5 },
});
const feedback = (id: string, days: number) =>
  JSON.parse(feedbackLine({ id, user: id, time: daysAgo(days), text: `said in ${id}` })) as Record<string, unknown>;

let server: ScriptedSource;
let table: ScriptedSource;
let now: number;
let engine: FeedbackEngine;
let streamed: string[];
beforeEach(() => {
  server = scriptedSource();
  table = scriptedSource('csv');
  table.parts = ['a.csv'];
  now = Date.parse(testNow);
  streamed = [];
});
afterEach(() => engine.close());

function open(retention: RetentionConfig): void {
  const fs = createFileSystem();
  engine = createFeedbackEngine({
    sources: [
      { name: 'server', kind: 'phoenix' },
      { name: 'table', kind: 'csv', path: '*.csv' },
    ],
    adapters: { phoenix: server.factory, csv: table.factory },
    retention,
    ports: {
      clock: { now: () => new Date(now), monotonic: () => 0, sleep: () => Promise.resolve() },
      fs: {
        ...fs,
        stream(path, offset) {
          if (path.endsWith('.jsonl') && offset === undefined) streamed.push(path);
          return fs.stream(path, offset);
        },
      },
    },
  });
}
const pull = async () => (await engine.feedback.pull()).sources;
const path = () => join(engine.root, '.ratchet/.local/segments/server/all/000001.jsonl');
const stored = () => readFileSync(path(), 'utf8');
const both = { interactionDays: 30, feedbackDays: 400 };

describe('retention', () => {
  it('takes the texts of interactions after one time and whole records after the other; numbers stay', async () => {
    open(both);
    server.reads = [[{ records: [interaction('i1', 25), interaction('i2', 1), feedback('f1', 395), feedback('f2', 1)] }]];
    await pull();
    expect(stored()).toContain('asked in i1');
    now += 6 * day;
    const [first] = await pull();
    expect(first?.notes).toEqual([
      'As config.yaml says, the texts of 1 interaction older than 30 days and 1 record older than 400 days went.',
    ]);
    expect(stored()).not.toMatch(/in i1|in f1/);
    expect(stored()).toMatch(/asked in i2[^]*said in f2/);
    expect(first).toMatchObject({ interactions: { total: 2 }, feedback: { total: 1 } });
    expect((await engine.feedback.page({ search: 'said' })).rows.map((row) => row.id)).toEqual(['f2']);
  });

  it('never takes in again what is too old', async () => {
    open(both);
    server.reads = [[{ records: [interaction('i1', 31), feedback('f1', 401), feedback('f2', 1)] }]];
    const [first] = await pull();
    expect(stored()).not.toMatch(/in i1|in f1/);
    expect(first).toMatchObject({ interactions: { new: 1 }, feedback: { new: 1 } });
  });

  it('leaves alone what mirrors a file of the user', async () => {
    open(both);
    table.reads = [[{ part: 'a.csv', restart: true, records: [interaction('i1', 31), feedback('f1', 401)] }]];
    await pull();
    now += 2 * day;
    expect((await pull())[1]).toMatchObject({ interactions: { total: 1 }, feedback: { total: 1 }, notes: [] });
    expect((await engine.feedback.page({ search: 'said' })).rows).toHaveLength(1);
  });

  it('is off where it is not set, and that is said once', async () => {
    open({ interactionDays: null, feedbackDays: null });
    server.reads = [[{ records: [interaction('i1', 3000)] }]];
    expect((await pull())[0]?.notes).toEqual(['Nothing of it is ever removed here, unless retention is set in .ratchet/config.yaml.']);
    now += 1000 * day;
    expect((await pull())[0]?.notes).toEqual([]);
    expect(stored()).toContain('asked in i1');
  });

  it('is looked at once a day, and only where something may be old enough', async () => {
    open(both);
    server.reads = [[{ records: [interaction('i1', 1)] }]];
    await pull();
    const looks = async (): Promise<number> => {
      streamed.length = 0;
      await pull();
      return streamed.length;
    };
    expect(await looks()).toBe(0);
    now += day;
    expect(await looks()).toBe(1);
    now += day;
    expect(await looks()).toBe(0);
    now += 29 * day;
    expect(await looks()).toBeGreaterThan(0);
    expect(stored()).not.toContain('asked');
    now += day;
    expect(await looks()).toBe(0);
  });

  it('reads times in any form, wherever they stand in a record', async () => {
    open(both);
    const epoch = Date.parse(daysAgo(25));
    server.reads = [
      [
        {
          records: [
            { ...interaction('i1', 0), time: epoch },
            { ...interaction('i2', 0), time: daysAgo(25).slice(0, 10) },
            { ...interaction('i3', 1), attributes: { time: daysAgo(25) } },
          ],
        },
      ],
    ];
    await pull();
    now += 6 * day;
    await pull();
    expect(stored()).not.toMatch(/asked in i[12]/);
    expect(stored()).toContain('asked in i3');
  });

  it('removes what a crash had cut off once it is as old', async () => {
    open(both);
    server.reads = [[{ records: [interaction('i1', 1)] }]];
    await pull();
    const torn = `${path()}.torn-2026-01-01T00-00-00-000Z`;
    writeFileSync(torn, '{"half');
    now += day;
    await pull();
    expect(readFileSync(torn, 'utf8')).toBe('{"half');
    utimesSync(torn, new Date(now - 31 * day), new Date(now - 31 * day));
    now += day;
    await pull();
    expect(() => readFileSync(torn)).toThrow();
  });
});

describe('retain', () => {
  it('keeps what has no time', () => {
    const limits = limitsOf(both, Date.parse(testNow));
    for (const time of [undefined, 'soon', '']) {
      const record = { ...interaction('i', 0), time };
      expect(retain(record, limits)).toBe(record);
    }
    expect(retain({ ...interaction('i', 0), time: undefined, observed_time: daysAgo(401) }, limits)).toBeNull();
    engine = createFeedbackEngine();
  });
});
