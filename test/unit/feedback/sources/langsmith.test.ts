import { afterEach, describe, expect, it } from 'vitest';
import { createLangsmithSource, createLangsmithSourceWith } from '../../../../src/engine/feedback/sources/langsmith/source.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import type { HttpServer } from '../../../support/httpServer.js';
import { langsmith, startLangsmith } from '../../../support/servers/langsmith.js';
import { idsOf, readAll, sourceOf, toolsAt } from '../../../support/sourceReading.js';

const now = '2026-11-24T00:00:00Z';
const env = { LS: langsmith.key };
const settings = { project: 'support', key: '${env:LS}' };
const small = { runs: 3, feedback: 4 };
const day = (n: number): string => String(10 + (n % 10)).padStart(2, '0');

const run = (n: number, more: Json = {}): Json => ({
  ...langsmith.run,
  id: `run-${String(n)}`,
  trace_id: `run-${String(n)}`,
  start_time: `2026-11-${day(n)}T10:00:00.000000`,
  end_time: `2026-11-${day(n)}T10:00:01.250000`,
  ...more,
});
const said = (n: number, more: Json = {}): Json => ({
  ...langsmith.feedback,
  id: `said-${String(n)}`,
  run_id: `run-${String(n)}`,
  trace_id: `run-${String(n)}`,
  created_at: `2026-11-${day(n)}T10:05:00.000000`,
  ...more,
});
const many = (count: number) => ({
  runs: Array.from({ length: count }, (_, n) => run(n)),
  feedback: Array.from({ length: count }, (_, n) => said(n)),
});

let server: HttpServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe('LangSmith', () => {
  it.each(['v2', 'v1'] as const)('reads all runs and all feedback, by the query of edition %s', async (edition) => {
    server = await startLangsmith(many(25), { edition });
    const source = createLangsmithSourceWith(sourceOf('langsmith', server.origin, settings), toolsAt(now, env), small);
    const { records, error, rejected } = await readAll(source);
    expect(error).toBeNull();
    expect(rejected).toEqual([]);
    expect(new Set(idsOf(records)).size).toBe(50);
    expect(records[0]).toMatchObject({
      prompt: { name: 'acme/answer', version: 'c0ffee01', link: 'exact' },
      user: 'customer-1',
      output: { text: 'It arrives today.' },
      input: { text: 'Where is my parcel?' },
      system: { status: 'ok', latency_ms: 1250 },
      attributes: { plan: 'free' },
    });
    const feedback = records.find((record) => record['schema'] === 'promptratchet.feedback/1');
    const served = records.find(
      (record) =>
        record['span_id'] === feedback?.['span_id'] && record['trace_id'] === feedback?.['trace_id'] && record['output'] !== undefined,
    );
    expect(served).toBeDefined();
    // The project is asked for by its id, and no run one by one.
    expect(server.asked.filter((each) => each.path.startsWith('/api/v1/runs/')).every((each) => each.path === '/api/v1/runs/query')).toBe(
      true,
    );
  });

  it('takes ranges from feedback configs, and who said it from the kind of source', async () => {
    server = await startLangsmith({
      runs: [],
      feedback: [
        said(1, { key: 'stars', score: 2, feedback_source: { type: 'app', user_id: 'editor' } }),
        said(2, { key: 'correct', score: true, feedback_source: { type: 'model' } }),
        said(3, { key: 'fix', score: null, correction: { output: 'It arrived.' }, feedback_source: { type: 'app' } }),
        said(4, { key: 'user_thumb', score: 1, comment: 'thanks' }),
      ],
    });
    const { records, notes } = await readAll(createLangsmithSource(sourceOf('langsmith', server.origin, settings), toolsAt(now, env)));
    const byId = new Map(records.map((record) => [(record['source'] as Json)['record_id'], record]));
    expect(byId.get('said-1')).toMatchObject({ actor: { kind: 'expert', id: 'editor' }, score: { y: 0.25, min: 1, max: 5 } });
    expect(byId.get('said-2')).toMatchObject({ actor: { kind: 'llm_judge' }, score: { y: 1 } });
    expect(byId.get('said-3')).toMatchObject({ correction: 'It arrived.' });
    expect(byId.get('said-4')).toMatchObject({ actor: { kind: 'end_user' }, text: 'thanks' });
    expect(notes.join('\n')).toMatch(/user_thumb: taken as said by end users/u);
  });

  it('sees feedback that was changed within the look-back', async () => {
    const data = many(10);
    server = await startLangsmith(data);
    const config = sourceOf('langsmith', server.origin, { ...settings, lookback: '14d' });
    const first = await readAll(createLangsmithSource(config, toolsAt(now, env)));
    data.feedback[4] = said(4, { score: 0, modified_at: '2026-11-24T01:00:00.000000' });
    const second = await readAll(createLangsmithSource(config, toolsAt('2026-11-24T02:00:00Z', env)), first.state);
    const changed = second.records.filter((record) => !first.records.some((before) => JSON.stringify(before) === JSON.stringify(record)));
    expect(changed).toHaveLength(1);
    expect(changed[0]).toMatchObject({ score: { y: 0 }, source: { record_id: 'said-4', updated_at: '2026-11-24T01:00:00.000Z' } });
  });

  it('goes on after a crash where it was', async () => {
    server = await startLangsmith(many(25));
    const source = createLangsmithSourceWith(sourceOf('langsmith', server.origin, settings), toolsAt(now, env), small);
    const first = await readAll(source, null, { batches: 4 });
    const rest = await readAll(source, first.state);
    expect(new Set([...idsOf(first.records), ...idsOf(rest.records)]).size).toBe(50);
  });

  it('names the step that fails', async () => {
    server = await startLangsmith(many(1));
    const probe = (more: object, variables: Record<string, string> = env) =>
      createLangsmithSource(sourceOf('langsmith', server?.origin ?? '', more), toolsAt(now, variables)).probe();
    expect(await probe(settings)).toMatchObject({ ok: true, version: '0.16.2' });
    expect(await probe(settings, { LS: 'wrong' })).toMatchObject({ failed: 'permission' });
    expect(await probe(settings, {})).toMatchObject({ failed: 'auth' });
    expect(await probe({ ...settings, project: 'nowhere' })).toMatchObject({ failed: 'permission' });
  });

  it('is not led on by an answer of another shape', async () => {
    server = await startLangsmith(many(1), { before: ({ path }) => (path === '/api/v1/feedback' ? { json: { detail: 'soon' } } : null) });
    const reading = await readAll(createLangsmithSource(sourceOf('langsmith', server.origin, settings), toolsAt(now, env)));
    expect(reading.error?.message).toMatch(/no list of feedback/u);
    expect(reading.records).toHaveLength(1);
  });
});
