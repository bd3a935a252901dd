/** The ClickHouse back end on ClickHouse itself (chdb), by the client and the wire format that ship. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { clickhouseLayout } from '../../src/engine/feedback/sources/clickhouse/layout.js';
import { createSqlBackend } from '../../src/engine/feedback/sql/backend.js';
import { probeDatabaseSource } from '../../src/engine/feedback/databases.js';
import type { Databases, SqlDatabase } from '../../src/engine/ports.js';
import { backendContract } from '../support/backendContract.js';
import { referencePseudonym, type CanonicalRecord } from '../support/referenceBackend.js';
import { insertClickhouse } from './support/clickhouseRows.js';
import { clickhouseRows } from './support/manyRows.js';
import { startChdb, type ChdbServer } from './support/chdb.js';
import { openDatabases } from './support/databases.js';

describe('ClickHouse', () => {
  let server: ChdbServer;
  let admin: ClickHouseClient;
  let databases: Databases;
  beforeAll(async () => {
    server = await startChdb();
    admin = createClient({ url: server.url, password: server.password });
    await admin.command({ query: 'CREATE DATABASE team' });
    await admin.close();
    admin = createClient({ url: server.url, password: server.password, database: 'team' });
    for (const query of clickhouseLayout.split(';').filter((each) => each.trim() !== '')) await admin.command({ query });
    databases = openDatabases({ env: { TEAM_KEY: server.password, WRONG_KEY: 'wrong word' } });
  });
  afterAll(async () => {
    await databases.close();
    await admin.close();
    await server.stop();
  });
  const source = (more: Partial<SourceConfig> = {}): SourceConfig => ({
    name: 'team',
    kind: 'clickhouse',
    url: server.url,
    project: 'team',
    key: '${env:TEAM_KEY}',
    ...more,
  });
  const backend = (more: Partial<SourceConfig> = {}) =>
    createSqlBackend({
      name: 'team',
      kind: 'clickhouse',
      database: databases.open(source(more)),
      tables: more.tables,
      pseudonym: referencePseudonym,
    });

  backendContract('ClickHouse tables', () => ({
    source: 'team',
    traces: true,
    async load(batches: readonly (readonly CanonicalRecord[])[]) {
      for (const table of ['ratchet_interactions', 'ratchet_feedback']) await admin.command({ query: `TRUNCATE TABLE ${table}` });
      for (const batch of batches) await insertClickhouse(admin, batch);
      return backend();
    },
    close: () => Promise.resolve(),
  }));

  const nothing = { onlyPrompt: null, bySha256: new Map() };
  const window = { since: null, until: null, asOf: Date.UTC(2026, 10, 24), asked: true };
  const request = { window, known: nothing, halfLifeMs: 14 * 86_400_000, days: 60, prompts: null, segment: null };

  it('reads a plain table of a team by its own columns, whatever they are called, with JSON in texts', async () => {
    await admin.command({
      query:
        'CREATE TABLE votes (no UInt64, at Int64, `kind\\`; DROP TABLE votes; --` String, good Bool, who UInt32, meta String) ENGINE = MergeTree ORDER BY no',
    });
    await admin.command({
      query: `INSERT INTO votes SELECT number, ${String(window.asOf)} - number * 60000, 'explicit.thumb', number % 4 <> 0, number % 3, '{"plan":"free","n":1,"empty":"","deep":{}}' FROM numbers(1, 12)`,
    });
    const columns = { id: 'no', time: 'at', signal: 'kind`; DROP TABLE votes; --', y: 'good', user: 'who', attributes: 'meta' };
    const asked = backend({ tables: { feedback: { table: 'team.votes', columns } } });
    const { groups } = await asked.sums({ ...request, known: { ...nothing, onlyPrompt: 'answer' }, segment: 'n' });
    expect(
      groups.map(({ prompt, version, channels }) => [prompt, version, channels.get('explicit')?.users, channels.get('explicit')?.events]),
    ).toEqual([['answer', null, 3, 12]]);
    expect(groups[0]?.segments.map((each) => [each.value, each.channels.get('explicit')?.events])).toEqual([['1', 12]]);
    const { rows, total } = await asked.page({ limit: 2, user: '1' }, nothing);
    expect([total, ...rows.map((row) => [row.id, row.user])]).toEqual([4, ['1', referencePseudonym('1')], ['4', referencePseudonym('1')]]);
    expect((await asked.page({ segment: { key: 'plan', value: 'free' } }, nothing)).total).toBe(12);
    expect(new Set(await asked.attributes())).toContain('plan');
  });

  it('says what is there, and which step fails', async () => {
    const probe = (more: Partial<SourceConfig>, given: Databases = databases) => probeDatabaseSource(given, source(more), 'clickhouse');
    await admin.command({ query: 'TRUNCATE TABLE ratchet_feedback' });
    expect(await probe({})).toMatchObject({ ok: false, failed: 'data', version: expect.stringMatching(/^26\./) as string });
    await insertClickhouse(admin, [
      { schema: 'promptratchet.feedback/1', id: 'one', time: '2026-11-20T00:00:00Z', signal: 'explicit.thumb' },
    ]);
    expect(await probe({})).toMatchObject({
      ok: true,
      failed: null,
      todo: null,
      caps: ['feedback', 'interactions', 'comments', 'corrections', 'segments'],
    });
    // Its profile lets no setting be changed, and it may only read.
    expect(await probe({ user: 'profiled' })).toMatchObject({ ok: true });
    expect(await probe({ user: 'locked' })).toMatchObject({ failed: 'permission' });
    expect(await probe({ tables: { feedback: { table: 'missing' } } })).toMatchObject({ failed: 'permission' });
    expect(await probe({ key: '${env:WRONG_KEY}' })).toMatchObject({ failed: 'auth' });
    expect(await probe({ key: '${env:NOT_SET}' })).toMatchObject({ failed: 'auth' });
    expect(await probe({ url: 'http://127.0.0.1:1' })).toMatchObject({ failed: 'connect' });
    expect(await probe({ url: 'http://database.invalid' })).toMatchObject({ failed: 'name' });
    expect(await probe({ url: server.url.replace('http:', 'https:') })).toMatchObject({ failed: 'tls' });
    expect(await probe({ url: `${server.url}/?x=1` })).toMatchObject({ failed: 'config' });
    expect(await probe({}, openDatabases({ env: { TEAM_KEY: server.password }, trusted: () => false }))).toMatchObject({ failed: 'trust' });
    expect(await probe({ url: 'https://elsewhere.example' }, openDatabases({ env: { TEAM_KEY: 'x' }, confirmed: () => [] }))).toMatchObject(
      { failed: 'trust' },
    );
    for (const failed of [await probe({ key: '${env:WRONG_KEY}' }), await probe({ user: 'locked' })]) {
      expect(JSON.stringify(failed)).not.toContain('wrong word');
      expect(failed.todo).not.toBeNull();
    }
  });

  it('writes nothing, also where the user may', async () => {
    const database = databases.open(source());
    await expect(database.query({ text: 'INSERT INTO votes VALUES (99, 1, 2, 1, 1, 1)', params: [] })).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
    });
    const stop = new AbortController();
    stop.abort();
    await expect(database.query({ text: 'SELECT 1', params: [] }, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('gives any text of a user to the server as it is', async () => {
    const odd = `it's \\ "a" \`b\` {p1:String} \t\n 100%_ ü 😀`;
    const [row] = await databases
      .open(source())
      .query({ text: 'SELECT {p1:String}, {p2:Array(String)}', params: [odd, [odd, '', "'],['"]] });
    expect(row).toEqual([odd, [odd, '', "'],['"]]);
  });

  it('reads the parts and granules of the asked time and version alone in 200,000 rows', async () => {
    for (const table of ['ratchet_interactions', 'ratchet_feedback']) await admin.command({ query: `TRUNCATE TABLE ${table}` });
    for (const query of clickhouseRows(200_000, window.asOf)) await admin.command({ query });
    const database = databases.open(source());
    const found: string[] = [];
    const watched: SqlDatabase = {
      async query(statement) {
        if (statement.text.startsWith('WITH')) {
          const rows = await database.query({ ...statement, text: `EXPLAIN indexes = 1, pretty = 0 ${statement.text}` });
          found.push(rows.map(([line]) => String(line)).join('\n'));
        }
        return database.query(statement);
      },
    };
    const asked = createSqlBackend({
      name: 'team',
      kind: 'clickhouse',
      database: watched,
      tables: undefined,
      pseudonym: referencePseudonym,
    });
    await asked.sums({ ...request, window: { ...window, since: window.asOf - 86_400_000 } });
    const plan = found.find((each) => each.includes('ratchet_feedback')) ?? '';
    const scan = plan.slice(plan.indexOf('ReadFromMergeTree (team.ratchet_feedback)'));
    expect(scan).toContain('Min-Max');
    expect(scan).toContain('Partition');
    const [used, all] = (/Partition[\s\S]*?Parts: (\d+)\/(\d+)/.exec(scan) ?? []).slice(1).map(Number);
    const [granules, ofGranules] = (/PrimaryKey[\s\S]*?Granules: (\d+)\/(\d+)/.exec(scan) ?? []).slice(1).map(Number);
    expect(used).toBe(1);
    expect(all).toBeGreaterThanOrEqual(1);
    expect(granules).toBeLessThanOrEqual(ofGranules ?? 0);
    expect(Number(/Min-Max[\s\S]*?Parts: (\d+)\/(\d+)/.exec(scan)?.[2])).toBeGreaterThan(1);
  });
});
