/** Whatever stands in a log: it is used, or it is counted with a reason. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineReader } from '../../../../src/engine/feedback/reader.js';
import { Rejection, ScaleChange } from '../../../../src/engine/feedback/records.js';
import type { Json } from '../../../../src/engine/feedback/values.js';

const context = { kind: 'jsonl', source: 'log', path: 'log', offset: 0, line: 1 };
const reader = createLineReader({ name: 'log', kind: 'jsonl', scores: { noise: { signal: 'ignore' }, odd: { min: 5, max: 1 } } });

/** `false` where the line was rejected. */
function read(text: string): boolean {
  for (const scale of ['unit', 'five'] as const) {
    try {
      for (const record of reader.read(text, { ...context, scale })) {
        expect(record.id).not.toBe('');
        if (record.kind === 'feedback' && record.y !== null) expect(record.y >= 0 && record.y <= 1).toBe(true);
      }
      const parsed = JSON.parse(text) as Json;
      for (const record of reader.canonical(parsed, text, { ...context, scale })) expect(typeof record['id']).toBe('string');
      return true;
    } catch (error) {
      if (!(error instanceof Rejection) && !(error instanceof ScaleChange) && !(error instanceof SyntaxError)) throw error;
    }
  }
  return false;
}

const keys =
  'schema id user session answer rating comment time timestamp prompt score resourceSpans resourceLogs attributes context span_id trace_id span_kind start_time end_time events status annotator_kind result name ' +
  'dataType value source traceId observationId subject startTime promptName promptVersion type input output metadata run_id key run_type inputs outputs extra feedback_stats feedback_source feedback_scores comments ' +
  '_xact_id root_span_id span_attributes scores expected metrics function_name variant_name target_id metric_name inference_id target_type promptIdx testIdx gradingResult evalId results object choices created signal actor ' +
  'correction review retrieval system rollout __proto__ constructor toString opik_prompts usage usageDetails value_by_author';

const name = fc.constantFrom(...keys.split(' '));
const { value } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      1,
      5,
      -1,
      1e308,
      '',
      'x',
      '4',
      'NaN',
      '2026-11-20T00:00:00Z',
      '1970-01-01',
      '9999-12-31',
      'GENERATION',
      'NUMERIC',
      'ANNOTATION',
      'chat.completion',
      'promptratchet.feedback/1',
      'promptratchet.interaction/1',
      'explicit.rating',
      '{"a":1}',
      '[{"name":"p"}]',
      '[',
      '\u0000',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries) as unknown),
}));

describe('hostile lines', () => {
  it('are used or counted, whatever their keys and values are', () => {
    let used = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 10 }), (entries) => {
        if (read(JSON.stringify(Object.fromEntries(entries)))) used++;
      }),
      { seed: 21, numRuns: 4000 },
    );
    expect(used).toBeGreaterThan(200);
  });

  it.each([
    ['not JSON', '{"user":"u"'],
    ['nothing but zeros', '\0\0\0'],
    ['a million brackets', `{"user":"u","answer":"a","correction":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['brackets in messages', `{"run_type":"llm","inputs":{"messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['brackets in metadata', `{"run_id":"r","key":"k","value":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
    [
      'brackets in our own schema',
      `{"schema":"promptratchet.interaction/1","id":"x","input":{"messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    ],
    ['a number beyond all', '{"user":"u","answer":"a","rating":1e999}'],
    ['a prototype', '{"__proto__":{"user":"u","answer":"a","rating":1}}'],
  ])('%s is counted', (_what, text) => {
    expect(read(text)).toBe(false);
    expect(({} as Json)['user']).toBeUndefined();
  });

  it('reads a span without an attribute that is nested too deeply', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    expect(read(`{"context":{},"span_id":"a","attributes":{"x":${deep}},"start_time":"2026-11-20","span_kind":"LLM"}`)).toBe(true);
  });

  it('reads a record of another tool the same whatever was read before it', () => {
    const texts = [
      '{"user":"u","answer":"a","rating":1,"time":"2026-11-20"}',
      '{"run_id":"r","key":"k","score":1,"created_at":"2026-11-20"}',
      '{"target_id":"t","metric_name":"m","value":true,"timestamp":"2026-11-20"}',
    ];
    const readAll = (order: string[]) => new Map(order.map((text) => [text, reader.read(text, { ...context, scale: 'unit' })]));
    const forward = readAll(texts);
    const backward = readAll([...texts].reverse());
    for (const text of texts) expect(backward.get(text)).toEqual(forward.get(text));
  });
});
