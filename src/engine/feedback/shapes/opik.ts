/** Opik: traces and spans with their feedback scores and comments, as its API and its exports have them. */
import { scoreValue } from '../otlp/event.js';
import type { ActorKind } from '../types.js';
import { field, isObject, jsonText, numberOf, type Json } from '../values.js';
import { between, feedback, foreignId, interaction, iso, listIn, objectIn, pick, pickText, segmentsOf } from './build.js';
import { systemOf } from './langfuse.js';
import { inputOf, outputOf } from './messages.js';
import { feedbackOf } from './metric.js';
import { promptOfMetadata } from './promptLink.js';
import type { Shape, ShapeOptions } from './shape.js';

/** From a feedback definition. */
export interface OpikRange {
  min: number | null;
  max: number | null;
}

const actors: Record<string, ActorKind> = { ui: 'expert', online_scoring: 'llm_judge' };

/**
 * A trace or a span (it has a `trace_id`) as an interaction, and each score and comment on it as feedback: one a rater where `value_by_author` names
 * them. A span counts where it is a model call or names a prompt. `ranges` by name of the score.
 */
export function opikRecord(record: Json, options: ShapeOptions, ranges?: ReadonlyMap<string, OpikRange>): Json[] {
  const id = pickText(record, 'id') ?? '';
  const trace = pickText(record, 'trace_id') ?? id;
  const isSpan = field(record, 'trace_id') !== null;
  const metadata = objectIn(record, 'metadata');
  const prompt = promptOfMetadata(new Map(Object.entries(metadata)));
  const start = iso(pick(record, 'start_time'));
  const end = iso(pick(record, 'end_time'));
  const error = objectIn(record, 'error_info');
  const usage = objectIn(record, 'usage');
  const served = !isSpan || prompt !== null || pickText(record, 'type') === 'llm';
  const own = foreignId('opik', options.instance, id);
  const session = pickText(record, 'thread_id');
  const records: Json[] = [];
  if (served) {
    records.push(
      interaction({
        id: own,
        time: start,
        observed_time: end ?? start,
        trace_id: trace,
        span_id: isSpan ? id : null,
        prompt,
        user: pickText(metadata, 'user_id', 'userId', 'user'),
        session,
        input: inputOf(pick(record, 'input')),
        output: outputOf(pick(record, 'output')),
        system: systemOf({
          failed: Object.keys(error).length > 0,
          error: pickText(error, 'exception_type') ?? 'error',
          latency_ms: numberOf(field(record, 'duration')) ?? between(start, end),
          ttfc_ms: numberOf(field(record, 'ttft')),
          input_tokens: numberOf(field(usage, 'prompt_tokens')),
          output_tokens: numberOf(field(usage, 'completion_tokens')),
          cost_usd: numberOf(field(record, 'total_estimated_cost')),
        }),
        attributes: segmentsOf(metadata, { model: pick(record, 'model'), environment: pick(record, 'environment') }),
        source: { kind: 'opik', record_type: isSpan ? 'span' : 'trace', record_id: id, ...updatedAt(pick(record, 'last_updated_at')) },
      }),
    );
  }
  // A score on a trace that names no prompt itself speaks of the one prompted span in it.
  const place = {
    trace_id: trace,
    ...(isSpan ? { span_id: id } : {}),
    interaction_id: served && (isSpan || prompt !== null) ? own : null,
    session,
  };
  for (const score of listIn(record, 'feedback_scores').filter(isObject))
    records.push(...scoreRecords(score, id, place, end ?? start, options, ranges));
  for (const comment of listIn(record, 'comments').filter(isObject)) {
    const text = pickText(comment, 'text');
    if (text === null) continue;
    records.push(
      feedback({
        id: foreignId('opik', options.instance, id, 'comment', pickText(comment, 'id') ?? text),
        time: iso(pick(comment, 'created_at')) ?? end,
        ...place,
        ...feedbackOf({ metric: '', value: null, text, actor: 'expert', actorId: pickText(comment, 'created_by') }, options),
        source: { kind: 'opik', record_type: 'comment', ...updatedAt(pick(comment, 'last_updated_at')) },
      }),
    );
  }
  return records;
}

function scoreRecords(
  score: Json,
  id: string,
  place: Json,
  fallback: string | null,
  options: ShapeOptions,
  ranges: ReadonlyMap<string, OpikRange> | undefined,
): Json[] {
  const metric = pickText(score, 'name') ?? '';
  const authors = Object.entries(objectIn(score, 'value_by_author')).filter((entry): entry is [string, Json] => isObject(entry[1]));
  const votes: [string | null, Json][] = authors.length > 0 ? authors : [[pickText(score, 'created_by'), score]];
  return votes.flatMap(([author, vote]) => {
    const source = pickText(vote, 'source') ?? pickText(score, 'source') ?? '';
    const said = feedbackOf(
      {
        metric,
        value: scoreValue(pick(vote, 'value')),
        label: pickText(vote, 'category_name') ?? (authors.length > 1 ? null : pickText(score, 'category_name')),
        text: pickText(vote, 'reason'),
        actor: Object.hasOwn(actors, source) ? (actors[source] ?? null) : null,
        actorId: author,
        ...ranges?.get(metric),
      },
      options,
    );
    if (said === null) return [];
    const updated = pick(vote, 'last_updated_at') ?? pick(score, 'last_updated_at');
    return [
      feedback({
        id: foreignId('opik', options.instance, id, 'score', metric, ...(authors.length > 1 ? [author ?? ''] : [])),
        time: iso(updated) ?? iso(pick(score, 'created_at')) ?? fallback,
        ...place,
        ...said,
        source: { kind: 'opik', record_type: 'feedback_score', ...updatedAt(updated) },
      }),
    ];
  });
}

function updatedAt(value: unknown): Json {
  const updated = iso(value);
  return updated === null ? {} : { updated_at: updated };
}

export const opik: Shape = {
  name: 'opik',
  title: 'traces of Opik',
  matches: (record) => (record['feedback_scores'] !== undefined && record['start_time'] !== undefined) || hasPrompts(record['metadata']),
  convert(record, options, emit) {
    if (field(record, 'id') === null) record = { ...record, id: foreignId('opik', '', jsonText(record)) };
    for (const each of opikRecord(record, options)) emit(each, record);
  },
};

function hasPrompts(metadata: unknown): boolean {
  return isObject(metadata) && metadata['opik_prompts'] !== undefined;
}
