/** The PostgreSQL back end on a real server: the contract of all back ends, and what only a server can show. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { postgresLayout } from '../../src/engine/feedback/sources/postgres/layout.js';
import { createSqlBackend } from '../../src/engine/feedback/sql/backend.js';
import type { Databases } from '../../src/engine/ports.js';
import { backendContract } from '../support/backendContract.js';
import { referencePseudonym, type CanonicalRecord } from '../support/referenceBackend.js';
import { openDatabases } from './support/databases.js';
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

  it('is there', () => {
    expect(server.port).toBeGreaterThan(0);
  });
});
