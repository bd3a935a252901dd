import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOtlp } from '../../../../src/engine/feedback/otlp/decode.js';
import { encodeOtlp } from '../../../../src/engine/feedback/otlp/encode.js';
import { readCanonical } from '../../../../src/engine/feedback/canonical.js';
import type { Json } from '../../../../src/engine/feedback/values.js';

const context = { kind: 'otlp', source: 's', path: 'p', offset: 0, line: 1, scale: 'unit' as const };

/** As a collector gets it: JSON text and back. */
function roundTrip(records: readonly Json[]): Json[] {
  const { traces, logs, skipped } = encodeOtlp(records);
  expect(skipped).toBe(0);
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const decoded = [
    ...(traces === null ? [] : [decodeOtlp(bytes(traces), 'traces', 'json')]),
    ...(logs === null ? [] : [decodeOtlp(bytes(logs), 'logs', 'json')]),
  ];
  expect(decoded.flatMap((each) => each.rejected)).toEqual([]);
  return decoded.flatMap((each) => each.records);
}

const feedback: Json = {
  schema: 'promptratchet.feedback/1',
  id: 'f1',
  time: '2026-11-20T12:00:00.123Z',
  observed_time: '2026-11-20T12:00:01.000Z',
  revision: 0,
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: '00f067aa0ba902b7',
  interaction_id: 'resp-1',
  prompt: { name: 'support/answer', version: '4', link: 'exact' },
  signal: 'explicit.rating',
  actor: { kind: 'end_user' },
  score: { raw: 4, min: 1, max: 5, y: 0.75, higher_is_better: true },
  label: 'fine',
  text: 'Could be shorter',
  user: '4f1b0c9e',
  session: 's7',
  attributes: { 'service.name': 'chat-api', plan: 'pro', metric: 'stars' },
  source: { kind: 'otlp', record_type: 'evaluation' },
};

const interaction: Json = {
  schema: 'promptratchet.interaction/1',
  id: 'resp-1',
  time: '2026-11-20T12:00:00.000Z',
  observed_time: '2026-11-20T12:00:00.900Z',
  revision: 0,
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: '00f067aa0ba902b7',
  prompt: { name: 'support/answer', version: '4', link: 'exact' },
  user: '4f1b0c9e',
  rollout: { flag_key: 'support/answer', variant: 'v4' },
  input: { variables: { question: 'Where?' } },
  output: { text: 'It left the depot — 3 days.' },
  retrieval: { query: 'parcel', top_k: 3, documents: [{ id: 'd1', score: 0.5, rank: 1 }] },
  system: { status: 'ok', latency_ms: 900, ttfc_ms: 210, input_tokens: 42, output_tokens: 7, finish_reasons: ['stop'] },
  attributes: { model: 'model-x', plan: 'pro' },
  source: { kind: 'otlp', record_type: 'span' },
};

const attributesOf = (body: Json | null): Map<string, unknown> => {
  const found = new Map<string, unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { key, value: inner } = value as Json;
    if (typeof key === 'string' && typeof inner === 'object' && inner !== null) found.set(key, Object.values(inner)[0]);
    for (const each of Object.values(value)) walk(each);
  };
  walk(body);
  return found;
};

