import { afterEach, describe, expect, it } from 'vitest';
import { createOpikSource, createOpikSourceWith } from '../../../../src/engine/feedback/sources/opik/source.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import type { HttpServer } from '../../../support/httpServer.js';
import { opik, startOpik } from '../../../support/servers/opik.js';
import { idsOf, readAll, sourceOf, toolsAt } from '../../../support/sourceReading.js';

const now = '2026-11-24T00:00:00Z';
const env = { OPIK: opik.key };
const settings = { project: 'support', key: '${env:OPIK}', user: 'default' };

const trace = (n: number, more: Json = {}): Json => ({
  ...opik.trace,
  id: `trace-${String(n)}`,
  start_time: `2026-11-${String(10 + (n % 10)).padStart(2, '0')}T10:00:00.000Z`,
  feedback_scores: [{ ...opik.score, value: n % 2 }],
  ...more,
});

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe('Opik', () => {
  it('reads traces with their scores, page by page', async () => {
    server = await startOpik(Array.from({ length: 23 }, (_, n) => trace(n)));
    const source = createOpikSourceWith(sourceOf('opik', server.origin, settings), toolsAt(now, env), 4);
    const { records, error } = await readAll(source);
    expect(error).toBeNull();
    expect(new Set(idsOf(records)).size).toBe(46);
    expect(records[0]).toMatchObject({
      schema: 'promptratchet.interaction/1',
      prompt: { name: 'support/answer', version: 'a1b2c3d4' },
      output: { text: 'It arrives today.' },
      system: { latency_ms: 1250, ttfc_ms: 200 },
      source: { kind: 'opik', record_type: 'trace', project: 'support' },
    });
    expect(records.find((record) => record['schema'] === 'promptratchet.feedback/1')).toMatchObject({
      signal: 'explicit.thumb',
      actor: { kind: 'end_user' },
    });
  });

  it('keeps what each author said apart, on the declared range', async () => {
    const scores = [
      {
        ...opik.score,
        name: 'stars',
        value: 3,
        source: 'ui',
        value_by_author: {
          ann: { value: 1, reason: 'wrong day', source: 'ui', last_updated_at: '2026-11-20T10:06:00.000Z' },
          bob: { value: 5, reason: null, source: 'ui', last_updated_at: '2026-11-20T10:07:00.000Z' },
        },
      },
    ];
    server = await startOpik([
      trace(1, { feedback_scores: scores, comments: [{ id: 'c-1', text: 'look at this', created_by: 'ann', created_at: now }] }),
    ]);
    const { records } = await readAll(createOpikSource(sourceOf('opik', server.origin, settings), toolsAt(now, env)));
    const said = records.filter((record) => record['schema'] === 'promptratchet.feedback/1');
    expect(said.map((record) => (record['score'] as Json | undefined)?.['y'] ?? null)).toEqual([0, 1, null]);
    expect(said[0]).toMatchObject({ actor: { kind: 'expert', id: 'ann' }, text: 'wrong day' });
    expect(said[2]).toMatchObject({ text: 'look at this' });
  });

  it('sees a score that comes late within the look-back', async () => {
    const traces = [trace(1, { feedback_scores: [] }), trace(2)];
    server = await startOpik(traces);
    const config = sourceOf('opik', server.origin, { ...settings, lookback: '14d' });
    const first = await readAll(createOpikSource(config, toolsAt(now, env)));
    traces[0] = trace(1, { feedback_scores: [opik.score], last_updated_at: '2026-11-24T01:00:00.000Z' });
    const second = await readAll(createOpikSource(config, toolsAt('2026-11-24T02:00:00Z', env)), first.state);
    const before = new Set(idsOf(first.records));
    expect(second.records.filter((record) => !before.has(String(record['id'])))).toMatchObject([{ score: { raw: 1 } }]);
  });

  it('names the step that fails', async () => {
    server = await startOpik([trace(1)]);
    const probe = (more: object, variables: Record<string, string> = env) =>
      createOpikSource(sourceOf('opik', server?.origin ?? '', { ...settings, ...more }), toolsAt(now, variables)).probe();
    expect(await probe({})).toMatchObject({ ok: true, version: '1.9.0' });
    expect(await probe({}, { OPIK: 'wrong' })).toMatchObject({ failed: 'auth' });
    expect(await probe({ user: 'other' })).toMatchObject({ failed: 'permission' });
    expect(await probe({ project: 'nowhere' })).toMatchObject({ failed: 'data' });
  });
});
