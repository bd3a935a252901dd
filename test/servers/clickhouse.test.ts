/** The ClickHouse back end on ClickHouse itself (chdb), by the client and the wire format that ship. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { clickhouseLayout } from '../../src/engine/feedback/sources/clickhouse/layout.js';
import { createSqlBackend } from '../../src/engine/feedback/sql/backend.js';
import type { Databases } from '../../src/engine/ports.js';
import { backendContract } from '../support/backendContract.js';
import { referencePseudonym, type CanonicalRecord } from '../support/referenceBackend.js';
import { insertClickhouse } from './support/clickhouseRows.js';
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
    databases = openDatabases({ env: { TEAM_KEY: server.password } });
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

  it('is there', () => {
    expect(server.url).toContain('127.0.0.1');
  });
});