describe('OTLP as we write it', () => {
  it('says in the names of OpenTelemetry all that they have a name for', () => {
    const { logs, traces } = encodeOtlp([feedback, interaction]);
    expect(Object.fromEntries(attributesOf(logs))).toMatchObject({
      'gen_ai.evaluation.name': 'explicit.rating:stars',
      'gen_ai.evaluation.score.value': '4',
      'gen_ai.evaluation.score.label': 'fine',
      'gen_ai.evaluation.explanation': 'Could be shorter',
      'gen_ai.response.id': 'resp-1',
      'gen_ai.prompt.name': 'support/answer',
      'gen_ai.prompt.version': '4',
      'enduser.pseudo.id': '4f1b0c9e',
      'service.name': 'chat-api',
      plan: 'pro',
    });
    expect(attributesOf(logs).has('promptratchet.record')).toBe(false);
    expect(Object.fromEntries(attributesOf(traces))).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'feature_flag.result.variant': 'v4',
      'gen_ai.prompt.variable.question': 'Where?',
    });
    expect(attributesOf(traces).has('promptratchet.record')).toBe(false);
  });

  it('comes back as the records that it was made from, several of one trace too', () => {
    const other = { ...interaction, id: 'resp-2', span_id: 'b7ad6b7169203331', user: undefined, retrieval: undefined };
    expect(roundTrip([feedback, interaction, other])).toEqual(JSON.parse(JSON.stringify([interaction, other, feedback])));
  });

  it('gives back any record of the canonical schema', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('', '4', 'true', '"quoted"', '{"a":1}', '[1]', 'naïve — 漢字', '__proto__'),
    );
    const time = fc.integer({ min: 1e12, max: 2e12 }).map((ms) => new Date(ms).toISOString());
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const scalar = fc.oneof(word, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.integer(), fc.constant(null));
    const base = {
      id: fc.string({ minLength: 1, maxLength: 12 }),
      time,
      observed_time: optional(time),
      revision: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 })),
      trace_id: optional(
        fc.oneof(
          fc.constant('0af7651916cd43dd8448eb211c80319c'),
          fc.constantFrom('xyz', '0'.repeat(32), 'ABCDEF0123456789ABCDEF0123456789'),
        ),
      ),
      span_id: optional(fc.constantFrom('00f067aa0ba902b7', 'run-7')),
      prompt: fc.record({
        name: word,
        version: fc.option(word, { nil: null }),
        sha256: optional(fc.constant('ab'.repeat(32))),
        link: fc.constantFrom('exact', 'hash', 'metadata', 'flag', 'ambiguous', 'none'),
      }),
      user: optional(word),
      session: optional(word),
      attributes: fc.dictionary(
        fc.oneof(word, fc.constantFrom('service.name', 'model', 'plan', 'gen_ai.x', 'metric', 'http.url')),
        scalar,
        { maxKeys: 4 },
      ),
      source: fc.record({ kind: fc.constantFrom('otlp', 'langfuse'), record_id: optional(word), line: optional(fc.nat()) }),
    };
    const messages = optional(fc.jsonValue({ maxDepth: 4 }));
    const anInteraction = fc.record({
      schema: fc.constant('promptratchet.interaction/1'),
      ...base,
      implied: optional(fc.constant(true)),
      rollout: optional(fc.record({ flag_key: word, variant: word, step: optional(fc.nat()) })),
      input: optional(fc.record({ variables: optional(fc.dictionary(word, word, { maxKeys: 3 })), messages })),
      output: optional(fc.record({ text: optional(word), messages })),
      retrieval: optional(
        fc.record({
          query: optional(word),
          documents: fc.array(fc.record({ id: word, score: optional(fc.double({ noNaN: true, noDefaultInfinity: true })) }), {
            maxLength: 2,
          }),
        }),
      ),
      system: optional(
        fc.record({
          status: fc.constantFrom('ok', 'error'),
          error_type: optional(word),
          latency_ms: optional(fc.double({ min: 0, max: 1e6, noNaN: true })),
          retries: optional(fc.nat()),
          ttfc_ms: optional(fc.nat()),
        }),
      ),
    });
    const aFeedback = fc.record({
      schema: fc.constant('promptratchet.feedback/1'),
      ...base,
      interaction_id: fc.option(word, { nil: null }),
      signal: fc.constantFrom(
        'explicit.thumb',
        'explicit.rating',
        'explicit.comment',
        'review.score',
        'judge.score',
        'implicit.copy',
        'system.error',
      ),
      actor: fc.record({
        kind: fc.constantFrom('end_user', 'expert', 'llm_judge', 'code', 'system'),
        id: optional(word),
        model: optional(word),
      }),
      score: optional(
        fc.oneof(
          fc.record({
            raw: fc.integer({ min: 1, max: 5 }),
            min: fc.constant(1),
            max: fc.constant(5),
            y: fc.double({ min: 0, max: 1, noNaN: true }),
            higher_is_better: fc.boolean(),
          }),
          fc.record({
            raw: fc.oneof(word, fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
            y: fc.constant(null),
            higher_is_better: fc.constant(true),
          }),
        ),
      ),
      label: optional(word),
      text: optional(word),
      correction: optional(word),
      review: optional(
        fc.record({ stratum: fc.constantFrom('random', 'risk'), inclusion_prob: fc.double({ min: 0.01, max: 1, noNaN: true }) }),
      ),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(anInteraction, aFeedback), { minLength: 1, maxLength: 4 }), (records) => {
        const plain = JSON.parse(JSON.stringify(records)) as Json[];
        const order = (list: Json[]) => [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        expect(order(roundTrip(plain).map(sorted))).toEqual(order(plain.map(sorted)));
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it('skips what is no record of ours, and means the same to the reader', () => {
    expect(encodeOtlp([{ schema: 'promptratchet.feedback/1', signal: 'explicit.rating', score: { raw: 9, min: 1, max: 5 } }]).skipped).toBe(
      1,
    );
    const [read] = roundTrip([feedback]);
    expect(readCanonical(read ?? {}, '', context)).toEqual(readCanonical(feedback, '', context));
  });
});

function sorted(value: Json): Json {
  const sort = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(sort);
    if (typeof item !== 'object' || item === null) return item;
    const entries = Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, each]) => [key, sort(each)]));
  };
  return sort(value) as Json;
}
