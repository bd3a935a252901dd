import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeOtlp } from '../../../../src/engine/feedback/otlp/decode.js';
import { signalOfProtobuf } from '../../../../src/engine/feedback/otlp/protobuf.js';

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
