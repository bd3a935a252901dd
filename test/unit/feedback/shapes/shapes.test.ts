import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/engine/config/types.js';
import { createLineReader } from '../../../../src/engine/feedback/reader.js';
import { Rejection } from '../../../../src/engine/feedback/records.js';
import { formatNames } from '../../../../src/engine/feedback/shapes/detect.js';
import type { Json } from '../../../../src/engine/feedback/values.js';

const context = { kind: 'jsonl', source: 'log', path: 'log', offset: 0, line: 1, scale: 'unit' as const };
const readerOf = (source: Partial<SourceConfig> = {}) => createLineReader({ name: 'log', kind: 'jsonl', ...source });
const canonical = (record: Json, source: Partial<SourceConfig> = {}): Json[] =>
  readerOf(source).canonical(record, JSON.stringify(record), context);
const only = (record: Json, source: Partial<SourceConfig> = {}): Json | undefined => canonical(record, source)[0];
const title = (record: Json): string => readerOf().describe(record);

describe('Langfuse', () => {
  const score = {
    id: 's1',
    projectId: 'pr',
    name: 'thumbs',
    dataType: 'NUMERIC',
    value: 1,
    source: 'API',
    timestamp: '2026-11-20T10:00:00.000Z',
    updatedAt: '2026-11-21T10:00:00.000Z',
  };
  const observed = only({
    id: 'o1',
    traceId: 't1',
    type: 'GENERATION',
    startTime: '2026-11-20T09:00:00Z',
    promptName: 'p',
    promptVersion: 4,
  });

  it('joins a score of the API to its observation, trace or session', () => {
    const on = (subject: Json): Json | undefined => only({ ...score, subject, environment: 'production', comment: 'fine' });
    expect(on({ kind: 'observation', id: 'o1', traceId: 't1' })).toMatchObject({
      interaction_id: null,
      trace_id: 't1',
      span_id: 'o1',
      signal: 'explicit.thumb',
      score: { raw: 1, y: 1 },
      text: 'fine',
      attributes: { metric: 'thumbs', environment: 'production' },
      source: { kind: 'langfuse', record_id: 's1', updated_at: '2026-11-21T10:00:00.000Z' },
    });
    expect(on({ kind: 'observation', id: 'o1' })).toMatchObject({ interaction_id: observed?.['id'], span_id: 'o1' });
    expect(observed).toMatchObject({ trace_id: 't1', span_id: 'o1' });
    expect(on({ kind: 'trace', id: 't1' })).toMatchObject({ interaction_id: null, trace_id: 't1' });
    expect(on({ kind: 'session', id: 'se' })).toMatchObject({ interaction_id: null, session: 'se' });
    expect(on({ kind: 'session', id: 'se' })).not.toHaveProperty('trace_id');
    expect(canonical({ ...score, subject: { kind: 'experiment', id: 'x' } })).toEqual([]);
    expect(title(score)).toBe('scores of Langfuse');
  });

  it.each([
    [
      { dataType: 'BOOLEAN', value: 0, stringValue: 'False', source: 'ANNOTATION' },
      { signal: 'review.score', actor: { kind: 'expert' }, score: { y: 0 } },
    ],
    [
      { dataType: 'CATEGORICAL', value: 2, stringValue: 'polite', source: 'EVAL' },
      { signal: 'judge.score', actor: { kind: 'llm_judge' }, label: 'polite' },
    ],
    [
      { dataType: 'TEXT', value: 'Too long', name: 'user_comment' },
      { signal: 'explicit.comment', text: 'Too long' },
    ],
    [
      { dataType: 'CORRECTION', value: 'Better so', source: 'ANNOTATION' },
      { signal: 'explicit.correction', correction: 'Better so', actor: { kind: 'expert' } },
    ],
    [
      { value: 0.4, source: 'EVAL', name: 'relevance' },
      { signal: 'judge.score', score: { raw: 0.4, y: null } },
    ],
  ])('reads %j', (fields, expected) => {
    expect(only({ ...score, ...fields })).toMatchObject(expected);
  });

  it('reads generations of the API and of exports, with scores that have columns of their own', () => {
    const row = {
      id: 'o1',
      traceId: 't1',
      type: 'GENERATION',
      name: 'answer',
      startTime: '2026-11-20T09:00:00Z',
      endTime: '2026-11-20T09:00:02Z',
      level: 'ERROR',
      statusMessage: 'timeout',
      promptName: 'p',
      promptVersion: 4,
      input: '[{"role":"user","content":"Where?"}]',
      output: '"There."',
      userId: 'u1',
      sessionId: 's1',
      model: 'm',
      latency: 1.5,
      usageDetails: { input: 10, output: 5 },
      metadata: { plan: 'pro', prompt_name: 'no' },
      traceTags: ['a'],
      relevance: [0.5, 1],
      tone: ['good'],
      empty: null,
    };
    const [interaction, ...scores] = canonical(row);
    expect(interaction).toMatchObject({
      prompt: { name: 'p', version: '4', link: 'exact' },
      input: { text: 'Where?' },
      output: { text: 'There.' },
      user: 'u1',
      session: 's1',
      system: { status: 'error', error_type: 'timeout', latency_ms: 1500, input_tokens: 10, output_tokens: 5 },
      attributes: { plan: 'pro', model: 'm' },
    });
    expect(interaction?.['attributes']).not.toHaveProperty('prompt_name');
    expect(
      scores.map((each) => [(each['attributes'] as Json)['metric'], (each['score'] as Json | undefined)?.['raw'], each['interaction_id']]),
    ).toEqual([
      ['relevance', 0.5, interaction?.['id']],
      ['relevance', 1, interaction?.['id']],
      ['tone', 'good', interaction?.['id']],
    ]);
    expect(canonical({ ...row, type: 'SPAN', promptName: undefined })).toEqual([]);
  });
});

