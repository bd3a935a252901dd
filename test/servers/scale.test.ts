/**
 * Sizes: what a score and a page take on many rows in PostgreSQL and ClickHouse. Prints a table; run by
 *
 *     PROMPT_RATCHET_SCALE=1000000 vitest run --config test/config/vitest.config.mts --project servers test/servers/scale.test.ts
 */
import { createClient } from '@clickhouse/client';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { FeedbackBackend, KnownVersions } from '../../src/engine/feedback/backend.js';
import { clickhouseLayout } from '../../src/engine/feedback/sources/clickhouse/layout.js';
import { postgresLayout } from '../../src/engine/feedback/sources/postgres/layout.js';
import { createSqlBackend } from '../../src/engine/feedback/sql/backend.js';
import type { SqlDatabase } from '../../src/engine/ports.js';
import { scoreOf } from '../support/backendContract.js';
import { startChdb } from './support/chdb.js';
import { openDatabases } from './support/databases.js';
import { clickhouseRows, postgresRows } from './support/manyRows.js';
import { lacksPostgres, startPostgres } from './support/postgres.js';

const count = Number(process.env['PROMPT_RATCHET_SCALE'] ?? 0);
const end = Date.UTC(2026, 10, 24);
const known: KnownVersions = { onlyPrompt: null, bySha256: new Map([['aa', [{ prompt: 'p0', version: 'v1' }]]]) };
const minute = 60_000;

/** Bytes of all values that came back: what crosses the network. */
function counted(database: SqlDatabase): SqlDatabase & { bytes: number; log: string[] } {
  const self = {
    bytes: 0,
    log: [] as string[],
    async query(...given: Parameters<SqlDatabase['query']>) {
      const start = performance.now();
      const rows = await database.query(...given);
      self.bytes += JSON.stringify(rows).length;
      self.log.push(`${((performance.now() - start) / 1000).toFixed(2)} s ${given[0].text.slice(-90).replace(/\s+/g, ' ')}`);
      return rows;
    },
  };
  return self;
}

async function measure(name: string, database: SqlDatabase, kind: 'postgres' | 'clickhouse'): Promise<string> {
  const watched = counted(database);
  const backend: FeedbackBackend = createSqlBackend({
    name: 'team',
    kind,
    database: watched,
    tables: undefined,
    pseudonym: (user) => user,
  });
  const lines: string[] = [];
  let document = '';
  for (const [what, work] of [
    ['score', async () => (document = await scoreOf([backend], known, {}))],
    ['score again', async () => scoreOf([backend], known, {})],
    [
      'score --since 7 d',
      async () => scoreOf([backend], known, { since: new Date(end - 7 * 86_400_000).toISOString(), asOf: new Date(end).toISOString() }),
    ],
    ['newest page', async () => backend.page({}, known)],
    ['page at 500,000', async () => backend.page({ offset: Math.floor(count / 2) }, known)],
    ['page of a version', async () => backend.page({ prompt: 'p1', version: 'v2' }, known)],
    ['search', async () => backend.page({ search: `number ${String(count - 8)}` }, known)],
    ['user', async () => backend.page({ user: 'u77' }, known)],
    ['detail', async () => backend.detail(`f${String(Math.floor(count / 3))}`, known)],
    ['attributes', async () => backend.attributes()],
  ] as const) {
    watched.bytes = 0;
    watched.log.length = 0;
    const start = performance.now();
    await work();
    lines.push(
      `${name.padEnd(12)} ${what.padEnd(20)} ${((performance.now() - start) / 1000).toFixed(2).padStart(7)} s ${(watched.bytes / 1024).toFixed(0).padStart(8)} KiB`,
    );
    if (process.env['PROMPT_RATCHET_SCALE_LOG'] !== undefined) lines.push(...watched.log.map((line) => `      ${line}`));
  }
  console.log(lines.join('\n'));
  return document;
}

describe.skipIf(count === 0)(`${String(count)} rows`, () => {
  let fromPostgres: string | null = null;
  it.skipIf(lacksPostgres !== null)(
    'in PostgreSQL',
    async () => {
      const server = await startPostgres();
      const databases = openDatabases({ timeoutMs: 10 * minute });
      try {
        const admin = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', database: 'postgres' });
        await admin.connect();
        await admin.query(postgresLayout);
        for (const text of postgresRows(count, end)) await admin.query(text);
        await admin.query('VACUUM ANALYZE');
        await admin.end();
        const database = databases.open({ name: 'team', kind: 'postgres', url: server.url('postgres'), user: 'postgres' });
        fromPostgres = await measure('PostgreSQL', database, 'postgres');
      } finally {
        await databases.close();
        server.stop();
      }
    },
    20 * minute,
  );

  it(
    'in ClickHouse, with the same score',
    async () => {
      const server = await startChdb();
      const databases = openDatabases({ env: { TEAM_KEY: server.password }, timeoutMs: 10 * minute });
      const admin = createClient({ url: server.url, password: server.password });
      try {
        for (const query of clickhouseLayout.split(';').filter((each) => each.trim() !== '')) await admin.command({ query });
        for (const query of clickhouseRows(count, end)) await admin.command({ query });
        const database = databases.open({ name: 'team', kind: 'clickhouse', url: server.url, key: '${env:TEAM_KEY}' });
        const document = await measure('ClickHouse', database, 'clickhouse');
        if (fromPostgres !== null) expect(document).toBe(fromPostgres);
      } finally {
        await databases.close();
        await admin.close();
        await server.stop();
      }
    },
    20 * minute,
  );
});
