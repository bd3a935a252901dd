import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOtlp } from '../../../../src/engine/feedback/otlp/decode.js';
import { signalOfProtobuf } from '../../../../src/engine/feedback/otlp/protobuf.js';
import type { Json } from '../../../../src/engine/feedback/values.js';
import { otlpProtobuf } from '../../../support/otlpProtobuf.js';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../fixtures/otlp/${name}`, import.meta.url)));

describe('OTLP as SDKs send it', () => {
  it('reads the model call and its place in the trace', () => {
    const { records, rejected, unreadable, count } = decodeOtlp(fixture('traces.json'), 'traces', 'json');
    expect({ rejected, unreadable, count }).toEqual({ rejected: [], unreadable: null, count: 2 });
    expect(records).toEqual([
      {
        schema: 'promptratchet.interaction/1',
        id: 'resp-1',
        time: '2026-11-20T12:00:00.127Z',
        observed_time: '2026-11-20T12:00:01.027Z',
        revision: 0,
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: '00f067aa0ba902b7',
        prompt: { name: 'support/answer', version: '4', link: 'exact' },
        user: '4f1b0c9e',
        session: 'session-7',
        rollout: { flag_key: 'support/answer', variant: 'v4' },
        input: {
          text: 'Where is my parcel?',
          messages: [{ role: 'user', parts: [{ type: 'text', content: 'Where is my parcel?' }] }],
          variables: { question: 'Where is my parcel?' },
        },
        output: { text: 'It left the depot — 3 days.' },
        system: { status: 'ok', latency_ms: 900, ttfc_ms: 210, input_tokens: 42, output_tokens: 7, finish_reasons: ['stop'] },
        attributes: {
          'service.name': 'chat-api',
          'service.version': '1.4.0',
          'deployment.environment.name': 'production',
          model: 'model-x-2026',
          'example.stream': true,
          'example.big': 12345678901,
          'example.unsafe': 1152921504606847000,
          'example.empty': '',
        },
        source: { kind: 'otlp', record_type: 'span' },
      },
    ]);
  });

  it('reads evaluation events as feedback, and leaves a score without a range unknown', () => {
    const { records } = decodeOtlp(fixture('logs.json'), 'logs', 'json');
    expect(records).toMatchObject([
      {
        time: '2026-11-20T12:01:00.123Z',
        observed_time: '2026-11-20T12:01:00.124Z',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: '00f067aa0ba902b7',
        interaction_id: 'resp-1',
        prompt: { name: 'support/answer', version: '4', link: 'exact' },
        signal: 'explicit.thumb',
        actor: { kind: 'end_user' },
        score: { raw: 1, y: 1 },
        label: 'up',
        text: 'Quick and clear',
        user: '4f1b0c9e',
        attributes: { metric: 'user_thumb', 'service.name': 'chat-api' },
      },
      { interaction_id: 'resp-1', signal: 'judge.score', actor: { kind: 'llm_judge' }, score: { raw: 0.75, y: null } },
    ]);
    expect(records[1]).not.toHaveProperty('trace_id');
  });

  it('reads the same from protobuf', () => {
    const without = (value: unknown) =>
      JSON.parse(JSON.stringify(value).replaceAll('1152921504606847000', '"big"').replaceAll('"1152921504606846976"', '"big"')) as unknown;
    for (const signal of ['traces', 'logs'] as const) {
      const json = decodeOtlp(fixture(`${signal}.json`), signal, 'json');
      const protobuf = decodeOtlp(fixture(`${signal}.pb`), signal, 'protobuf');
      expect(without(protobuf)).toEqual(without(json));
      expect(signalOfProtobuf(fixture(`${signal}.pb`))).toBe(signal);
    }
  });
});

const attribute = (key: string, value: Json) => ({ key, value });
const spanBody = (attributes: Json[], more: Json = {}) => ({
  resourceSpans: [
    {
      resource: { attributes: [attribute('host.name', { stringValue: 'secret' }), attribute('service.name', { stringValue: 's' })] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0AF7651916CD43DD8448EB211C80319C',
              spanId: 'b7ad6b7169203331',
              name: 'x',
              startTimeUnixNano: '1795463007901000000',
              endTimeUnixNano: '1795463008401500000',
              attributes,
              ...more,
            },
          ],
        },
      ],
    },
  ],
});
const logBody = (attributes: Json[], more: Json = {}) => ({
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ timeUnixNano: '1795463007901000000', eventName: 'gen_ai.evaluation.result', attributes, ...more }] }] },
  ],
});
const spanRecord = (attributes: Json[], more: Json = {}): Json | undefined =>
  decodeOtlp(spanBody(attributes, more), 'traces', 'json').records[0];
const logRecord = (attributes: Json[], more: Json = {}): Json | undefined =>
  decodeOtlp(logBody(attributes, more), 'logs', 'json').records[0];
const string = (key: string, value: string) => attribute(key, { stringValue: value });
const thumb = [string('gen_ai.evaluation.name', 'user_thumb'), attribute('gen_ai.evaluation.score.value', { intValue: '1' })];

describe('OTLP, as other writers have it', () => {
  it('takes ids in hex and base64, numbers as text, enums by name, snake_case, and every key with null', () => {
    const plain = spanRecord([string('gen_ai.operation.name', 'chat'), attribute('gen_ai.usage.input_tokens', { intValue: 42 })], {
      status: { code: 2 },
    });
    const others = decodeOtlp(
      {
        resource_spans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { string_value: 's', int_value: null, bool_value: null } }] },
            scope_spans: [
              {
                spans: [
                  {
                    trace_id: 'CvdlGRbNQ92ESOshHIAxnA==',
                    span_id: 't61rcWkgMzE=',
                    name: 'x',
                    start_time_unix_nano: 1795463007901000000,
                    end_time_unix_nano: 1795463008401500000,
                    status: { code: 'STATUS_CODE_ERROR' },
                    attributes: [
                      {
                        key: 'gen_ai.operation.name',
                        value: { string_value: 'chat', int_value: null, double_value: null, array_value: null },
                      },
                      { key: 'gen_ai.usage.input_tokens', value: { string_value: null, int_value: '42' } },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
      'traces',
      'json',
    ).records[0];
    expect(others).toEqual(plain);
    expect(plain).toMatchObject({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      time: '2026-11-23T19:43:27.901Z',
      system: { status: 'error', latency_ms: 500.5, input_tokens: 42 },
      attributes: { 'service.name': 's' },
    });
    expect(JSON.stringify(plain)).not.toContain('secret');
  });

  it('takes the time of observation where there is no other, and the older name of an event', () => {
    const more = { timeUnixNano: 0, observedTimeUnixNano: '1795463007901000000', eventName: undefined };
    expect(logRecord([...thumb, string('event.name', 'gen_ai.evaluation.result')], more)).toMatchObject({
      time: '2026-11-23T19:43:27.901Z',
      score: { y: 1 },
    });
    expect(logRecord(thumb, { eventName: 'something.else' })).toBeUndefined();
  });

  it('is the same record however often it is sent, and another one for another content', () => {
    const id = logRecord(thumb)?.['id'];
    expect(logRecord(thumb)?.['id']).toBe(id);
    expect(logRecord([...thumb, string('enduser.pseudo.id', 'u2')])?.['id']).not.toBe(id);
    expect(logRecord([...thumb, string('log.record.uid', 'uid-1')])?.['id']).toBe('uid-1');
  });

  it.each([
    ['user_thumb', { intValue: 0 }, 'explicit.thumb', 'end_user', 0],
    ['user_thumb', { doubleValue: -1 }, 'explicit.thumb', 'end_user', 0],
    ['explicit.rating:stars', { intValue: 4 }, 'explicit.rating', 'end_user', null],
    ['judge.score:relevance', { doubleValue: 0.5 }, 'judge.score', 'llm_judge', null],
    ['review:tone', { boolValue: true }, 'review.score', 'expert', 1],
    ['exact_match', { boolValue: false }, 'code.score', 'code', 0],
    ['hallucination', { stringValue: 'pass' }, 'code.score', 'code', 1],
  ])('reads %s %j as %s by %s', (name, value, signal, actor, y) => {
    expect(logRecord([string('gen_ai.evaluation.name', name), attribute('gen_ai.evaluation.score.value', value)])).toMatchObject({
      signal,
      actor: { kind: actor },
      score: { y },
    });
  });

  it('takes who says a metric and its range from the source, and leaves out what it says to', () => {
    const scores = {
      relevance: { actor: 'llm_judge' as const, min: 1, max: 5 },
      noise: { signal: 'ignore' },
      '*': { actor: 'expert' as const },
    };
    const read = (name: string, value: number) =>
      decodeOtlp(
        logBody([string('gen_ai.evaluation.name', name), attribute('gen_ai.evaluation.score.value', { doubleValue: value })]),
        'logs',
        'json',
        {
          scores,
          instance: '',
        },
      );
    expect(read('relevance', 4).records[0]).toMatchObject({ signal: 'judge.score', score: { raw: 4, min: 1, max: 5, y: 0.75 } });
    expect(read('noise', 4).records).toEqual([]);
    expect(read('tone', 4).records[0]).toMatchObject({ signal: 'review.score', actor: { kind: 'expert' } });
    expect(read('relevance', 9)).toMatchObject({ records: [], rejected: [{ reason: 'score out of range', line: 1 }] });
  });

  it('knows the prompt by the names of each tool', () => {
    const prompt = (...attributes: Json[]) => spanRecord(attributes)?.['prompt'];
    expect(
      prompt(string('langfuse.observation.prompt.name', 'p'), attribute('langfuse.observation.prompt.version', { intValue: 3 })),
    ).toEqual({ name: 'p', version: '3', link: 'exact' });
    expect(prompt(string('traceloop.prompt.key', 'p'), attribute('traceloop.prompt.version', { intValue: 2 }))).toEqual({
      name: 'p',
      version: '2',
      link: 'exact',
    });
    expect(prompt(string('prompt.id', 'p'), string('llm.prompt_template.version', '4'))).toEqual({
      name: 'p',
      version: '4',
      link: 'exact',
    });
    expect(prompt(string('mlflow.linkedPrompts', '[{"name":"p","version":"2"}]'))).toEqual({ name: 'p', version: '2', link: 'exact' });
    expect(prompt(string('mlflow.linkedPrompts', '[{"name":"p","version":"2"},{"name":"q","version":"1"}]'))).toMatchObject({
      version: null,
      link: 'ambiguous',
    });
    expect(prompt(string('metadata', '{"lc_hub_owner":"o","lc_hub_repo":"r","lc_hub_commit_hash":"abc"}'))).toEqual({
      name: 'o/r',
      version: 'abc',
      link: 'exact',
    });
    expect(prompt(string('metadata', '{"prompt_name":"p","prompt_version":7}'))).toEqual({ name: 'p', version: '7', link: 'metadata' });
    expect(prompt(string('llm.prompt_template.template', 'Hi {{name}}'))).toMatchObject({
      name: '',
      version: null,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(prompt(string('openinference.span.kind', 'TOOL'))).toBeUndefined();
  });

  it('reads messages, variables and documents of OpenInference and OpenLLMetry', () => {
    expect(
      spanRecord([
        string('openinference.span.kind', 'LLM'),
        string('llm.input_messages.0.message.role', 'system'),
        string('llm.input_messages.0.message.content', 'Be brief'),
        string('llm.input_messages.1.message.role', 'user'),
        string('llm.input_messages.1.message.content', 'Where?'),
        string('llm.output_messages.0.message.role', 'assistant'),
        string('llm.output_messages.0.message.content', 'There.'),
        string('llm.prompt_template.variables', '{"q":"Where?","n":2}'),
        string('retrieval.documents.0.document.id', 'd1'),
        attribute('retrieval.documents.0.document.score', { doubleValue: 0.5 }),
        string('retrieval.documents.1.document.content', 'text'),
      ]),
    ).toMatchObject({
      input: {
        text: 'Where?',
        variables: { q: 'Where?', n: '2' },
        messages: [
          { role: 'system', content: 'Be brief' },
          { role: 'user', content: 'Where?' },
        ],
      },
      output: { text: 'There.' },
      retrieval: {
        documents: [
          { id: 'd1', score: 0.5, rank: 1 },
          { id: '', rank: 2, text: 'text' },
        ],
      },
    });
    expect(
      spanRecord([
        string('llm.request.type', 'chat'),
        string('gen_ai.prompt.0.role', 'user'),
        string('gen_ai.prompt.0.content', 'Hi'),
        string('gen_ai.completion.0.role', 'assistant'),
        string('gen_ai.completion.0.content', '{"json": true}'),
        attribute('gen_ai.usage.prompt_tokens', { intValue: 5 }),
      ]),
    ).toMatchObject({ input: { text: 'Hi' }, output: { text: '{"json": true}' }, system: { input_tokens: 5 } });
  });

  it('reads what a span says of itself: events, annotations and evaluations', () => {
    const { records } = decodeOtlp(
      spanBody(
        [
          string('gen_ai.prompt.name', 'p'),
          string('user.id', 'u1'),
          string('annotations.0.annotation.name', 'helpful'),
          string('annotations.0.annotation.annotator_kind', 'HUMAN'),
          string('annotations.0.annotation.label', 'thumbs-up'),
          string('evaluations.0.evaluation.name', 'faithful'),
          attribute('evaluations.0.evaluation.score', { doubleValue: 0.25 }),
        ],
        {
          events: [
            { name: 'gen_ai.evaluation.result', timeUnixNano: '1795463007902000000', attributes: thumb },
            { name: 'other', attributes: [] },
          ],
        },
      ),
      'traces',
      'json',
    );
    const id = '0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331';
    expect(records).toMatchObject([
      { id, user: 'u1' },
      { interaction_id: id, signal: 'explicit.thumb', score: { y: 1 }, user: 'u1', time: '2026-11-23T19:43:27.902Z' },
      { interaction_id: id, signal: 'explicit.thumb', score: { y: 1 }, label: 'thumbs-up', user: 'u1' },
      { interaction_id: id, signal: 'judge.score', actor: { kind: 'llm_judge' }, score: { raw: 0.25, y: null } },
    ]);
  });

  it('lets what was said on a span that is no model call find the one of its trace', () => {
    const { records } = decodeOtlp(spanBody([], { events: [{ name: 'gen_ai.evaluation.result', attributes: thumb }] }), 'traces', 'json');
    expect(records).toMatchObject([{ interaction_id: null, trace_id: '0af7651916cd43dd8448eb211c80319c', signal: 'explicit.thumb' }]);
  });

  it.each([
    ['not bytes at all', new Uint8Array([255, 254]), 'protobuf', 'damaged protobuf'],
    ['a message that ends early', new Uint8Array([0x0a, 0x40, 1]), 'protobuf', 'damaged protobuf'],
    ['half of JSON', new TextEncoder().encode('{"resourceSpans":'), 'json', 'not JSON'],
    ['a list', [], 'json', 'not an object'],
    ['something else', { a: 1 }, 'json', 'no resourceSpans'],
    ['a list that is none', { resourceSpans: 'x' }, 'json', 'resourceSpans is not a list'],
  ] as const)('says of %s what it is not', (_what, body, encoding, reason) => {
    expect(decodeOtlp(body, 'traces', encoding)).toEqual({ records: [], rejected: [{ reason, line: 0 }], unreadable: reason, count: 0 });
  });

  it('bounds what a small request can make of itself', () => {
    expect(decodeOtlp({}, 'logs', 'json')).toMatchObject({ unreadable: null, count: 0 });
    const many = { resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 100_001 }, () => ({})) }] }] };
    expect(decodeOtlp(many, 'traces', 'json').unreadable).toBe('more than 100,000 records in one request');
    const deep = JSON.parse(`${'{"arrayValue":{"values":['.repeat(5000)}{}${']}}'.repeat(5000)}`) as Json;
    expect(spanRecord([string('gen_ai.prompt.name', 'p'), attribute('x', deep)])?.['prompt']).toMatchObject({ name: 'p' });
    expect(
      spanRecord([string('gen_ai.prompt.name', 'p'), string('gen_ai.input.messages', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)]),
    ).toBeUndefined();
  });

  it('reads the same from JSON and from protobuf, whatever the attributes hold', () => {
    const value: fc.Memo<Json> = fc.memo((depth) => {
      const scalar = fc.oneof(
        fc.string({ maxLength: 8 }).map((each) => ({ stringValue: each })),
        fc.boolean().map((each) => ({ boolValue: each })),
        fc.maxSafeInteger().map((each) => ({ intValue: String(each) })),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => ({ doubleValue: each })),
        fc.constant({}),
      );
      if (depth <= 1) return scalar;
      return fc.oneof(
        scalar,
        fc.array(value(depth - 1), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
        fc
          .array(fc.record({ key: fc.string({ maxLength: 4 }), value: value(depth - 1) }), { maxLength: 3 })
          .map((values) => ({ kvlistValue: { values } })),
      );
    });
    const key = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom(
        'gen_ai.prompt.name',
        'gen_ai.evaluation.name',
        'gen_ai.evaluation.score.value',
        'gen_ai.input.messages',
        'metadata',
        '__proto__',
      ),
    );
    const attributes = fc.array(fc.record({ key, value: value(3) }), { maxLength: 6 });
    fc.assert(
      fc.property(attributes, fc.integer({ min: 0, max: 2 }), (list, code) => {
        const body = {
          resourceSpans: [
            {
              resource: { attributes: list },
              scopeSpans: [
                {
                  spans: [
                    {
                      ...spanBody([]).resourceSpans[0]?.scopeSpans[0]?.spans[0],
                      kind: 3,
                      traceId: '0af7651916cd43dd8448eb211c80319c',
                      attributes: [string('gen_ai.operation.name', 'chat'), ...list],
                      status: { code },
                    },
                  ],
                },
              ],
            },
          ],
        };
        expect(decodeOtlp(otlpProtobuf(body), 'traces', 'protobuf')).toEqual(decodeOtlp(body, 'traces', 'json'));
        const logs = {
          resourceLogs: [
            {
              resource: { attributes: list },
              scopeLogs: [
                {
                  logRecords: [
                    {
                      timeUnixNano: '1795463007901000000',
                      observedTimeUnixNano: '0',
                      eventName: 'gen_ai.evaluation.result',
                      attributes: list,
                    },
                  ],
                },
              ],
            },
          ],
        };
        expect(decodeOtlp(otlpProtobuf(logs), 'logs', 'protobuf')).toEqual(decodeOtlp(logs, 'logs', 'json'));
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  it('never throws on bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('traces', 'logs'),
        fc.constantFrom('json', 'protobuf'),
        (bytes, signal, encoding) => {
          decodeOtlp(bytes, signal, encoding);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
