/** LangSmith: feedback and runs, as its API returns them and as SDKs write them to files. */
import { scoreValue } from '../otlp/event.js';
import type { ActorKind } from '../types.js';
import { anyText, field, isObject, jsonText, numberOf, type Json } from '../values.js';
import { between, feedback, foreignId, interaction, iso, listIn, objectIn, pick, pickText, segmentsOf } from './build.js';
import { parsed } from './attributes.js';
import { systemOf } from './langfuse.js';
import { inputOf, outputOf } from './messages.js';
import { feedbackOf } from './metric.js';
import { promptOfMetadata } from './promptLink.js';
import type { Shape, ShapeOptions } from './shape.js';

/** From a feedback config. */
export interface LangsmithRange {
  min: number | null;
  max: number | null;
  higherIsBetter?: boolean;
}

/** `model` is a judge, `app` a person in LangSmith itself; `api` is application code or its users, which only the source's `scores` can tell. */
function actorOf(type: string | null): ActorKind | null {
  if (type === 'model' || type === 'auto_eval') return 'llm_judge';
  return type === 'app' ? 'expert' : null;
}

/** A feedback record. */
export function langsmithFeedback(record: Json, options: ShapeOptions, range?: LangsmithRange): Json[] {
  const run = pickText(record, 'run_id');
  const trace = pickText(record, 'trace_id');
  const id = pickText(record, 'id');
  const value = pick(record, 'value');
  const score = scoreValue(pick(record, 'score'));
  const word = typeof value === 'string' ? value : null;
  const source = objectIn(record, 'feedback_source');
  const correction = pick(record, 'correction');
  const said = feedbackOf(
    {
      metric: pickText(record, 'key') ?? '',
      value: score ?? (word === null && !isObject(value) ? scoreValue(value) : null),
      label: word,
      text: pickText(record, 'comment'),
      actor: actorOf(pickText(source, 'type')),
      actorId: pickText(source, 'user_id'),
      ...range,
    },
    options,
  );
  if (said === null) return [];
  const { attributes, ...rest } = said;
  const only = correction !== null && said['score'] === undefined && said['label'] === undefined;
  const updated = iso(pick(record, 'modified_at'));
  return [
    feedback({
      id: foreignId('langsmith', options.instance, id ?? jsonText(record)),
      time: iso(pick(record, 'created_at', 'modified_at')),
      observed_time: updated ?? iso(pick(record, 'created_at')),
      trace_id: trace,
      span_id: run,
      // With a trace the run is found in it, and where it is no model call, the one of the trace.
      interaction_id: run === null || trace !== null ? null : foreignId('langsmith', options.instance, run),
      ...rest,
      ...(only ? { signal: 'explicit.correction' } : {}),
      correction: correctionOf(correction),
      attributes: { ...segmentsOf(objectIn(source, 'metadata')), ...(attributes as Json) },
      source: {
        kind: 'langsmith',
        record_type: 'feedback',
        ...(id === null ? {} : { record_id: id }),
        ...(updated === null ? {} : { updated_at: updated }),
      },
    }),
  ];
}

/** A correction may be an object with the text in it. */
function correctionOf(value: unknown): string | null {
  const found = isObject(value) ? outputOf(value) : null;
  return found !== null && typeof found['text'] === 'string' ? found['text'] : anyText(value);
}

