/** The adapter of MLflow against MLflow itself: pull to score, over pages, with late changes, links of prompts and refusals. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../src/engine/config/types.js';
import { decodeOtlp } from '../../src/engine/feedback/otlp/decode.js';
import { createMlflowSource, createMlflowSourceWith } from '../../src/engine/feedback/sources/mlflow/source.js';
import { drain, sourceTools } from '../support/drainSource.js';
import { hex } from '../support/servers/phoenix.js';
import { openEngine } from './support/engine.js';
import { startMlflowServer, type MlflowServer } from './support/mlflow.js';

const traces = 12;
/** Half an hour ago, so that nothing is so young that it would be read once more. */
const start = Date.now() - 30 * 60_000;
const traceId = (n: number): string => `tr-${hex(n, 32)}`;

let server: MlflowServer;
let experiment = '';
beforeAll(async () => {
  server = await startMlflowServer();
  ({ experiment_id: experiment } = (await server.ask('POST', '/api/2.0/mlflow/experiments/create', { name: 'support' })) as {
    experiment_id: string;
  });
  await server.ask(
    'POST',
    '/v1/traces',
    {
      resourceSpans: [
        {
          resource: { attributes: [text('service.name', 'chat-api'), text('host.name', 'secret-host')] },
          scopeSpans: [{ scope: { name: 'x' }, spans: spans() }],
        },
      ],
    },
    { 'x-mlflow-experiment-id': experiment },
  );
  await server.ask('PATCH', `/api/3.0/mlflow/traces/${traceId(11)}/tags`, {
    key: 'mlflow.linkedPrompts',
    value: JSON.stringify([{ name: 'registered', version: '2' }]),
  });
  await server.ask('POST', '/api/2.0/mlflow/registered-models/create', { name: 'registered', tags: [isPrompt] });
  for (const version of ['1', '2']) {
    const tags = [isPrompt, { key: 'mlflow.prompt.text', value: `Answer {{q}}, take ${version}` }];
    await server.ask('POST', '/api/2.0/mlflow/model-versions/create', { name: 'registered', source: 'dummy-source', tags });
  }
  await server.ask('POST', '/api/2.0/mlflow/traces/link-prompts', {
    trace_id: traceId(12),
    prompt_versions: [{ name: 'registered', version: '1' }],
  });
  for (const [n, value] of [
    [1, true],
    [3, true],
    [5, false],
    [2, false],
  ] as const)
    await assess(n, { assessment_name: 'thumb', source: human, feedback: { value } });
  await assess(11, { assessment_name: 'thumb', source: human, feedback: { value: true }, rationale: 'by the tag' });
  await assess(12, { assessment_name: 'thumb', source: human, feedback: { value: false }, rationale: 'by the link' });
  await assess(1, { assessment_name: 'expected_answer', source: human, expectation: { value: 'hello there' } });
  await assess(1, { assessment_name: 'correctness', source: { source_type: 'LLM_JUDGE', source_id: 'judge-1' }, feedback: { value: 0.5 } });
  await assess(1, {
    assessment_name: 'failed',
    source: { source_type: 'LLM_JUDGE', source_id: 'judge-1' },
    feedback: { error: { error_code: 'RATE_LIMIT', error_message: 'slow' } },
  });
});
afterAll(async () => {
  await server.stop();
});

const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
const human = { source_type: 'HUMAN', source_id: 'app' };
const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });

/** Roots and calls of models; the last two name no prompt. */
function spans(): object[] {
  return Array.from({ length: traces }, (_, index) => index + 1).flatMap((n) => {
    const at = BigInt(start + n * 1000) * 1_000_000n;
    const ids = { traceId: hex(n, 32), spanId: hex(n * 16, 16) };
    const prompt = n > 10 ? [] : [text('gen_ai.prompt.name', 'support/answer'), text('gen_ai.prompt.version', n % 2 === 1 ? 'v1' : 'v2')];
    return [
      {
        ...ids,
        name: 'chat',
        kind: 1,
        startTimeUnixNano: String(at),
        endTimeUnixNano: String(at + 900_000_123n),
        status: { code: 1 },
        attributes: [
          text('user.id', `user-${String(n)}`),
          text('session.id', `session-${String(n)}`),
          text('input.value', `question ${String(n)}`),
        ],
      },
      {
        traceId: ids.traceId,
        spanId: hex(n * 16 + 1, 16),
        parentSpanId: ids.spanId,
        name: 'answer',
        kind: 1,
        startTimeUnixNano: String(at + 5_000_000n),
        endTimeUnixNano: String(at + 805_000_000n),
        status: { code: 1 },
        attributes: [text('gen_ai.operation.name', 'chat'), text('output.value', 'y'.repeat(n === 1 ? 3000 : 3)), ...prompt],
      },
    ];
  });
}

function assess(n: number, assessment: object): Promise<unknown> {
  return server.ask('POST', `/api/3.0/mlflow/traces/${traceId(n)}/assessments`, { assessment: { trace_id: traceId(n), ...assessment } });
}

const config = (more: Partial<SourceConfig> = {}): SourceConfig => ({
  name: 'mlflow',
  kind: 'mlflow',
  url: server.url,
  project: 'support',
  user: '${env:ML_USER}',
  key: '${env:ML_KEY}',
  ...more,
});
const env = (): Record<string, string> => ({ ML_USER: server.user, ML_KEY: server.password });

