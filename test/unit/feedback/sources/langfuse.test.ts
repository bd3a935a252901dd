import { afterEach, describe, expect, it } from 'vitest';
import { createLangfuseSource, createLangfuseSourceWith } from '../../../../src/engine/feedback/sources/langfuse/source.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import type { HttpServer } from '../../../support/httpServer.js';
import { langfuse, startLangfuse } from '../../../support/servers/langfuse.js';
import { idsOf, readAll, sourceOf, toolsAt } from '../../../support/sourceReading.js';

const now = '2026-11-24T00:00:00Z';
const env = { PUBLIC: langfuse.keys.public, SECRET: langfuse.keys.secret };
const keys = { user: '${env:PUBLIC}', key: '${env:SECRET}' };
const small = { scores: 3, observations: 4, older: 3 };

const observation = (n: number, more: Json = {}): Json => ({
  ...langfuse.observation,
  id: `obs-${String(n)}`,
  traceId: `trace-${String(n)}`,
  startTime: `2026-11-${String(10 + (n % 10)).padStart(2, '0')}T10:00:0${String(n % 10)}.000Z`,
  ...more,
});
const score = (n: number, more: Json = {}): Json => ({
  ...langfuse.score,
  id: `score-${String(n)}`,
  subject: { kind: 'trace', id: `trace-${String(n)}` },
  timestamp: `2026-11-${String(10 + (n % 10)).padStart(2, '0')}T10:05:0${String(n % 10)}.000Z`,
  ...more,
});
const many = (count: number) => ({
  observations: Array.from({ length: count }, (_, n) => observation(n)),
  scores: Array.from({ length: count }, (_, n) => score(n)),
});

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe('Langfuse', () => {
  it.each(['v4', 'v3'] as const)('reads all pages of generations and scores of edition %s', async (edition) => {
    server = await startLangfuse(many(25), edition);
    const source = createLangfuseSourceWith(sourceOf('langfuse', server.origin, keys), toolsAt(now, env), small);
    const { records, error, rejected } = await readAll(source);
    expect(error).toBeNull();
    expect(rejected).toEqual([]);
    expect(new Set(idsOf(records)).size).toBe(50);
    const served = records.find((record) => record['schema'] === 'promptratchet.interaction/1');
    expect(served).toMatchObject({
      prompt: { name: 'support/answer', version: '2', link: 'exact' },
      user: 'customer-1',
      output: { text: 'It arrives today.' },
      system: { status: 'ok', latency_ms: 1250 },
      attributes: { plan: 'free' },
      source: { kind: 'langfuse', record_type: 'observation' },
    });
    const said = records.find((record) => record['schema'] === 'promptratchet.feedback/1');
    expect(said).toMatchObject({
      signal: 'explicit.thumb',
      actor: { kind: 'end_user' },
      score: { y: 1 },
      source: { updated_at: '2026-11-20T10:05:00.500Z' },
    });
  });

  it('gives both editions the same records', async () => {
    const data = many(7);
    const read = async (edition: 'v3' | 'v4'): Promise<Json[]> => {
      const one = await startLangfuse(data, edition);
      const { records } = await readAll(createLangfuseSourceWith(sourceOf('langfuse', one.origin, keys), toolsAt(now, env), small));
      await one.close();
      return records.map((record) => ({
        signal: record['signal'],
        prompt: record['prompt'],
        time: record['time'],
        score: record['score'],
      }));
    };
    const [older, newer] = [await read('v3'), await read('v4')];
    const sorted = (records: Json[]): string[] => records.map((record) => JSON.stringify(record)).sort();
    expect(sorted(older)).toEqual(sorted(newer));
  });

  it('goes on after a crash where it was, and reads nothing twice that cannot change', async () => {
    server = await startLangfuse(many(25));
    const source = createLangfuseSourceWith(sourceOf('langfuse', server.origin, keys), toolsAt(now, env), small);
    const first = await readAll(source, null, { batches: 3 });
    const rest = await readAll(source, first.state);
    expect(new Set([...idsOf(first.records), ...idsOf(rest.records)]).size).toBe(50);
    expect(idsOf(first.records).filter((id) => idsOf(rest.records).includes(id))).toEqual([]);
  });

  it('sees a score that was changed, and one that is new, within the look-back', async () => {
    const data = many(10);
    server = await startLangfuse(data);
    const config = sourceOf('langfuse', server.origin, { ...keys, lookback: '14d' });
    const first = await readAll(createLangfuseSource(config, toolsAt(now, env)));
    data.scores[3] = score(3, { value: false, updatedAt: '2026-11-24T01:00:00.000Z' });
    data.scores.push(score(11, { timestamp: '2026-11-24T01:30:00.000Z' }));
    const second = await readAll(createLangfuseSource(config, toolsAt('2026-11-24T02:00:00Z', env)), first.state);
    const changed = second.records.filter((record) => !first.records.some((before) => JSON.stringify(before) === JSON.stringify(record)));
    expect(changed.map((record) => (record['source'] as Json)['record_id'])).toEqual(['score-3', 'score-11']);
    expect(second.records.filter((record) => record['schema'] === 'promptratchet.interaction/1')).toEqual([]);
  });

  it('takes ranges from score configs, and who said it from the source of a score', async () => {
    server = await startLangfuse({
      observations: [],
      scores: [
        score(1, { name: 'stars', dataType: 'NUMERIC', value: 4, configId: 'config-stars', source: 'ANNOTATION', authorUserId: 'editor' }),
        score(2, { name: 'helpful', dataType: 'NUMERIC', value: 0.9, source: 'EVAL' }),
        score(3, { name: 'fix', dataType: 'CORRECTION', value: 'It arrived.', source: 'ANNOTATION' }),
        score(4, { subject: { kind: 'experiment', id: 'run-1' } }),
      ],
    });
    const { records, notes } = await readAll(createLangfuseSource(sourceOf('langfuse', server.origin, keys), toolsAt(now, env)));
    const byId = new Map(records.map((record) => [(record['source'] as Json)['record_id'], record]));
    expect(byId.get('score-1')).toMatchObject({ actor: { kind: 'expert', id: 'editor' }, score: { raw: 4, min: 1, max: 5, y: 0.75 } });
    expect(byId.get('score-2')).toMatchObject({ actor: { kind: 'llm_judge' }, score: { raw: 0.9, y: null } });
    expect(byId.get('score-3')).toMatchObject({ signal: 'explicit.correction', correction: 'It arrived.' });
    expect(byId.has('score-4')).toBe(false);
    expect(notes.join('\n')).toMatch(/helpful: no range is known/u);
  });

  it('says whom it took a score of the API for, until config.yaml says it', async () => {
    server = await startLangfuse({ observations: [], scores: [score(1)] });
    const said = await readAll(createLangfuseSource(sourceOf('langfuse', server.origin, keys), toolsAt(now, env)));
    expect(said.notes.join('\n')).toMatch(/user-thumb: taken as said by end users/u);
    const config = sourceOf('langfuse', server.origin, { ...keys, scores: { 'user-thumb': { actor: 'code' } } });
    const told = await readAll(createLangfuseSource(config, toolsAt(now, env)));
    expect(told.notes).toEqual([]);
    expect(told.records[0]).toMatchObject({ actor: { kind: 'code' } });
  });

  it('names the step that fails', async () => {
    server = await startLangfuse(many(1));
    const probe = (more: object, variables = env) =>
      createLangfuseSource(sourceOf('langfuse', server?.origin ?? '', more), toolsAt(now, variables)).probe();
    expect(await probe(keys)).toMatchObject({ ok: true, version: '4.2.0', failed: null });
    expect(await probe(keys, { PUBLIC: 'pk-lf-test', SECRET: 'wrong' })).toMatchObject({ ok: false, failed: 'auth' });
    expect(await probe({ key: '${env:SECRET}' })).toMatchObject({ ok: false, failed: 'auth' });
    await server.close();
    expect(await probe(keys)).toMatchObject({ ok: false, failed: 'connect' });
    server = await startLangfuse({ observations: [], scores: [] });
    expect(await probe(keys)).toMatchObject({ ok: false, failed: 'data' });
  });

  it('waits where the server asks for it, and keeps what it has where a page cannot be had', async () => {
    let asked = 0;
    server = await startLangfuse(many(25), 'v4', (request) => {
      if (!request.path.endsWith('/scores')) return null;
      asked++;
      if (asked === 2) return { status: 429, headers: { 'retry-after': '1' }, json: { message: 'slow down' } };
      return asked > 4 ? { text: '<html>login</html>', headers: { 'content-type': 'text/html' } } : null;
    });
    const source = createLangfuseSourceWith(
      sourceOf('langfuse', server.origin, { ...keys, since: '2026-11-01' }),
      toolsAt(now, env),
      small,
    );
    const reading = await readAll(source);
    expect(reading.error?.message).toMatch(/a web page and not with JSON/u);
    expect(reading.records.filter((record) => record['schema'] === 'promptratchet.feedback/1').length).toBeGreaterThan(3);
  });

  it('ends where a cursor goes round in a circle', async () => {
    server = await startLangfuse(many(3), 'v4', (request) =>
      request.path.endsWith('/v3/scores') ? { json: { data: [score(1)], meta: { limit: 3, cursor: 'again' } } } : null,
    );
    const reading = await readAll(createLangfuseSource(sourceOf('langfuse', server.origin, keys), toolsAt(now, env)));
    expect(reading.error?.message).toMatch(/never end/u);
  });

  it('counts what cannot be read, and takes the rest', async () => {
    server = await startLangfuse({ observations: [], scores: [score(1, { updatedAt: 'soon' }), score(3)] });
    const { records, rejected, error } = await readAll(createLangfuseSource(sourceOf('langfuse', server.origin, keys), toolsAt(now, env)));
    expect(error).toBeNull();
    expect(rejected).toEqual([{ reason: 'bad time', line: 0 }]);
    expect(records.map((record) => (record['source'] as Json)['record_id'])).toEqual(['score-3']);
  });
});
