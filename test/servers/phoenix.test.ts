/** The adapter of Phoenix against Phoenix itself: pull to score, over pages, with late changes and refusals. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { decodeOtlp } from '../../src/engine/feedback/otlp/decode.js';
import { createPhoenixSource, createPhoenixSourceWith } from '../../src/engine/feedback/sources/phoenix/source.js';
import { drain, sourceTools } from '../support/drainSource.js';
import { hex, phoenixTrace } from '../support/servers/phoenix.js';
import { until } from './support/ask.js';
import { openEngine, type ServerEngine } from './support/engine.js';
import { startPhoenixServer, type PhoenixServer } from './support/phoenix.js';

const traces = 24;
/** Half an hour ago, so that nothing is so young that it would be read once more. */
const start = Date.now() - 30 * 60_000;
const llm = (n: number): string => hex(n * 16 + 1, 16);

let server: PhoenixServer;
beforeAll(async () => {
  server = await startPhoenixServer();
  const at = (n: number): string => new Date(start + n * 1000).toISOString();
  await server.spans(
    'support/chat',
    Array.from({ length: traces }, (_, index) => index + 1).flatMap((n) =>
      phoenixTrace(n, at(n), { version: n % 2 === 1 ? 'v1' : 'v2', attributes: { metadata: { plan: n % 3 === 0 ? 'free' : 'paid' } } }),
    ),
  );
  await server.ask('POST', '/v1/annotation_configs', {
    name: 'rating',
    type: 'CONTINUOUS',
    optimization_direction: 'MAXIMIZE',
    lower_bound: 1,
    upper_bound: 5,
  });
  const thumb = (n: number, score: number): object => ({
    span_id: llm(n),
    name: 'thumb',
    annotator_kind: 'HUMAN',
    result: { score, label: score === 1 ? 'up' : 'down' },
  });
  await server.ask('POST', '/v1/span_annotations?sync=true', {
    data: [
      ...[1, 3, 5, 7].map((n) => thumb(n, n < 6 ? 1 : 0)),
      ...[2, 4].map((n) => thumb(n, 0)),
      { span_id: hex(9 * 16, 16), name: 'rating', annotator_kind: 'HUMAN', result: { score: 5, explanation: 'of the root' } },
      { span_id: llm(10), name: 'rating', annotator_kind: 'HUMAN', result: { score: 99 } },
      { span_id: llm(11), name: 'correctness', annotator_kind: 'LLM', result: { score: 0.5 } },
    ],
  });
  await server.ask('POST', '/v1/trace_annotations?sync=true', {
    data: [{ trace_id: hex(13, 32), name: 'user_solved', annotator_kind: 'HUMAN', result: { label: 'yes' } }],
  });
  await server.ask('POST', '/v1/span_notes', { data: { span_id: llm(15), note: 'look at this' } });
});
afterAll(async () => {
  await server.stop();
  // What was started here listens no more.
  for (const port of server.ports) await free(port);
});

const config = (more: Partial<SourceConfig> = {}): SourceConfig => ({
  name: 'phoenix',
  kind: 'phoenix',
  url: server.url,
  project: 'support/chat',
  key: '${env:PHOENIX_KEY}',
  ...more,
});
const env = (): Record<string, string> => ({ PHOENIX_KEY: server.key });