describe('MLflow', () => {
  it('is pulled and scored, and what is said late changes the score', async () => {
    const opened = openEngine(config(), env());
    try {
      const first = await opened.pull();
      expect(first).toMatchObject({
        ok: true,
        error: null,
        rejected: [{ reason: 'the evaluation failed on the server', count: 1 }],
        interactions: { total: traces },
        feedback: { total: 8 },
      });
      expect(first.notes.join('\n')).toContain('thumb: taken as said by end users');
      expect(await opened.scores('support/answer')).toEqual({
        v1: { mean: 0.6667, events: 3, users: 3 },
        v2: { mean: 0, events: 1, users: 1 },
      });
      expect(await opened.scores('registered')).toEqual({ '1': { mean: 0, events: 1, users: 1 }, '2': { mean: 1, events: 1, users: 1 } });
      expect(await opened.pull()).toMatchObject({
        interactions: { new: 0, updated: 0 },
        feedback: { new: 0, updated: 0 },
        rejected: first.rejected,
      });
      const page = await opened.engine.feedback.page({ search: 'tag' });
      const detail = await opened.engine.feedback.detail(page.rows[0]?.id ?? '');
      expect(JSON.stringify(detail)).not.toContain('secret-host');

      const { traces: found } = (await server.ask('POST', '/api/3.0/mlflow/traces/search', {
        locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } }],
        filter: `timestamp_ms >= ${String(start)}`,
        order_by: ['timestamp_ms ASC'],
      })) as { traces: { assessments?: { assessment_id: string; assessment_name: string }[] }[] };
      const of = (n: number): string =>
        found[n - 1]?.assessments?.find(({ assessment_name }) => assessment_name === 'thumb')?.assessment_id ?? '';
      // One is changed in place, one is overridden, one is new.
      await server.ask('PATCH', `/api/3.0/mlflow/traces/${traceId(2)}/assessments/${of(2)}`, {
        assessment: { assessment_id: of(2), trace_id: traceId(2), assessment_name: 'thumb', feedback: { value: true } },
        update_mask: 'feedback',
      });
      await assess(5, { assessment_name: 'thumb', source: human, feedback: { value: true }, overrides: of(5) });
      await assess(4, { assessment_name: 'thumb', source: human, feedback: { value: true } });
      expect(await opened.pull()).toMatchObject({ ok: true, feedback: { new: 1, updated: 2 } });
      expect(await opened.scores('support/answer')).toEqual({
        v1: { mean: 1, events: 3, users: 3 },
        v2: { mean: 1, events: 2, users: 2 },
      });
    } finally {
      await opened.close();
    }
  });

  it('gives the same records whatever the size of its pages, and after every crash', async () => {
    const whole = await drain(createMlflowSource(config(), sourceTools({ env: env() })));
    // Each request costs this server a check of the password, so there are few.
    const small = createMlflowSourceWith(config(), sourceTools({ env: env() }), { traces: 5, spans: 4 });
    const paged = await drain(small);
    const sorted = (records: typeof whole.records): string[] => records.map((record) => JSON.stringify(record)).sort();
    expect([whole.error, paged.error]).toEqual([null, null]);
    expect(sorted(paged.records)).toEqual(sorted(whole.records));
    // Whole texts, not the previews of the listing; times of the spans themselves.
    expect(whole.interactions[0]).toMatchObject({ output: { text: 'y'.repeat(3000) }, system: { latency_ms: 800 } });
    let state = null;
    const ids = new Set<unknown>();
    for (let turn = 0; turn < 4; turn++) {
      const part = await drain(small, state, { stopAfter: 1 });
      for (const record of part.records) ids.add(record['id']);
      state = part.state;
    }
    expect(ids).toEqual(new Set(whole.records.map((record) => record['id'])));
  });

  it('gives of OTLP what is read of the same bytes directly', async () => {
    const bytes = readFileSync(join(import.meta.dirname, '../fixtures/otlp/traces.pb'));
    const { experiment_id: other } = (await server.ask('POST', '/api/2.0/mlflow/experiments/create', { name: 'otlp' })) as {
      experiment_id: string;
    };
    const authorization = `Basic ${Buffer.from(`${server.user}:${server.password}`).toString('base64')}`;
    const headers = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': other, authorization };
    expect((await fetch(`${server.url}/v1/traces`, { method: 'POST', headers, body: bytes })).status).toBe(200);
    const [direct] = decodeOtlp(new Uint8Array(bytes), 'traces', 'protobuf').records;
    const { interactions } = await drain(createMlflowSource(config({ project: 'otlp', since: '2026-11-01' }), sourceTools({ env: env() })));
    const same = ['id', 'time', 'trace_id', 'span_id', 'prompt', 'user', 'session', 'rollout', 'input', 'output'] as const;
    const part = (record: Record<string, unknown> | undefined): unknown => same.map((key) => record?.[key]);
    expect(part(interactions[0])).toEqual(part(direct));
  });

  it('says at which step a connection fails', async () => {
    const probe = (more: Partial<SourceConfig>, given: Record<string, string> = env()) =>
      createMlflowSource(config(more), sourceTools({ env: given })).probe();
    expect(await probe({})).toMatchObject({ ok: true, version: '3.17.2' });
    expect(await probe({ project: experiment })).toMatchObject({ ok: true });
    expect(await probe({}, { ...env(), ML_KEY: 'wrong' })).toMatchObject({ failed: 'auth' });
    expect(await probe({}, {})).toMatchObject({ failed: 'auth' });
    expect(await probe({ project: 'nobody' })).toMatchObject({ failed: 'data', version: '3.17.2' });
    expect(await probe({ project: 'Default' })).toMatchObject({
      failed: 'data',
      detail: expect.stringContaining('holds no traces') as string,
    });
    const wrong = openEngine(config(), { ...env(), ML_KEY: 'wrong' });
    try {
      const { ok, error } = await wrong.pull();
      expect([ok, error]).toEqual([false, expect.stringContaining('does not accept the key (401)') as string]);
    } finally {
      await wrong.close();
    }
  });
});
