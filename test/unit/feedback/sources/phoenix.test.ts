import { afterEach, describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import { createPhoenixSource, createPhoenixSourceWith } from '../../../../src/engine/feedback/sources/phoenix/source.js';
import type { FeedbackSource } from '../../../../src/engine/feedback/sources/source.js';
import type { Answer, Asked, HttpServer } from '../../../support/httpServer.js';
import { annotation, hex, phoenixData, phoenixTrace, startPhoenix, type PhoenixData } from '../../../support/servers/phoenix.js';
import { drain, sourceConfig, sourceTools } from '../../../support/drainSource.js';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function serve(data: PhoenixData, before?: (asked: Asked) => Answer | null): Promise<HttpServer> {
  const server = await startPhoenix(data, before);
  open.push(server);
  return server;
}

const small = { spans: 3, annotations: 2, ids: 2 };
const source = (origin: string, more: Partial<SourceConfig> = {}): FeedbackSource =>
  createPhoenixSourceWith(sourceConfig('phoenix', origin, { project: 'support', ...more }), sourceTools(), small);

const llm = (n: number): { span_id: string } => ({ span_id: hex(n * 16 + 1, 16) });
const root = (n: number): { span_id: string } => ({ span_id: hex(n * 16, 16) });
const five = (): PhoenixData => phoenixData({ spans: [1, 2, 3, 4, 5].flatMap((n) => phoenixTrace(n, `2026-11-20T12:0${String(n)}:00Z`)) });

describe('Phoenix', () => {
  it('gives calls of models with the user of their root, over any number of pages', async () => {
    const { origin, asked } = await serve(five());
    const { interactions, error, rejected } = await drain(source(origin));
    expect([error, rejected]).toEqual([null, []]);
    expect(interactions.map((each) => [each['trace_id'], each['user'], each['session']]).sort()).toEqual(
      [1, 2, 3, 4, 5].map((n) => [hex(n, 32), `user-${String(n)}`, `session-${String(n % 3)}`]),
    );
    expect(interactions.find((each) => each['trace_id'] === hex(2, 32))).toMatchObject({
      id: `${hex(2, 32)}/${hex(33, 16)}`,
      time: '2026-11-20T12:02:00.005Z',
      prompt: { name: 'support/answer', version: 'v1', link: 'exact' },
      input: { variables: { q: 'question 2' } },
      output: { text: 'answer 2' },
      system: { status: 'ok', latency_ms: 795 },
      source: { kind: 'phoenix', instance: origin, project: 'support', record_type: 'span' },
    });
    expect(asked.every(({ path }) => !path.includes('support'))).toBe(true);
  });

  it('gives what was said about spans, traces and sessions', async () => {
    const data = five();
    data.configs = [
      { name: 'rating', type: 'CONTINUOUS', lower_bound: 1, upper_bound: 5, optimization_direction: 'MAXIMIZE' },
      { name: 'toxicity', type: 'CONTINUOUS', lower_bound: 0, upper_bound: 1, optimization_direction: 'MINIMIZE' },
      {
        name: 'tone',
        type: 'CATEGORICAL',
        values: [
          { label: 'rude', score: -1 },
          { label: 'kind', score: 1 },
        ],
      },
      { name: 'words', type: 'FREEFORM', lower_bound: null, upper_bound: null },
    ];
    data.span = [
      annotation(llm(1), 'thumb', { score: 1, label: 'positive', explanation: 'nice' }),
      annotation(root(2), 'rating', { score: 4 }),
      annotation(llm(3), 'toxicity', { score: 0.25 }, { annotator_kind: 'LLM' }),
      annotation(llm(4), 'tone', { score: 0, label: 'rude' }, { source: 'APP', user_id: 'VXNlcjox' }),
      annotation(llm(5), 'note', { explanation: 'look here' }, { identifier: 'px-span-note:1' }),
      annotation(llm(5), 'quality', { score: 3 }, { annotator_kind: 'CODE' }),
      annotation(llm(5), 'empty', {}),
    ];
    data.trace = [annotation({ trace_id: hex(2, 32) }, 'solved', { label: 'no' }, { annotator_kind: 'CODE' })];
    data.session = [annotation({ session_id: 'session-1' }, 'csat', { score: 1 })];
    const { origin } = await serve(data);
    const { feedback, notes, rejected } = await drain(source(origin));
    expect(rejected).toEqual([]);
    const by = Object.fromEntries(feedback.map((each) => [(each['attributes'] as { metric: string }).metric, each]));
    expect(Object.keys(by).sort()).toEqual(['csat', 'note', 'quality', 'rating', 'solved', 'thumb', 'tone', 'toxicity']);
    expect(by['thumb']).toMatchObject({
      signal: 'explicit.thumb',
      actor: { kind: 'end_user' },
      score: { raw: 1, y: 1 },
      text: 'nice',
      interaction_id: `${hex(1, 32)}/${hex(17, 16)}`,
      span_id: hex(17, 16),
      user: 'user-1',
      time: '2026-11-20T13:00:00.000Z',
    });
    // A root is no call of a model: the trace's one is meant.
    expect(by['rating']).toMatchObject({
      score: { raw: 4, min: 1, max: 5, y: 0.75 },
      trace_id: hex(2, 32),
      interaction_id: null,
      user: 'user-2',
    });
    expect(by['rating']).not.toHaveProperty('span_id');
    expect(by['toxicity']).toMatchObject({ signal: 'judge.score', actor: { kind: 'llm_judge' }, score: { y: 0.75 } });
    expect(by['tone']).toMatchObject({
      signal: 'review.score',
      actor: { kind: 'expert', id: 'VXNlcjox' },
      score: { y: 0.5 },
      label: 'rude',
    });
    expect(by['note']).toMatchObject({ actor: { kind: 'expert' }, text: 'look here' });
    expect(by['note']).not.toHaveProperty('score');
    expect(by['quality']).toMatchObject({ score: { raw: 3, y: null } });
    expect(by['solved']).toMatchObject({ trace_id: hex(2, 32), score: { y: 0 }, label: 'no' });
    expect(by['csat']).toMatchObject({ session: 'session-1', prompt: { link: 'none' } });
    expect(notes.join('\n')).toContain('csat, rating, thumb: taken as said by end users');
    expect(notes.join('\n')).toContain('csat, quality: no range is known');
  });

  it('takes who says a metric, and on which range, from the source', async () => {
    const data = five();
    data.span = [annotation(llm(1), 'thumb', { score: 4 }), annotation(llm(2), 'noise', { score: 4 })];
    const { origin } = await serve(data);
    const scores = { thumb: { actor: 'expert' as const, min: 0, max: 5 }, noise: { signal: 'ignore' } };
    const { feedback, notes } = await drain(
      source(origin, { scores, map: { 'prompt.version': '$.metadata.v', 'prompt.name': { const: 'p' } } }),
    );
    expect(feedback).toMatchObject([{ signal: 'review.score', actor: { kind: 'expert' }, score: { y: 0.8 }, prompt: { name: 'p' } }]);
    expect(notes).toEqual([]);
  });

  it('reads variables and metadata as JSON text and unpacked, as OTLP leaves them', async () => {
    const unpacked = {
      'llm.prompt_template.variables': null,
      'llm.prompt_template.variables.q': 'one',
      'metadata.plan': 'free',
      'metadata.n': 4,
    };
    const data = phoenixData({
      spans: [
        ...phoenixTrace(1, '2026-11-20T12:00:00Z', { attributes: unpacked }),
        ...phoenixTrace(2, '2026-11-20T12:01:00Z', { attributes: { metadata: '{"plan":"paid"}' } }),
      ],
    });
    const { interactions } = await drain(source((await serve(data)).origin));
    expect(interactions.map((each) => [each['input'], each['attributes']])).toMatchObject([
      [{ variables: { q: 'question 2' } }, { plan: 'paid' }],
      [{ variables: { q: 'one' } }, { plan: 'free', n: 4 }],
    ]);
  });

  it('counts an opinion once that a span carries and that is an annotation too', async () => {
    const data = phoenixData({
      spans: phoenixTrace(1, '2026-11-20T12:00:00Z', {
        attributes: {
          'annotations.0.annotation.name': 'thumb',
          'annotations.0.annotation.score': 0,
          'annotations.1.annotation.name': 'kept',
          'annotations.1.annotation.label': 'good',
        },
      }),
      span: [annotation(llm(1), 'thumb', { score: 1 })],
    });
    const { origin } = await serve(data);
    const { feedback } = await drain(source(origin));
    const thumbs = feedback.filter((each) => (each['attributes'] as { metric: string }).metric === 'thumb');
    expect(new Set(thumbs.map((each) => each['id'])).size).toBe(1);
    const updated = thumbs.map((each) => (each['source'] as { updated_at: string }).updated_at);
    expect(updated).toEqual(['2026-11-20T12:00:00.800Z', '2026-11-20T13:00:00.000Z']);
    expect(feedback).toHaveLength(3);
  });

  it('finds what was said or changed late, and nothing twice', async () => {
    const data = five();
    data.span = [annotation(llm(1), 'thumb', { score: 1 })];
    const { origin, asked } = await serve(data);
    const first = await drain(source(origin));
    expect(first.records).toHaveLength(6);
    const again = await drain(source(origin), first.state);
    expect(again.records).toEqual([]);
    data.span = [
      annotation(llm(1), 'thumb', { score: 0 }, { updated_at: '2026-11-24T00:00:00+00:00' }),
      annotation(llm(2), 'thumb', { score: 1 }, { created_at: '2026-11-24T00:00:00+00:00', updated_at: '2026-11-24T00:00:00+00:00' }),
    ];
    data.spans.push(...phoenixTrace(6, '2026-11-23T12:00:00Z'));
    asked.length = 0;
    const late = await drain(source(origin), again.state);
    expect(late.interactions.map((each) => each['user'])).toEqual(['user-6']);
    expect(late.feedback.map((each) => [each['user'], (each['score'] as { y: number }).y]).sort()).toEqual([
      ['user-1', 0],
      ['user-2', 1],
    ]);
    const changed = first.feedback.find((each) => each['user'] === 'user-1');
    expect(late.feedback.map((each) => each['id'])).toContain(changed?.['id']);
  });

  it('does not ask again beyond the look-back', async () => {
    const data = five();
    const { origin } = await serve(data);
    const { state } = await drain(source(origin, { lookback: '1d' }));
    data.span = [annotation(llm(1), 'thumb', { score: 0 }, { updated_at: '2026-11-24T00:00:00+00:00' })];
    expect((await drain(source(origin, { lookback: '1d' }), state)).records).toEqual([]);
    expect((await drain(source(origin, { lookback: '30d' }), state)).feedback).toHaveLength(1);
  });

  it('does not walk a large look-back with every pull, and loses nothing by that', async () => {
    const data = five();
    const { origin, asked } = await serve(data);
    const first = await drain(source(origin));
    // The last walk took a minute and was a minute ago.
    const state = { ...first.state, looked: { at: Date.parse('2026-11-23T23:59:00Z'), took: 60_000 } };
    data.span = [annotation(llm(1), 'thumb', { score: 0 }, { updated_at: '2026-11-23T23:59:30+00:00' })];
    asked.length = 0;
    const short = await drain(source(origin), state);
    expect([short.feedback, short.notes.join()]).toEqual([[], expect.stringContaining('only the last hour was asked') as string]);
    expect(
      asked
        .filter(({ path }) => path.endsWith('/spans'))
        .at(-1)
        ?.query.get('start_time'),
    ).toBe('2026-11-23T23:00:00.000Z');
    const due = {
      ...short.state,
      looked: { at: Date.parse('2026-11-23T23:00:00Z'), took: 60_000 },
      at: Date.parse('2026-11-24T12:00:00Z'),
    };
    expect((await drain(source(origin), due)).feedback).toHaveLength(1);
  });

  it('goes on where it was broken off, and loses nothing', async () => {
    const data = five();
    const { origin } = await serve(data);
    const ids = new Set<unknown>();
    let state = null;
    // Each time the process dies after one batch; new spans arrive meanwhile.
    for (let turn = 0; turn < 12; turn++) {
      const part = await drain(source(origin), state, { stopAfter: 1 });
      for (const record of part.records) ids.add(record['id']);
      state = part.state;
      if (turn === 1) data.spans.push(...phoenixTrace(6, '2026-11-21T12:00:00Z'));
    }
    const rest = await drain(source(origin), state);
    for (const record of rest.records) ids.add(record['id']);
    expect(ids.size).toBe(6);
  });

  it('reads all of a project that was made anew, and all again with full', async () => {
    const data = five();
    const { origin } = await serve(data);
    const { state } = await drain(source(origin));
    data.project = 'UHJvamVjdDo5';
    data.spans = phoenixTrace(7, '2026-11-20T12:00:00Z');
    const anew = await drain(source(origin), state);
    expect(anew.interactions.map((each) => each['user'])).toEqual(['user-7']);
    const full = await drain(source(origin), anew.state, { full: true });
    expect(full.batches.map((batch) => batch.restart === true)).toEqual([true, ...full.batches.slice(1).map(() => false)]);
    expect(full.interactions).toHaveLength(1);
    // Further back than before, everything from there on is read.
    const since = await drain(source(origin), full.state, { since: Date.parse('2020-01-01') });
    expect(since.interactions).toHaveLength(1);
  });

  it('reads spans again whose root may still come', async () => {
    const [answer = {}, chat = {}] = phoenixTrace(1, '2026-11-23T23:58:00Z');
    const data = phoenixData({ spans: [...phoenixTrace(2, '2026-11-20T12:00:00Z'), answer] });
    const { origin } = await serve(data);
    const first = await drain(source(origin));
    expect(first.interactions.map((each) => each['user'] ?? null).sort()).toEqual([null, 'user-2']);
    data.spans.push(chat);
    const second = await drain(source(origin), first.state);
    expect(second.interactions.map((each) => each['user'])).toEqual(['user-1']);
  });

  it('counts records of wrong types once, and keeps the others', async () => {
    const data = five();
    const [good = {}] = phoenixTrace(9, '2026-11-20T12:00:00Z');
    data.spans.push({ id: 3, context: 'none' }, { ...good, attributes: 7, events: 'x', start_time: {}, end_time: 'never' });
    data.configs = [
      null as never,
      { name: 'rating', lower_bound: 'a', upper_bound: {} },
      { name: 'stars', lower_bound: 0, upper_bound: 5 },
    ];
    data.span = [
      annotation(llm(1), 'stars', { score: 99 }),
      annotation(llm(1), 'thumb', 'x' as never, { result: 'great' }),
      annotation(llm(2), 'thumb', { score: 1 }),
    ];
    const { origin } = await serve(data);
    const first = await drain(source(origin));
    expect(first.error).toBeNull();
    expect(first.rejected.map(({ reason }) => reason).sort()).toEqual([
      'bad time',
      'field of the wrong type',
      'field of the wrong type',
      'score out of range',
    ]);
    expect(first.interactions).toHaveLength(5);
    expect(first.feedback).toHaveLength(1);
    const second = await drain(source(origin), first.state);
    expect(second.rejected).toEqual([]);
  });
});

describe('a probe of Phoenix', () => {
  const probe = (origin: string, more: Partial<SourceConfig> = {}, env: Record<string, string> = {}): ReturnType<FeedbackSource['probe']> =>
    createPhoenixSource(sourceConfig('phoenix', origin, { project: 'support', ...more }), sourceTools({ env })).probe();

  it('says that it works, and what is missing', async () => {
    const data = five();
    const { origin } = await serve(data);
    expect(await probe(origin)).toEqual({
      ok: true,
      failed: null,
      detail: 'Phoenix 20.26.1, project support, 0 annotation configs',
      todo: null,
      version: '20.26.1',
      caps: ['interactions', 'feedback', 'comments', 'configs'],
    });
    expect(await probe(origin, { map: { 'prompt.nam': '$.x' } })).toMatchObject({ failed: 'config' });
    expect(await probe(origin, { project: 'other' })).toMatchObject({
      failed: 'data',
      todo: 'Write one of its projects as project: support.',
    });
    data.spans = [];
    expect(await probe(origin)).toMatchObject({ ok: false, failed: 'data', version: '20.26.1' });
    data.version = '12.3.0';
    expect(await probe(origin)).toMatchObject({
      failed: 'version',
      detail: `${origin}: this is Phoenix 12.3.0`,
      todo: 'Update it to Phoenix 13.9 or later.',
    });
    expect((await drain(source(origin))).error?.message).toContain('Update it to Phoenix 13.9');
  });

  it('says that the key is missing or wrong', async () => {
    const { origin } = await serve(phoenixData({ ...five(), key: 'right' }));
    expect(await probe(origin)).toMatchObject({ failed: 'auth', version: '20.26.1' });
    expect(await probe(origin, { key: '${env:PX}' })).toMatchObject({ failed: 'auth', detail: expect.stringContaining('PX') as string });
    expect(await probe(origin, { key: '${env:PX}' }, { PX: 'wrong' })).toMatchObject({
      failed: 'auth',
      todo: 'Give the right key of Phoenix for this address.',
    });
    expect(await probe(origin, { key: '${env:PX}' }, { PX: 'right' })).toMatchObject({ ok: true });
  });
});
