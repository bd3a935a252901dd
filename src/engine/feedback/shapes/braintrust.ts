/** Braintrust: events of a project's logs, as its API and its exports have them. Scores are in [0, 1] there. */
import { field, isObject, jsonText, numberOf, textOf, type Json } from '../values.js';
import { feedback, foreignId, interaction, iso, objectIn, pick, pickText, segmentsOf } from './build.js';
import { systemOf } from './langfuse.js';
import { inputOf, outputOf } from './messages.js';
import { feedbackOf } from './metric.js';
import { promptOfMetadata } from './promptLink.js';
import type { Shape, ShapeOptions } from './shape.js';

/** An event: its answer, its scores, and what was expected. The transaction id grows with every change of the row. */
export function braintrustEvent(record: Json, options: ShapeOptions): Json[] {
  const id = pickText(record, 'id') ?? foreignId('braintrust', '', jsonText(record));
  const span = pickText(record, 'span_id') ?? id;
  const root = pickText(record, 'root_span_id') ?? span;
  const metadata = objectIn(record, 'metadata');
  const metrics = objectIn(record, 'metrics');
  const attributes = objectIn(record, 'span_attributes');
  const prompt = promptOfMetadata(new Map(Object.entries(metadata)));
  const time = iso(pick(record, 'created') ?? pick(metrics, 'start'));
  const revision = numberOf(field(record, '_xact_id')) ?? 0;
  const error = field(record, 'error');
  const start = numberOf(field(metrics, 'start'));
  const end = numberOf(field(metrics, 'end'));
  const first = numberOf(field(metrics, 'time_to_first_token'));
  const own = foreignId('braintrust', options.instance, span);
  const base = {
    revision,
    time,
    trace_id: root,
    span_id: span,
    user: pickText(metadata, 'user_id', 'userId', 'user'),
    session: pickText(metadata, 'session_id', 'sessionId'),
  };
  const served = prompt !== null || pickText(attributes, 'type') === 'llm' || field(record, 'is_root') === true || root === span;
  const records: Json[] = [];
  if (served) {
    const input = inputOf(pick(record, 'input'));
    const variables = objectIn(objectIn(metadata, 'prompt'), 'variables');
    records.push(
      interaction({
        id: own,
        ...base,
        prompt,
        input: Object.keys(variables).length > 0 ? { ...input, ...inputOf(variables) } : input,
        output: outputOf(pick(record, 'output')),
        system: systemOf({
          failed: error !== null,
          error: isObject(error) ? (textOf(error['name']) ?? 'error') : 'error',
          latency_ms: start !== null && end !== null && end >= start ? Math.round((end - start) * 1e6) / 1e3 : null,
          ttfc_ms: first === null ? null : first * 1000,
          input_tokens: numberOf(field(metrics, 'prompt_tokens')),
          output_tokens: numberOf(field(metrics, 'completion_tokens')),
        }),
        attributes: segmentsOf(metadata),
        source: { kind: 'braintrust', record_type: 'event', record_id: id },
      }),
    );
  }
  const place = { ...base, interaction_id: served && (prompt !== null || root !== span) ? own : null };
  const about = { kind: 'braintrust', record_type: 'score', record_id: id };
  for (const [metric, value] of Object.entries(objectIn(record, 'scores'))) {
    const score = numberOf(value);
    if (score === null) continue;
    const said = feedbackOf({ metric, value: score, actor: null, min: 0, max: 1 }, options);
    if (said !== null)
      records.push(feedback({ id: foreignId('braintrust', options.instance, id, 'score', metric), ...place, ...said, source: about }));
  }
  const expected = outputOf(pick(record, 'expected'));
  const correction = expected === null ? null : (textOf(expected['text']) ?? jsonText(expected['messages'] as object));
  if (correction !== null) {
    records.push(
      feedback({
        id: foreignId('braintrust', options.instance, id, 'expected'),
        ...place,
        signal: 'explicit.correction',
        actor: { kind: 'expert' },
        correction,
        source: about,
      }),
    );
  }
  return records;
}

export const braintrust: Shape = {
  name: 'braintrust',
  title: 'events of Braintrust',
  matches: (record) =>
    record['_xact_id'] !== undefined || (record['root_span_id'] !== undefined && record['span_attributes'] !== undefined),
  convert(record, options, emit) {
    for (const each of braintrustEvent(record, options)) emit(each, record);
  },
};