describe('spans of Phoenix and of SDKs', () => {
  const span = {
    id: 'x',
    name: 'ChatCompletion',
    context: { trace_id: '0AF7651916CD43DD8448EB211C80319C', span_id: 'b7ad6b7169203331' },
    span_kind: 'LLM',
    parent_id: null,
    start_time: '2026-11-20T12:00:14.005000+00:00',
    end_time: '2026-11-20T12:00:14+00:00',
    status_code: 'OK',
    attributes: {
      'llm.model_name': 'm',
      'llm.prompt_template.version': '4',
      'prompt.id': 'p',
      'llm.prompt_template.variables.q': 'Where?',
      'input.value': 'Where?',
      'output.value': 'There.',
      'user.id': 'u1',
      'metadata.plan': 'pro',
    },
    events: [],
  };

  it('reads a span of its API', () => {
    expect(only({ ...span, end_time: '2026-11-20T12:00:15+00:00' })).toMatchObject({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      prompt: { name: 'p', version: '4', link: 'exact' },
      input: { text: 'Where?', variables: { q: 'Where?' } },
      output: { text: 'There.' },
      user: 'u1',
      system: { status: 'ok', latency_ms: 995 },
      attributes: { plan: 'pro', model: 'm' },
    });
    expect(title(span)).toMatch(/^spans of OpenInference/);
    expect(canonical({ ...span, span_kind: 'TOOL', attributes: {} })).toEqual([]);
  });

  it('reads nested attributes, what Python prints, and a row of a dataframe', () => {
    const expected = { prompt: { name: 'p', version: '4' }, trace_id: '0af7651916cd43dd8448eb211c80319c', output: { text: 'There.' } };
    expect(
      only({ ...span, attributes: { llm: { prompt_template: { version: '4' } }, prompt: { id: 'p' }, output: { value: 'There.' } } }),
    ).toMatchObject(expected);
    expect(
      only({
        name: 'x',
        context: { trace_id: '0x0af7651916cd43dd8448eb211c80319c', span_id: '0xb7ad6b7169203331' },
        kind: 'SpanKind.CLIENT',
        start_time: '2026-11-20T12:00:14Z',
        status: { status_code: 'ERROR' },
        attributes: { 'gen_ai.prompt.name': 'p', 'gen_ai.prompt.version': '4', 'output.value': 'There.' },
        resource: { attributes: { 'service.name': 's', 'host.name': 'h' } },
      }),
    ).toMatchObject({ ...expected, system: { status: 'error' }, attributes: { 'service.name': 's' } });
    expect(
      only({
        name: 'x',
        span_kind: 'LLM',
        start_time: '2026-11-20 12:00:14+00:00',
        'context.trace_id': '0af7651916cd43dd8448eb211c80319c',
        'context.span_id': 'b7ad6b7169203331',
        'attributes.prompt.id': 'p',
        'attributes.llm.prompt_template.version': '4',
        'attributes.output.value': 'There.',
        'attributes.llm.token_count.prompt': '42',
      }),
    ).toMatchObject({ ...expected, system: { input_tokens: 42 } });
  });

  it('reads annotations by who made them, and nothing of empty ones', () => {
    const annotation = {
      id: 'a1',
      created_at: '2026-11-24T00:30:37+00:00',
      updated_at: '2026-11-24T00:31:00+00:00',
      source: 'API',
      name: 'user feedback',
      annotator_kind: 'HUMAN',
      result: { label: 'thumbs-up', score: 1, explanation: null },
      identifier: '',
      span_id: 'b7ad6b7169203331',
      metadata: { plan: 'pro' },
    };
    expect(only(annotation)).toMatchObject({
      span_id: 'b7ad6b7169203331',
      interaction_id: only(span)?.['id'],
      signal: 'explicit.thumb',
      actor: { kind: 'end_user' },
      score: { y: 1 },
      attributes: { plan: 'pro', metric: 'user feedback' },
    });
    expect(only({ ...annotation, source: 'APP', result: { label: null, score: 0.5, explanation: 'so so' } })).toMatchObject({
      signal: 'review.score',
      actor: { kind: 'expert' },
      score: { y: null },
      text: 'so so',
    });
    expect(only({ ...annotation, annotator_kind: 'LLM' })).toMatchObject({ signal: 'judge.score' });
    expect(only({ ...annotation, name: 'note', result: { label: null, score: null, explanation: 'look here' } })).toMatchObject({
      actor: { kind: 'expert' },
      text: 'look here',
    });
    expect(canonical({ ...annotation, result: { label: null, score: null, explanation: null } })).toEqual([]);
    expect(
      only({
        'result.score': '0',
        'result.label': '',
        annotation_name: 'ok',
        annotator_kind: 'CODE',
        span_id: 'x',
        created_at: '2026-11-24',
      }),
    ).toMatchObject({ signal: 'code.score', score: { raw: 0 } });
  });
});

