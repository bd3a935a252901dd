/** A workspace with a log, a PostgreSQL and a ClickHouse: the same score from each, one list of all, and whatever fails is named. */
import { createClient } from '@clickhouse/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { clickhouseLayout } from '../../src/engine/feedback/sources/clickhouse/layout.js';
import { postgresLayout } from '../../src/engine/feedback/sources/postgres/layout.js';
import type { Databases } from '../../src/engine/ports.js';
import { contractNow, randomRecords } from '../support/backendContract.js';
import { createFeedbackEngine, type FeedbackEngine } from '../support/feedbackEngine.js';
import type { CanonicalRecord } from '../support/referenceBackend.js';
import { startChdb, type ChdbServer } from './support/chdb.js';
import { insertClickhouse } from './support/clickhouseRows.js';
import { openDatabases } from './support/databases.js';
import { lacksPostgres, startPostgres, type PostgresServer } from './support/postgres.js';
import { insertRows, newestOf } from './support/postgresRows.js';

const log: SourceConfig = { name: 'log', kind: 'jsonl', path: 'log.jsonl' };
const asOf = new Date(contractNow).toISOString();

/** Answers of one prompt with two ratings each: of three one is liked, one corrected, one neither. */
function answered(count: number): CanonicalRecord[] {
  const at = (n: number): string => new Date(contractNow - (count - n) * 3_600_000).toISOString();
  return Array.from({ length: count }, (_, n) => {
    const prompt = { name: 'answered', version: 'v1' };
    const said = (id: string, user: string, y: number) => ({
      schema: 'promptratchet.feedback/1',
      id: `answered-${String(n)}-${id}`,
      interaction_id: `answered-${String(n)}`,
      time: at(n),
      prompt,
      signal: 'explicit.rating',
      actor: { kind: 'end_user' },
      user,
      score: { raw: y, min: 0, max: 1, y },
    });
    return [
      {
        schema: 'promptratchet.interaction/1',
        id: `answered-${String(n)}`,
        time: at(n),
        prompt,
        input: { variables: { question: `How often is ${String(n)} asked?` } },
        output: { text: `Answer ${String(n)}` },
      },
      said('a', 'anna', n % 3 === 0 ? 1 : 0.25),
      { ...said('b', 'ben', n % 3 === 0 ? 0.75 : 0), ...(n % 3 === 1 ? { correction: `Better ${String(n)}` } : {}) },
    ];
  }).flat();
}