describe('Phoenix', () => {
  it('is pulled and scored, and what is said late changes the score', async () => {
    const opened: ServerEngine = openEngine(config(), env());
    try {
      const first = await opened.pull();
      const outside = [{ reason: 'score out of range', count: 1, firstLine: 0 }];
      expect(first).toMatchObject({ ok: true, error: null, rejected: outside, interactions: { total: traces }, feedback: { total: 10 } });
      expect(first.notes.join('\n')).toContain('thumb, user_solved: taken as said by end users');
      // v1: thumbs of 1, 3, 5 and a rating of 5, a solved trace, and one thumb down. v2: two thumbs down.
      expect(await opened.scores('support/answer')).toEqual({
        v1: { mean: 0.8333, events: 6, users: 6 },
        v2: { mean: 0, events: 2, users: 2 },
      });
      const again = await opened.pull();
      expect([again.interactions, again.feedback]).toMatchObject([
        { new: 0, updated: 0 },
        { new: 0, updated: 0 },
      ]);
      await server.ask('POST', '/v1/span_annotations?sync=true', {
        data: [
          { span_id: llm(2), name: 'thumb', annotator_kind: 'HUMAN', result: { score: 1, label: 'up' } },
          { span_id: llm(6), name: 'thumb', annotator_kind: 'HUMAN', result: { score: 1, label: 'up' } },
        ],
      });
      const late = await opened.pull();
      expect(late).toMatchObject({ ok: true, rejected: outside, interactions: { new: 0 }, feedback: { new: 1, updated: 1 } });
      expect((await opened.scores('support/answer'))['v2']).toEqual({ mean: 0.6667, events: 3, users: 3 });
      const rows = await opened.engine.feedback.page({ search: 'root' });
      expect(rows.rows.map(({ prompt, version }) => [prompt, version])).toEqual([['support/answer', 'v1']]);

      // What a purged person wrote does not come back with the next pull, and the number stays.
      expect(await opened.engine.feedback.purge({ user: 'user-9', dryRun: false })).toMatchObject({ dryRun: false });
      await opened.pull({ full: true });
      expect((await opened.engine.feedback.page({ search: 'root' })).rows).toEqual([]);
      expect((await opened.scores('support/answer'))['v1']).toEqual({ mean: 0.8333, events: 6, users: 6 });
    } finally {
      await opened.close();
    }
  });

  it('gives the same records whatever the size of its pages, and after every crash', async () => {
    const whole = await drain(createPhoenixSource(config(), sourceTools({ env: env() })));
    const small = createPhoenixSourceWith(config(), sourceTools({ env: env() }), { spans: 7, annotations: 3, ids: 4 });
    const paged = await drain(small);
    const sorted = (records: typeof whole.records): string[] => records.map((record) => JSON.stringify(record)).sort();
    expect([whole.error, paged.error]).toEqual([null, null]);
    expect(sorted(paged.records)).toEqual(sorted(whole.records));
    let state = null;
    const ids = new Set<unknown>();
    for (let turn = 0; turn < 10; turn++) {
      const part = await drain(small, state, { stopAfter: 1 });
      for (const record of part.records) ids.add(record['id']);
      state = part.state;
    }
    expect(ids).toEqual(new Set(whole.records.map((record) => record['id'])));
  });

  it('takes no more of a project that was deleted, and reads the new one of its name', async () => {
    await server.spans('short', phoenixTrace(501, new Date(start).toISOString()));
    const opened = openEngine(config({ project: 'short' }), env());
    try {
      expect((await opened.pull()).interactions.total).toBe(1);
      await server.ask('DELETE', '/v1/projects/short');
      const gone = await opened.pull();
      expect(gone).toMatchObject({ ok: false, interactions: { total: 1 } });
      expect(gone.error).toContain('there is no project “short”');
      await server.spans('short', phoenixTrace(502, new Date(start).toISOString()));
      expect((await opened.pull()).interactions).toMatchObject({ new: 1, total: 2 });
      // What a server forgets is not forgotten here.
      expect((await opened.pull({ full: true })).interactions.total).toBe(2);
    } finally {
      await opened.close();
    }
  });

  it('gives of OTLP what is read of the same bytes directly', async () => {
    const bytes = readFileSync(join(import.meta.dirname, '../fixtures/otlp/traces.pb'));
    const headers = { 'content-type': 'application/x-protobuf', authorization: `Bearer ${server.key}` };
    expect((await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body: bytes })).status).toBe(200);
    const [direct] = decodeOtlp(new Uint8Array(bytes), 'traces', 'protobuf').records;
    // It was made at a time of its own, and lands in the project of those that name none.
    const phoenix = createPhoenixSource(config({ project: 'default', since: '2026-11-01' }), sourceTools({ env: env() }));
    let found: Awaited<ReturnType<typeof drain>> | null = null;
    await until('Phoenix takes the spans in', async () => {
      found = await drain(phoenix);
      return found.interactions.length > 0;
    });
    const same = ['id', 'time', 'trace_id', 'span_id', 'prompt', 'user', 'session', 'rollout', 'input', 'output'] as const;
    const part = (record: Record<string, unknown> | undefined): unknown => same.map((key) => record?.[key]);
    expect(part((found as Awaited<ReturnType<typeof drain>> | null)?.interactions[0])).toEqual(part(direct));
  });

  it('says at which step a connection fails', async () => {
    const probe = (more: Partial<SourceConfig>, given: Record<string, string> = env()) =>
      createPhoenixSource(config(more), sourceTools({ env: given })).probe();
    expect(await probe({})).toMatchObject({ ok: true, version: '20.26.1' });
    expect(await probe({}, { PHOENIX_KEY: 'wrong' })).toMatchObject({ failed: 'auth', version: '20.26.1' });
    expect(await probe({}, {})).toMatchObject({ failed: 'auth' });
    expect(await probe({ project: 'nobody' })).toMatchObject({ failed: 'data', version: '20.26.1' });
    expect(await probe({ url: `${server.url}/deeper` })).toMatchObject({ failed: 'config' });
    const wrong = openEngine(config(), { PHOENIX_KEY: 'wrong' });
    try {
      const { ok, error } = await wrong.pull();
      expect([ok, error]).toEqual([false, expect.stringContaining('does not accept the key (401): Invalid token') as string]);
    } finally {
      await wrong.close();
    }
  });
});

function free(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}