describe('LangSmith', () => {
  const run = {
    id: 'r1',
    trace_id: 'tr',
    run_type: 'llm',
    name: 'ChatOpenAI',
    start_time: '2026-11-20T09:00:00',
    end_time: '2026-11-20T09:00:01.5',
    status: 'success',
    error: null,
    inputs: { messages: [[{ type: 'human', content: 'Where?' }]] },
    outputs: { generations: [[{ text: 'There.', message: {} }]] },
    extra: { metadata: { lc_hub_owner: '-', lc_hub_repo: 'p', lc_hub_commit_hash: 'abc', plan: 'pro', ls_model_name: 'm' } },
    feedback_stats: {
      thumb: { n: 1, avg: 0, sources: ['{"type":"app"}'], comments: ['no'] },
      tags: { n: 2, avg: null, values: { good: 2 } },
    },
  };

  it('reads runs with their prompt of the hub, and the statistics of their feedback', () => {
    const [interaction, ...said] = canonical(run);
    expect(interaction).toMatchObject({
      prompt: { name: 'p', version: 'abc' },
      trace_id: 'tr',
      span_id: 'r1',
      output: { text: 'There.' },
      system: { status: 'ok', latency_ms: 1500 },
      attributes: { plan: 'pro', model: 'm' },
    });
    expect(said).toMatchObject([
      { signal: 'review.score', actor: { kind: 'expert' }, score: { raw: 0 }, text: 'no', interaction_id: interaction?.['id'] },
      { label: 'good' },
    ]);
    const chain = canonical({ ...run, run_type: 'chain', extra: {} });
    expect(chain).toMatchObject([{ interaction_id: null, trace_id: 'tr' }, {}]);
  });

  it('reads feedback by its source, with corrections', () => {
    const feedback = {
      id: 'f1',
      run_id: 'r1',
      trace_id: 'tr',
      key: 'user_score',
      score: true,
      value: null,
      comment: 'ok',
      correction: null,
      feedback_source: { type: 'api' },
      created_at: '2026-11-20T09:00:00',
      modified_at: '2026-11-20T09:00:00',
    };
    expect(only(feedback)).toMatchObject({
      interaction_id: null,
      trace_id: 'tr',
      span_id: 'r1',
      signal: 'explicit.thumb',
      score: { raw: true, y: 1 },
      text: 'ok',
    });
    expect(only({ ...feedback, key: 'x', score: 0.5, feedback_source: { type: 'model' } })).toMatchObject({ signal: 'judge.score' });
    expect(only({ ...feedback, score: null, correction: { output: 'Better so' } })).toMatchObject({
      signal: 'explicit.correction',
      correction: 'Better so',
    });
  });
});

