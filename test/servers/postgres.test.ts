/** The PostgreSQL back end on a real server: the contract of all back ends, and what only a server can show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { postgresLayout } from '../../src/engine/feedback/sources/postgres/layout.js';
import { createSqlBackend } from '../../src/engine/feedback/sql/backend.js';
import { probeDatabaseSource } from '../../src/engine/feedback/databases.js';
import type { Databases, SqlDatabase } from '../../src/engine/ports.js';
import { backendContract } from '../support/backendContract.js';
import { referencePseudonym, type CanonicalRecord } from '../support/referenceBackend.js';
import { openDatabases } from './support/databases.js';
import { postgresRows } from './support/manyRows.js';
import { lacksPostgres, startPostgres, type PostgresServer } from './support/postgres.js';
import { insertRows, newestOf } from './support/postgresRows.js';

if (lacksPostgres !== null) console.warn(lacksPostgres);

describe.skipIf(lacksPostgres !== null)('PostgreSQL', () => {
  let server: PostgresServer;
  let admin: pg.Client;
  let databases: Databases;
  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
    await admin.connect();
    await admin.query(postgresLayout);
    await admin.query(`CREATE SCHEMA log; SET search_path = log; ${postgresLayout.replaceAll('PRIMARY KEY', 'NOT NULL')} SET search_path = public;
      CREATE VIEW log.answers AS SELECT *, time AT TIME ZONE 'UTC' AS said_at FROM log.ratchet_interactions;
      CREATE VIEW log.said AS SELECT id AS "the ""id""", revision, time AT TIME ZONE 'UTC' AS said_at, interaction_id, trace_id, span_id, prompt, version, sha256, link,
        signal, actor, y, raw::float8 AS rating, label, text AS comment, correction, user_id, session_id, stratum, inclusion_prob::numeric AS inclusion_prob,
        attributes::json AS attributes FROM log.ratchet_feedback`);
    databases = openDatabases();
  });
  afterAll(async () => {
    await databases.close();
    await admin.end();
    server.stop();
  });
  const source = (more: Partial<SourceConfig> = {}): SourceConfig => ({
    name: 'team',
    kind: 'postgres',
    url: server.url('postgres'),
    user: 'postgres',
    ...more,
  });
  const backend = (more: Partial<SourceConfig> = {}) =>
    createSqlBackend({
      name: 'team',
      kind: 'postgres',
      database: databases.open(source(more)),
      tables: more.tables,
      pseudonym: referencePseudonym,
    });

  backendContract('PostgreSQL tables', () => ({
    source: 'team',
    traces: true,
    async load(batches: readonly (readonly CanonicalRecord[])[]) {
      await admin.query('TRUNCATE ratchet_interactions, ratchet_feedback');
      for (const batch of batches) await insertRows(admin, newestOf(batch), true);
      return backend();
    },
    close: () => Promise.resolve(),
  }));

  backendContract('PostgreSQL views over an append-only log', () => ({
    source: 'team',
    traces: true,
    async load(batches: readonly (readonly CanonicalRecord[])[]) {
      await admin.query('TRUNCATE log.ratchet_interactions, log.ratchet_feedback');
      for (const batch of batches) await insertRows(admin, batch, false, 'log.');
      return backend({
        tables: {
          interactions: { table: 'log.answers', columns: { time: 'said_at' } },
          feedback: { table: 'log.said', columns: { id: 'the "id"', time: 'said_at', raw: 'rating', text: 'comment' } },
        },
      });
    },
    close: () => Promise.resolve(),
  }));

  const nothing = { onlyPrompt: null, bySha256: new Map() };
  const window = { since: null, until: null, asOf: Date.UTC(2026, 10, 24), asked: true };
  const request = { window, known: nothing, halfLifeMs: 14 * 86_400_000, days: 60, prompts: null, segment: null };

  describe('a plain table of a team', () => {
    const tables = {
      feedback: {
        table: 'votes',
        columns: { id: 'no', time: 'at', signal: `kind"; DROP TABLE votes; --`, y: 'good', user: 'who', text: 'words' },
      },
    };
    beforeAll(async () => {
      await admin.query(`CREATE TABLE votes (no bigint PRIMARY KEY, at bigint NOT NULL, "kind""; DROP TABLE votes; --" text, good boolean, who integer, words text);
        INSERT INTO votes SELECT n, ${String(window.asOf)} - n * 60000, 'explicit.thumb', n % 4 <> 0, n % 3, CASE WHEN n % 4 = 0 THEN 'too long' END FROM generate_series(1, 12) AS g(n)`);
    });

    it('is read by its own columns, whatever they are called, as feedback on the only prompt', async () => {
      const { groups } = await backend({ tables }).sums({ ...request, known: { ...nothing, onlyPrompt: 'answer' } });
      expect(
        groups.map(({ prompt, version, channels, complaints }) => [
          prompt,
          version,
          channels.get('explicit')?.users,
          channels.get('explicit')?.events,
          complaints,
        ]),
      ).toEqual([['answer', null, 3, 12, 3]]);
    });

    it('is listed, and a person is found by the raw id and by the pseudonym that was shown', async () => {
      const { rows, total } = await backend({ tables }).page({ limit: 5 }, nothing);
      expect([total, ...rows.map((row) => row.id)]).toEqual([12, '1', '2', '3', '4', '5']);
      expect(rows[3]).toMatchObject({ y: 0, text: 'too long', user: referencePseudonym('1'), raw: null });
      expect((await backend({ tables }).page({ user: '1' }, nothing)).total).toBe(4);
      // A back end that has shown nobody yet.
      expect((await backend({ tables }).page({ user: referencePseudonym('1') }, nothing)).total).toBe(4);
      expect((await backend({ tables }).page({ user: referencePseudonym('9') }, nothing)).total).toBe(0);
    });
  });

  describe('a connection', () => {
    const probe = (more: Partial<SourceConfig>, given: Databases = databases) => probeDatabaseSource(given, source(more), 'postgres');
    beforeAll(async () => {
      await admin.query(
        `CREATE ROLE reader LOGIN; CREATE ROLE nobody LOGIN; GRANT SELECT ON ratchet_feedback, ratchet_interactions TO reader`,
      );
      await admin.query(
        `CREATE TABLE strange (id text PRIMARY KEY, time timestamptz, signal text, y float8); INSERT INTO strange VALUES ('a', now(), 'thumb', 3)`,
      );
    });

    it('says what is there, and which step fails', async () => {
      await admin.query('TRUNCATE ratchet_feedback');
      expect(await probe({ user: 'reader' })).toMatchObject({
        ok: false,
        failed: 'data',
        version: expect.stringMatching(/^\d+/) as string,
      });
      await admin.query(
        `INSERT INTO ratchet_feedback (id, time, signal, y) VALUES ('one', '2026-11-20T00:00:00Z', 'explicit.thumb', 1), ('two', '2026-11-20T00:00:00Z', 'thumb', 1)`,
      );
      const found = await probe({ user: 'reader' });
      expect(found).toMatchObject({
        ok: true,
        failed: null,
        todo: null,
        caps: ['feedback', 'interactions', 'comments', 'corrections', 'segments'],
      });
      expect(found.detail).toContain('2026-11-20T00:00:00.000Z');
      expect(found.detail).toContain('1 of the newest 2 have a signal that is not known');
      expect(await probe({ user: 'nobody' })).toMatchObject({ failed: 'permission' });
      expect(await probe({ tables: { feedback: { table: 'missing' } } })).toMatchObject({
        failed: 'permission',
        detail: expect.stringContaining('There is no table missing') as string,
      });
      expect(await probe({ tables: { feedback: { table: 'strange' } } })).toMatchObject({ failed: 'data' });
      expect(await probe({ url: server.url('nowhere') })).toMatchObject({ failed: 'permission' });
      expect(await probe({ user: 'stranger' })).toMatchObject({ failed: 'auth' });
      expect(await probe({ url: 'postgres://127.0.0.1:1/x' })).toMatchObject({ failed: 'connect' });
      expect(await probe({ url: 'postgres://database.invalid/x' })).toMatchObject({ failed: 'name' });
      expect(await probe({ url: `${server.url('postgres')}?sslmode=require` })).toMatchObject({ failed: 'tls' });
      expect(await probe({ url: `${server.url('postgres')}?sslmode=maybe` })).toMatchObject({ failed: 'config' });
      expect(await probe({ key: '${env:NOT_SET}' })).toMatchObject({ failed: 'auth' });
      expect(await probe({ url: 'postgres://elsewhere.example/x' }, openDatabases({ confirmed: () => [] }))).toMatchObject({
        failed: 'trust',
      });
      expect(await probe({}, openDatabases({ trusted: () => false }))).toMatchObject({ failed: 'trust' });
    });

    it('never writes, ends a statement in time, stops when it is told to, and goes on after each', async () => {
      const quick = openDatabases({ timeoutMs: 300 });
      const database = quick.open(source());
      await expect(database.query({ text: "INSERT INTO strange VALUES ('b', now(), 'x', 0)", params: [] })).rejects.toMatchObject({
        code: 'SOURCE_FAILED',
      });
      await expect(database.query({ text: 'SELECT pg_sleep(20)', params: [] })).rejects.toMatchObject({ code: 'TIMEOUT' });
      const slow = databases.open(source());
      const stop = new AbortController();
      const asked = slow.query({ text: 'SELECT pg_sleep(20)', params: [] }, stop.signal);
      setTimeout(() => {
        stop.abort();
      }, 100);
      await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
      const running = await admin.query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()",
      );
      expect(running.rowCount).toBe(0);
      expect(await slow.query({ text: 'SELECT count(*)::int FROM strange', params: [] })).toEqual([['1']]);
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prompt-ratchet'");
      await expect.poll(() => slow.query({ text: 'SELECT 1', params: [] }).catch(() => null)).toEqual([['1']]);
      await quick.close();
    });
  });

  describe('200,000 rows', () => {
    beforeAll(async () => {
      await admin.query('TRUNCATE ratchet_interactions, ratchet_feedback');
      for (const text of postgresRows(200_000, window.asOf)) await admin.query(text);
      await admin.query('ANALYZE');
    });
    /** Plans of the statements that `work` asks. */
    async function plans(work: (asked: ReturnType<typeof backend>) => Promise<unknown>): Promise<string[]> {
      const database = databases.open(source());
      const found: string[] = [];
      const watched: SqlDatabase = {
        async query(statement) {
          const rows = await database.query({ ...statement, text: `EXPLAIN (COSTS OFF) ${statement.text}` });
          found.push(rows.map(([line]) => String(line)).join('\n'));
          return database.query(statement);
        },
      };
      await work(createSqlBackend({ name: 'team', kind: 'postgres', database: watched, tables: undefined, pseudonym: referencePseudonym }));
      return found;
    }
    const last = (found: string[], about: RegExp): string => found.findLast((plan) => about.test(plan)) ?? '';

    it('are read through indexes: a score of some days, the newest page, a person, a record', async () => {
      const since = window.asOf - 86_400_000;
      expect(last(await plans((asked) => asked.sums({ ...request, window: { ...window, since } })), /ratchet_feedback/)).toContain(
        'ratchet_feedback_time',
      );
      expect(last(await plans((asked) => asked.page({}, nothing)), /Limit/)).toContain('ratchet_feedback_time');
      expect(last(await plans((asked) => asked.page({ user: 'u77' }, nothing)), /Limit/)).toContain('ratchet_feedback_user');
      const record = await plans((asked) => asked.detail('f100', nothing));
      expect(record.join('\n')).toContain('ratchet_feedback_pkey');
      expect(record.join('\n')).toContain('ratchet_interactions_pkey');
      expect(record.join('\n')).toContain('ratchet_feedback_interaction');
      expect(record.join('\n')).not.toContain('Seq Scan on ratchet');
    });

    it('cross the network as sums alone', async () => {
      const rows = await Promise.all(
        [1, 2].map(async () => {
          let bytes = 0;
          const database = databases.open(source());
          const counting: SqlDatabase = {
            async query(statement) {
              const found = await database.query(statement);
              bytes += JSON.stringify(found).length;
              return found;
            },
          };
          await createSqlBackend({
            name: 'team',
            kind: 'postgres',
            database: counting,
            tables: undefined,
            pseudonym: referencePseudonym,
          }).sums(request);
          return bytes;
        }),
      );
      expect(Math.max(...rows)).toBeLessThan(200_000);
    });
  });
});