/** A run as an interaction, where it is a model call or names a prompt; nothing for the others. */
export function langsmithRun(record: Json, options: ShapeOptions): Json[] {
  const metadata = { ...objectIn(objectIn(record, 'extra'), 'metadata'), ...objectIn(record, 'metadata') };
  const prompt = promptOfMetadata(new Map(Object.entries(metadata)));
  const type = pickText(record, 'run_type')?.toLowerCase();
  if (prompt === null && type !== 'llm') return [];
  const id = pickText(record, 'id') ?? '';
  const start = iso(pick(record, 'start_time'));
  const end = iso(pick(record, 'end_time'));
  const first = iso(pick(record, 'first_token_time'));
  const seconds = numberOf(field(record, 'latency_seconds'));
  const error = pickText(record, 'error');
  return [
    interaction({
      id: foreignId('langsmith', options.instance, id),
      time: start,
      observed_time: end ?? start,
      trace_id: pickText(record, 'trace_id') ?? id,
      span_id: id,
      prompt,
      user: pickText(metadata, 'user_id', 'userId'),
      session: pickText(record, 'thread_id') ?? pickText(metadata, 'session_id', 'thread_id', 'conversation_id'),
      input: inputOf(pick(record, 'inputs')),
      output: outputOf(answerOf(pick(record, 'outputs'))),
      system: systemOf({
        failed: pickText(record, 'status')?.toLowerCase() === 'error' || error !== null,
        // The first word of a trace of calls is the name of the error; the rest may hold what a person wrote.
        error: error === null ? null : (/^[\w.]+/.exec(error)?.[0] ?? 'error'),
        latency_ms: seconds === null ? between(start, end) : seconds * 1000,
        ttfc_ms: between(start, first),
        input_tokens: numberOf(field(record, 'prompt_tokens')),
        output_tokens: numberOf(field(record, 'completion_tokens')),
        cost_usd: numberOf(field(record, 'total_cost')),
      }),
      attributes: segmentsOf(metadata, { model: pick(metadata, 'ls_model_name') }),
      source: { kind: 'langsmith', record_type: 'run', record_id: id },
    }),
  ];
}

/** LangChain's `generations` hold the answer two lists deep; a chain's outputs are an object of one text. */
function answerOf(outputs: unknown): unknown {
  const value = typeof outputs === 'string' ? parsed(outputs) : outputs;
  if (!isObject(value)) return outputs;
  const generations = value['generations'];
  return Array.isArray(generations) ? { generations } : value;
}

/** `feedback_stats` of a run: by key its number, mean and sources. The mean is one value, since the single ones are not in it. */
export function langsmithStats(record: Json, options: ShapeOptions): Json[] {
  const run = pickText(record, 'id') ?? '';
  return Object.entries(objectIn(record, 'feedback_stats')).flatMap(([metric, stats]) => {
    if (!isObject(stats)) return [];
    const types = new Set(listIn(stats, 'sources').map((each) => pickText(objectIn({ each }, 'each'), 'type')));
    const comments = listIn(stats, 'comments').filter((each) => typeof each === 'string');
    const words = Object.keys(objectIn(stats, 'values'));
    const said = feedbackOf(
      {
        metric,
        value: numberOf(field(stats, 'avg')),
        label: words.length === 1 ? (words[0] ?? null) : null,
        text: comments.length > 0 ? comments.join('\n') : null,
        actor: types.size === 1 ? actorOf([...types][0] ?? null) : null,
      },
      options,
    );
    if (said === null || (said['score'] === undefined && said['label'] === undefined && said['text'] === undefined)) return [];
    const count = numberOf(field(stats, 'n')) ?? 1;
    return [
      feedback({
        id: foreignId('langsmith', options.instance, run, 'stats', metric),
        revision: count,
        time: iso(pick(record, 'end_time', 'start_time')),
        trace_id: pickText(record, 'trace_id') ?? run,
        span_id: run,
        interaction_id: foreignId('langsmith', options.instance, run),
        ...said,
        source: { kind: 'langsmith', record_type: 'feedback_stats', record_id: run },
      }),
    ];
  });
}

export const langsmithFeedbacks: Shape = {
  name: 'langsmith-feedback',
  title: 'feedback of LangSmith',
  matches: (record) => record['run_id'] !== undefined && record['key'] !== undefined,
  convert(record, options, emit) {
    for (const each of langsmithFeedback(record, options)) emit(each, record);
  },
};

export const langsmithRuns: Shape = {
  name: 'langsmith-runs',
  title: 'runs of LangSmith',
  matches: (record) =>
    record['run_type'] !== undefined &&
    (record['inputs'] !== undefined || record['feedback_stats'] !== undefined || record['outputs'] !== undefined),
  convert(record, options, emit) {
    const runs = langsmithRun(record, options);
    const said = langsmithStats(record, options);
    // Feedback on a run that is no interaction finds its model call by the trace.
    const found = runs.length > 0 ? said : said.map((each) => ({ ...each, interaction_id: null }));
    for (const each of [...runs, ...found]) emit(each, record);
  },
};