describe('Opik', () => {
  it('reads traces with one vote a rater, and comments', () => {
    const [interaction, ...said] = canonical({
      id: 't1',
      name: 'chat',
      start_time: '2026-11-20T09:00:00Z',
      end_time: '2026-11-20T09:00:01Z',
      input: { question: 'Where?' },
      output: { output: 'There.' },
      thread_id: 'th',
      metadata: { opik_prompts: [{ name: 'p', id: 'x', version: { id: 'v', commit: 'abc', template: 'Hi' } }] },
      feedback_scores: [
        {
          name: 'good',
          value: 0.5,
          source: 'ui',
          value_by_author: { ann: { value: 1, source: 'ui', reason: 'nice' }, bob: { value: 0, source: 'ui' } },
        },
        { name: 'judge', value: 0.9, source: 'online_scoring' },
      ],
      comments: [{ id: 'c', text: 'hm', created_by: 'ann', created_at: '2026-11-20T10:00:00Z' }],
    });
    expect(interaction).toMatchObject({
      prompt: { name: 'p', version: 'abc', link: 'exact', sha256: expect.any(String) as string },
      input: { variables: { question: 'Where?' } },
      output: { text: 'There.' },
      session: 'th',
      system: { latency_ms: 1000 },
    });
    expect(said).toMatchObject([
      {
        signal: 'review.score',
        actor: { kind: 'expert', id: 'ann' },
        score: { raw: 1 },
        text: 'nice',
        interaction_id: interaction?.['id'],
      },
      { actor: { kind: 'expert', id: 'bob' }, score: { raw: 0 } },
      { signal: 'judge.score', score: { raw: 0.9, y: null } },
      { text: 'hm', actor: { kind: 'expert' } },
    ]);
    expect(new Set(said.map((each) => each['id'])).size).toBe(4);
  });

  it('lets a score on a trace without a prompt find the span that has one', () => {
    const trace = canonical({
      id: 't1',
      start_time: '2026-11-20T09:00:00Z',
      feedback_scores: [{ name: 'thumb', value: 1, source: 'sdk' }],
    });
    expect(trace[1]).toMatchObject({ interaction_id: null, trace_id: 't1', signal: 'explicit.thumb', score: { y: 1 } });
    expect(
      canonical({
        id: 's1',
        trace_id: 't1',
        type: 'llm',
        start_time: '2026-11-20T09:00:00Z',
        feedback_scores: [],
        metadata: { opik_prompts: [] },
      }),
    ).toMatchObject([{ trace_id: 't1', span_id: 's1' }]);
  });
});

