import { afterEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import { wholeNanos } from '../../../../src/engine/feedback/sources/mlflow/api.js';
import { createMlflowSource, createMlflowSourceWith } from '../../../../src/engine/feedback/sources/mlflow/source.js';
import type { FeedbackSource } from '../../../../src/engine/feedback/sources/source.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import type { Answer, Asked, HttpServer } from '../../../support/httpServer.js';
import { drain, sourceConfig, sourceTools } from '../../../support/drainSource.js';
import { assessment, mlflowData, mlflowTrace, startMlflow, type MlflowData } from '../../../support/servers/mlflow.js';
import { hex } from '../../../support/servers/phoenix.js';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function serve(data: MlflowData, before?: (asked: Asked) => Answer | null): Promise<HttpServer> {
  const server = await startMlflow(data, before);
  open.push(server);
  return server;
}

const source = (origin: string, more: Partial<SourceConfig> = {}): FeedbackSource =>
  createMlflowSourceWith(sourceConfig('mlflow', origin, { project: 'support', ...more }), sourceTools(), { traces: 2, spans: 2 });

const model = { 'gen_ai.prompt.name': 'support/answer', 'gen_ai.prompt.version': 'v1' };
const five = (): MlflowData =>
  mlflowData({ traces: [1, 2, 3, 4, 5].map((n) => mlflowTrace(n, `2026-11-20T12:0${String(n)}:00.500Z`, { model })) });
const assess = (data: MlflowData, n: number, ...rows: Json[]): void => {
  const info = data.traces[n - 1]?.info ?? {};
  info['assessments'] = rows;
};
const metricsOf = (feedback: Json[]): Record<string, Json> =>
  Object.fromEntries(feedback.map((each) => [(each['attributes'] as { metric: string }).metric, each]));

describe('MLflow', () => {
  it('gives calls of models with the user of their trace, over any number of pages', async () => {
    const { origin, asked } = await serve(five());
    const { interactions, error, rejected } = await drain(source(origin));
    expect([error, rejected]).toEqual([null, []]);
    expect(interactions.map((each) => [each['id'], each['user']])).toEqual(
      [1, 2, 3, 4, 5].map((n) => [`${hex(n, 32)}/${hex(n * 16 + 1, 16)}`, `user-${String(n)}`]),
    );
    expect(interactions[0]).toMatchObject({
      time: '2026-11-20T12:01:00.500Z',
      prompt: { name: 'support/answer', version: 'v1', link: 'exact' },
      session: 'session-1',
      output: { text: 'answer 1' },
      system: { status: 'ok', latency_ms: 800 },
      attributes: { tier: 'gold' },
      source: { kind: 'mlflow', project: 'support', record_id: `tr-${hex(1, 32)}/${hex(17, 16)}` },
    });
    // No page begins at an offset that a deletion would shift.
    expect(asked.filter(({ path }) => path.endsWith('/search')).every(({ body }) => !body.includes('page_token'))).toBe(true);
  });

  it('reads more traces of one millisecond than a page holds', async () => {
    const data = mlflowData({ traces: [1, 2, 3, 4, 5].map((n) => mlflowTrace(n, '2026-11-20T12:00:00Z', { model })) });
    const { interactions } = await drain(source((await serve(data)).origin));
    expect(new Set(interactions.map((each) => each['id'])).size).toBe(5);
  });

  it('finds the prompt in the span, in the tag, and by asking for it', async () => {
    const tag = (...versions: string[]): Json => ({
      'mlflow.linkedPrompts': JSON.stringify(versions.map((version) => ({ name: 'tagged', version }))),
    });
    const data = mlflowData({
      prompts: ['asked/1', 'asked/2'],
      traces: [
        mlflowTrace(1, '2026-11-20T12:00:00Z', { model, info: { tags: tag('9') } }),
        mlflowTrace(2, '2026-11-20T12:01:00Z', { info: { tags: tag('2') } }),
        mlflowTrace(3, '2026-11-20T12:02:00Z', { info: { tags: tag('1', '2') } }),
        mlflowTrace(4, '2026-11-20T12:03:00Z', { linked: ['asked/2'] }),
        mlflowTrace(5, '2026-11-20T12:04:00Z', { linked: ['asked/1', 'asked/2'] }),
        mlflowTrace(6, '2026-11-20T12:05:00Z'),
        mlflowTrace(7, '2026-11-20T12:06:00Z', { plain: true, info: { tags: tag('3') } }),
      ],
    });
    const { interactions } = await drain(source((await serve(data)).origin));
    expect(interactions.map((each) => each['prompt'])).toEqual([
      { name: 'support/answer', version: 'v1', link: 'exact' },
      { name: 'tagged', version: '2', link: 'exact' },
      { name: 'tagged', version: null, link: 'ambiguous' },
      { name: 'asked', version: '2', link: 'exact' },
      { name: 'asked', version: null, link: 'ambiguous' },
      { name: '', version: null, link: 'none' },
      { name: 'tagged', version: '3', link: 'exact' },
    ]);
    // Where nothing is marked as a call of a model the trace as a whole is the answer.
    expect(interactions[6]).toMatchObject({ id: `${hex(7, 32)}/${hex(112, 16)}`, output: { text: 'answer 7' } });
  });

  it('makes do with what the listing says where spans cannot be had', async () => {
    const data = mlflowData({ noSpans: true, traces: [mlflowTrace(1, '2026-11-20T12:00:00Z')] });
    const { interactions, error } = await drain(source((await serve(data)).origin));
    expect(error).toBeNull();
    expect(interactions).toMatchObject([
      { input: { text: 'question 1' }, output: { text: 'answer 1' }, user: 'user-1', system: { latency_ms: 800 } },
    ]);
  });

  it('gives feedback and corrections, each by whom it was', async () => {
    const data = five();
    const judge = { source: { source_type: 'LLM_JUDGE', source_id: 'judge-1' } };
    const program = { source: { source_type: 'CODE', source_id: 'check.py' } };
    assess(
      data,
      1,
      assessment('thumb', { feedback: { value: true }, rationale: 'good', span_id: hex(17, 16) }),
      assessment('rating', { feedback: { value: 4 } }, { source: { source_type: 'HUMAN', source_id: 'user-1' } }),
      assessment('correctness', { feedback: { value: 0.8 }, rationale: 'close', metadata: { via: 'app' } }, judge),
      assessment('verdict', { feedback: { value: 'pass' } }, program),
      assessment('multi', { feedback: { value: { a: 1 } } }, program),
      assessment('user_rating', { feedback: { value: 2 } }, { source: { source_type: 'SOURCE_TYPE_UNSPECIFIED' } }),
      assessment('expected_answer', { expectation: { value: 'hello' } }),
      assessment('expected_facts', { expectation: { serialized_value: { serialization_format: 'JSON_FORMAT', value: '["a", "b"]' } } }),
      assessment('failed', { feedback: { value: null, error: { error_code: 'RATE_LIMIT' } } }, judge),
    );
    const { origin } = await serve(data);
    const scores = { rating: { min: 1, max: 5 }, correctness: { min: 0, max: 1 } };
    const { feedback, rejected, notes } = await drain(source(origin, { scores }));
    const by = metricsOf(feedback);
    expect(by['thumb']).toMatchObject({
      signal: 'explicit.thumb',
      score: { y: 1 },
      text: 'good',
      span_id: hex(17, 16),
      interaction_id: `${hex(1, 32)}/${hex(17, 16)}`,
    });
    expect(by['rating']).toMatchObject({ actor: { kind: 'end_user' }, score: { y: 0.75 }, trace_id: hex(1, 32), user: 'user-1' });
    expect(by['correctness']).toMatchObject({
      actor: { kind: 'llm_judge', model: 'judge-1' },
      score: { y: 0.8 },
      attributes: { via: 'app' },
    });
    expect(by['verdict']).toMatchObject({ actor: { kind: 'code' }, label: 'pass', score: { y: 1 } });
    expect(by['multi']).toMatchObject({ label: '{"a":1}' });
    // Whoever the server does not name is nobody's opinion, whatever the metric is called.
    expect(by['user_rating']).toMatchObject({ actor: { kind: 'code' }, signal: 'code.score' });
    expect(by['expected_answer']).toMatchObject({
      signal: 'explicit.correction',
      correction: 'hello',
      actor: { kind: 'expert', id: 'ann' },
    });
    expect(by['expected_facts']).toMatchObject({ correction: '["a", "b"]' });
    expect(rejected).toEqual([{ reason: 'the evaluation failed on the server', line: 0 }]);
    expect(notes.join('\n')).toContain('thumb: taken as said by end users');
    expect(notes.join('\n')).toContain('expected_answer, expected_facts: taken as said by experts');
  });

  it('takes one that overrides another for the same opinion, changed', async () => {
    const data = five();
    const first = assessment('thumb', { feedback: { value: true } });
    assess(data, 1, first);
    const { origin } = await serve(data);
    const before = await drain(source(origin));
    const overridden = { ...first, valid: false };
    const second = assessment(
      'thumb',
      { feedback: { value: false } },
      { overrides: first['assessment_id'], last_update_time: '2026-11-24T00:00:00Z' },
    );
    assess(data, 1, overridden, second);
    const after = await drain(source(origin), before.state);
    expect(after.feedback.map((each) => [each['id'], (each['score'] as { y: number }).y])).toEqual([[before.feedback[0]?.['id'], 0]]);
  });

  it('finds what was said late, and nothing twice', async () => {
    const data = five();
    assess(data, 1, assessment('thumb', { feedback: { value: true } }), assessment('bad', { feedback: { value: 99 } }));
    const { origin } = await serve(data);
    const scores = { bad: { min: 0, max: 5 } };
    const first = await drain(source(origin, { scores }));
    expect([first.records.length, first.rejected.length]).toEqual([6, 1]);
    const again = await drain(source(origin, { scores }), first.state);
    expect([again.records, again.rejected]).toEqual([[], []]);
    assess(data, 2, assessment('thumb', { feedback: { value: false } }, { last_update_time: '2026-11-23T23:59:00Z' }));
    data.traces.push(mlflowTrace(6, '2026-11-24T00:00:00Z', { model }));
    const late = await drain(source(origin, { scores }), again.state);
    expect(late.interactions.map((each) => each['user'])).toEqual(['user-6']);
    expect(late.feedback.map((each) => each['user'])).toEqual(['user-2']);
    expect((await drain(source(origin, { lookback: '1d' }), again.state)).feedback).toEqual([]);
  });

  it('goes on where it was broken off, while traces go and come', async () => {
    const data = five();
    const { origin } = await serve(data);
    const ids = new Set<unknown>();
    let state = null;
    for (let turn = 0; turn < 5; turn++) {
      const part = await drain(source(origin), state, { stopAfter: 1 });
      for (const record of part.interactions) ids.add(record['id']);
      state = part.state;
      // One that was read is deleted: with offsets the next page would leave one out.
      if (turn === 0) data.traces.shift();
      if (turn === 1) data.traces.push(mlflowTrace(6, '2026-11-21T12:00:00Z', { model }));
    }
    for (const record of (await drain(source(origin), state)).interactions) ids.add(record['id']);
    expect(ids.size).toBe(6);
  });

  it('reads an answer again that was still being made', async () => {
    const data = five();
    const info = data.traces[4]?.info ?? {};
    info['state'] = 'IN_PROGRESS';
    const { origin } = await serve(data);
    const first = await drain(source(origin));
    info['state'] = 'OK';
    const second = await drain(source(origin), first.state);
    expect(second.interactions.map((each) => each['user'])).toContain('user-5');
    expect((await drain(source(origin), second.state)).interactions).toEqual([]);
  });

  it('keeps nanoseconds whole, and only those', () => {
    const text = '{"start_time_unix_nano":1795176001005000123,"x":"\\"end_time_unix_nano\\":1795176001005000123","n":1795176001005000123}';
    expect(wholeNanos(text)).toBe(
      '{"start_time_unix_nano":"1795176001005000123","x":"\\"end_time_unix_nano\\":1795176001005000123","n":1795176001005000123}',
    );
  });
});

describe('a probe of MLflow', () => {
  const probe = (origin: string, more: Partial<SourceConfig> = {}, env: Record<string, string> = {}): ReturnType<FeedbackSource['probe']> =>
    createMlflowSource(sourceConfig('mlflow', origin, { project: 'support', ...more }), sourceTools({ env })).probe();

  it('says that it works, and what is missing', async () => {
    const data = five();
    const { origin } = await serve(data);
    expect(await probe(origin)).toMatchObject({ ok: true, detail: 'MLflow 3.17.2, experiment support (1)', version: '3.17.2' });
    expect(await probe(origin, { map: { 'prompt.nam': '$.x' } })).toMatchObject({ failed: 'config' });
    expect(await probe(origin, { project: '1' })).toMatchObject({ ok: true });
    expect(await probe(origin, { project: 'other' })).toMatchObject({
      failed: 'data',
      detail: `${origin}: there is no experiment “other”`,
    });
    data.traces = [];
    expect(await probe(origin)).toMatchObject({ ok: false, failed: 'data', version: '3.17.2' });
    data.version = '2.22.0';
    expect(await probe(origin)).toMatchObject({ failed: 'version', version: '2.22.0' });
    expect((await drain(source(origin))).error?.message).toContain('Update it to MLflow 3.0');
  });

  it('says that user and password are missing or wrong', async () => {
    const { origin } = await serve(mlflowData({ ...five(), basic: 'ann:right' }));
    const key = { user: '${env:ML_USER}', key: '${env:ML_KEY}' };
    expect(await probe(origin)).toMatchObject({ failed: 'auth' });
    expect(await probe(origin, key, { ML_KEY: 'right' })).toMatchObject({
      failed: 'auth',
      detail: expect.stringContaining('ML_USER') as string,
    });
    expect(await probe(origin, key, { ML_USER: 'ann', ML_KEY: 'wrong' })).toMatchObject({ failed: 'auth' });
    expect(await probe(origin, key, { ML_USER: 'ann', ML_KEY: 'right' })).toMatchObject({ ok: true });
  });
});