describe.skipIf(lacksPostgres !== null)('a workspace with databases', () => {
  const { records: some, known } = randomRecords(4000, true);
  const records = [...some, ...answered(12)];
  const versions = [...known.bySha256].flatMap(([sha256, list]) => list.map((each) => ({ ...each, sha256 })));
  let postgres: PostgresServer;
  let clickhouse: ChdbServer;
  let databases: Databases;
  let sources: { postgres: SourceConfig; clickhouse: SourceConfig };
  const engines: FeedbackEngine[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    clickhouse = await startChdb();
    databases = openDatabases({ env: { KEY: clickhouse.password } });
    sources = {
      postgres: { name: 'postgres', kind: 'postgres', url: postgres.url('postgres'), user: 'postgres' },
      clickhouse: { name: 'clickhouse', kind: 'clickhouse', url: clickhouse.url, key: '${env:KEY}' },
    };
    const tables = new pg.Client({ host: '127.0.0.1', port: postgres.port, user: 'postgres', database: 'postgres' });
    await tables.connect();
    await tables.query(postgresLayout);
    await insertRows(tables, newestOf(records), true);
    await tables.end();
    const columns = createClient({ url: clickhouse.url, password: clickhouse.password });
    for (const query of clickhouseLayout.split(';').filter((each) => each.trim() !== '')) await columns.command({ query });
    await insertClickhouse(columns, records);
    await columns.close();
  });
  afterAll(async () => {
    for (const engine of engines) await engine.close();
    await databases.close();
    await clickhouse.stop();
    postgres.stop();
  });

  async function workspace(...given: SourceConfig[]): Promise<FeedbackEngine> {
    const engine = createFeedbackEngine({ sources: given, versions, ports: { databases } });
    engines.push(engine);
    engine.write('log.jsonl', records.map((each) => JSON.stringify(each)).join('\n'));
    await engine.feedback.pull();
    return engine;
  }

  it.each([{ asOf }, { asOf, segment: 'plan' }, { asOf, since: new Date(contractNow - 20 * 86_400_000).toISOString() }])(
    'has the same score/1 from the log, PostgreSQL and ClickHouse, to the last digit: %j',
    async (options) => {
      const scores = [];
      for (const source of [log, sources.postgres, sources.clickhouse]) {
        const { prompts, unattributed } = await (await workspace(source)).scoring.score(options);
        scores.push(JSON.stringify({ prompts, unattributed }, null, 1));
      }
      expect(scores[0]).toContain('"events"');
      expect(scores[1]).toBe(scores[0]);
      expect(scores[2]).toBe(scores[0]);
    },
  );

  it('lists all of them as one, newest first, and finds a record of each', async () => {
    const engine = await workspace(log, sources.postgres, sources.clickhouse);
    const one = await (await workspace(log)).feedback.page({ limit: 1 });
    const seen = new Set<string>();
    let last = '9';
    let cursor: string | null = null;
    for (let pages = 0; pages < 3; pages++) {
      const page: Awaited<ReturnType<typeof engine.feedback.page>> = await engine.feedback.page({
        limit: 100,
        ...(cursor === null ? {} : { cursor }),
      });
      expect(page.total).toBe(3 * one.total);
      for (const row of page.rows) {
        expect(row.time <= last).toBe(true);
        last = row.time;
        seen.add(`${row.source} ${row.id}`);
      }
      cursor = page.nextCursor;
    }
    expect(seen.size).toBe(300);
    const sourcesSeen = new Set([...seen].map((each) => each.split(' ')[0]));
    expect(sourcesSeen).toEqual(new Set(['log', 'postgres', 'clickhouse']));
    const [row] = (await engine.feedback.page({ source: 'clickhouse', limit: 1 })).rows;
    expect((await engine.feedback.detail(row?.id ?? ''))?.row.id).toBe(row?.id);
    expect(await engine.feedback.attributes()).toContain('plan');
  });

  it('has examples and values of variables from the databases as from the log', async () => {
    const seen = [];
    for (const source of [log, sources.postgres, sources.clickhouse]) {
      const { feedback } = await workspace(source);
      const examples = await feedback.examples('answered', 25);
      expect(examples).toHaveLength(8);
      seen.push(examples.map(({ output, variables, corrected, raters, y }) => ({ output, variables, corrected, raters, y: y.toFixed(6) })));
      expect((await feedback.variables('answered'))['question']).toHaveLength(5);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it('shows a person of a database by the pseudonym of this workspace', async () => {
    const engine = await workspace(log, sources.postgres);
    const users = async (source: string): Promise<Set<string | null>> =>
      new Set((await engine.feedback.page({ source, limit: 1000 })).rows.map((row) => row.user));
    expect(await users('postgres')).toEqual(await users('log'));
  });

  it('says in a pull how much there is, and copies nothing', async () => {
    const engine = await workspace(sources.postgres);
    const [pulled] = (await engine.feedback.pull()).sources;
    const { total } = await engine.feedback.page({ limit: 1 });
    expect(pulled).toMatchObject({ name: 'postgres', ok: true, error: null, feedback: { new: 0, total } });
    expect(pulled?.notes).toEqual(['It is asked where it lies: nothing of it is copied.']);
  });

  it('scores and lists the others where one fails, and names it', async () => {
    const lost: SourceConfig = { ...sources.postgres, name: 'lost', url: 'postgres://127.0.0.1:1/none' };
    const engine = await workspace(log, lost);
    const alone = await (await workspace(log)).scoring.score({ asOf });
    const found = await engine.scoring.score({ asOf });
    expect(found.prompts).toEqual(alone.prompts);
    expect(found.failed).toMatchObject([{ source: 'lost', code: 'SOURCE_FAILED' }]);
    expect(found.failed?.[0]?.message).toContain('does not answer');
    expect((await engine.feedback.page({ limit: 1 })).failed).toHaveLength(1);
    expect((await engine.feedback.pull()).sources.find((each) => each.name === 'lost')).toMatchObject({ ok: false });
    expect(await engine.feedback.probe(lost)).toMatchObject({ ok: false, failed: 'connect' });
    expect(alone.failed).toBeUndefined();
  });
});