describe('Braintrust, TensorZero, promptfoo and OpenAI', () => {
  it('reads events of Braintrust', () => {
    const [interaction, ...said] = canonical({
      id: 'e1',
      _xact_id: '1000195',
      created: '2026-11-20T09:00:00Z',
      span_id: 's1',
      root_span_id: 's1',
      is_root: true,
      input: [{ role: 'user', content: 'Where?' }],
      output: 'There.',
      expected: 'Over there.',
      error: null,
      scores: { Factuality: 0.6, 'User rating': 1, none: null },
      metadata: { prompt: { key: 'p', version: '5', variables: { q: 'x' } }, plan: 'pro' },
      metrics: { start: 1, end: 1.5, prompt_tokens: 3 },
      span_attributes: { type: 'llm', name: 'chat' },
    });
    expect(interaction).toMatchObject({
      prompt: { name: 'p', version: '5', link: 'metadata' },
      input: { text: 'Where?', variables: { q: 'x' } },
      output: { text: 'There.' },
      system: { latency_ms: 500, input_tokens: 3 },
      revision: 1000195,
    });
    expect(said).toMatchObject([
      { signal: 'code.score', score: { raw: 0.6, min: 0, max: 1, y: 0.6 }, interaction_id: interaction?.['id'] },
      { signal: 'explicit.rating', actor: { kind: 'end_user' }, score: { y: 1 } },
      { signal: 'explicit.correction', correction: 'Over there.' },
    ]);
  });

  it('reads tables of TensorZero, with the time that is in their ids', () => {
    const inference = {
      id: '01932d3a-7c00-7000-8000-000000000001',
      function_name: 'answer',
      variant_name: 'v2',
      episode_id: 'ep',
      input: '{"messages":[{"role":"user","content":[{"type":"text","text":"Where?"}]}]}',
      output: '[{"type":"text","text":"There."}]',
      processing_time_ms: 120,
      tags: { plan: 'pro' },
    };
    expect(only(inference)).toMatchObject({
      time: new Date(0x01932d3a7c00).toISOString(),
      prompt: { name: 'answer', version: 'v2', link: 'exact' },
      trace_id: 'ep',
      input: { text: 'Where?' },
      output: { text: 'There.' },
      system: { latency_ms: 120 },
      attributes: { plan: 'pro' },
    });
    const target = { id: '01932d3a-7c01-7000-8000-000000000002', target_id: inference.id };
    expect(only({ ...target, metric_name: 'user_thumb', value: true, tags: {} })).toMatchObject({
      interaction_id: only(inference)?.['id'],
      trace_id: inference.id,
      signal: 'explicit.thumb',
      score: { y: 1 },
    });
    expect(only({ ...target, metric_name: 'solved', value: 'false' })).toMatchObject({ signal: 'code.score', score: { raw: false, y: 0 } });
    expect(only({ ...target, target_type: 'episode', value: 'nice' })).toMatchObject({
      interaction_id: null,
      signal: 'explicit.comment',
      text: 'nice',
    });
    expect(only({ id: target.id, inference_id: inference.id, value: '[{"type":"text","text":"Over there."}]' })).toMatchObject({
      signal: 'explicit.correction',
      correction: 'Over there.',
    });
  });

  it('keeps what promptfoo found out of every prompt', () => {
    const records = canonical({
      promptIdx: 0,
      testIdx: 1,
      promptId: 'h',
      prompt: { raw: 'Hi', label: 'answer' },
      vars: { q: 'x' },
      response: { output: 'Hello' },
      success: false,
      score: 0.5,
      gradingResult: {
        pass: false,
        score: 0.5,
        reason: 'no',
        componentResults: [{ pass: true, score: 1, assertion: { type: 'llm-rubric', metric: 'tone' } }],
      },
    });
    expect(records).toMatchObject([
      { prompt: { name: '', version: null, link: 'none' } },
      {
        prompt: { name: '', version: null, link: 'none' },
        signal: 'judge.score',
        attributes: { metric: 'tone', evidence: 'offline', prompt_label: 'answer' },
      },
    ]);
  });

  it('reads stored completions of OpenAI', () => {
    expect(
      only({
        object: 'chat.completion',
        id: 'chatcmpl-1',
        created: 1795168800,
        model: 'm',
        metadata: { prompt_name: 'p', prompt_version: '3', plan: 'pro' },
        choices: [{ message: { role: 'assistant', content: 'There.' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      }),
    ).toMatchObject({
      id: 'chatcmpl-1',
      prompt: { name: 'p', version: '3', link: 'metadata' },
      output: { text: 'There.' },
      system: { input_tokens: 3, finish_reasons: ['stop'] },
      attributes: { plan: 'pro', model: 'm' },
    });
  });
});

describe('what a source says of its records', () => {
  const feedback = {
    id: 'f1',
    run_id: 'r1',
    key: 'quality',
    score: 3,
    feedback_source: { type: 'api' },
    created_at: '2026-11-20',
    extra: { v: 7 },
  };

  it('is laid over the shape', () => {
    const scores = { quality: { signal: 'review.score', min: 1, max: 5, higherIsBetter: false } };
    expect(only(feedback, { scores, map: { 'prompt.name': { const: 'p' }, 'prompt.version': '$.extra.v' } })).toMatchObject({
      signal: 'review.score',
      score: { raw: 3, min: 1, max: 5, y: 0.5, higher_is_better: false },
      prompt: { name: 'p', version: 7, link: 'metadata' },
    });
  });

  it('decides the shape where the keys do not', () => {
    expect(() => only({ user: 'u', answer: 'a', rating: 1 }, { format: 'otlp' })).toThrow(Rejection);
    expect(canonical({ ...feedback, user: 'u', answer: 'a', rating: 1 }, { format: 'log' })).toMatchObject([
      { output: { text: 'a' } },
      { signal: 'explicit.rating', score: { raw: 1 } },
    ]);
    expect(() => readerOf({ format: 'nope' })).toThrow(/There is no format "nope"/);
    for (const format of formatNames) readerOf({ format });
  });

  it('never takes a plain log for something else', () => {
    for (const record of [
      { user: 'u', answer: 'a', rating: 1 },
      { user: 'u', query: 'q', response: 'a', comment: 'c', metadata: { plan: 'pro' } },
      { id: 'x', timestamp: '2026-11-20', question: 'q', answer: 'a', score: 0.5, session: 's', trace_id: 't' },
    ])
      expect(title(record)).toBe('a log of answers and ratings');
    expect(title({ schema: 'promptratchet.feedback/1' })).toBe('our schema');
  });

  it('asks about metrics that nobody explains', () => {
    const asked: [string, unknown][] = [];
    const reader = createLineReader(
      { name: 'log', kind: 'jsonl', scores: { known: { actor: 'expert', min: 0, max: 5 } } },
      (metric, value) => asked.push([metric, value]),
    );
    for (const key of ['known', 'quality', 'thumb']) reader.canonical({ ...feedback, key, score: 1 }, '', context);
    reader.canonical({ ...feedback, key: 'judged', score: 0.3, feedback_source: { type: 'model' } }, '', context);
    reader.canonical({ ...feedback, key: 'passed', score: true, feedback_source: { type: 'model' } }, '', context);
    expect(asked).toEqual([
      ['quality', 1],
      ['thumb', 1],
      ['judged', 0.3],
    ]);
  });
});
