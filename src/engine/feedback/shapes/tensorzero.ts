/** TensorZero: dumps of its tables of inferences and feedback. Function = prompt, variant = version. */
import { scoreValue } from '../otlp/event.js';
import { toIso } from '../time.js';
import { anyText, field, jsonText, numberOf, type Json } from '../values.js';
import { parsed } from './attributes.js';
import { feedback, foreignId, interaction, iso, objectIn, pick, pickText, segmentsOf } from './build.js';
import { systemOf } from './langfuse.js';
import { inputOf, outputOf } from './messages.js';
import { feedbackOf } from './metric.js';
import { promptRef } from './promptLink.js';
import type { Shape, ShapeOptions } from './shape.js';

/** `timestamp` is made from the id in its tables and is missing in a plain dump: the first 48 bits of a UUIDv7 are its time in ms. */
function timeOfRow(record: Json): string | null {
  const given = iso(pick(record, 'timestamp'));
  const id = pickText(record, 'id') ?? '';
  if (given !== null || !/^[0-9a-f]{8}-[0-9a-f]{4}-7/i.test(id)) return given;
  return toIso(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** A row of `ChatInference` or `JsonInference`. */
export function tensorzeroInference(record: Json, options: ShapeOptions): Json[] {
  const id = pickText(record, 'id') ?? foreignId('tensorzero', '', jsonText(record));
  const input = pick(record, 'input');
  const whole = typeof input === 'string' ? parsed(input) : input;
  const output = pick(record, 'output');
  const answer = objectIn(record, 'output');
  return [
    interaction({
      id: foreignId('tensorzero', options.instance, id),
      time: timeOfRow(record),
      trace_id: pickText(record, 'episode_id'),
      span_id: id,
      prompt: promptRef(pickText(record, 'function_name') ?? '', pickText(record, 'variant_name')),
      input: inputOf(whole),
      // A JSON function's output is `{raw, parsed}`: the text is what the model wrote.
      output: pickText(answer, 'raw') === null ? outputOf(wrapped(output)) : { text: pickText(answer, 'raw') },
      system: systemOf({
        failed: false,
        error: null,
        latency_ms: numberOf(field(record, 'processing_time_ms')),
        ttfc_ms: numberOf(field(record, 'ttft_ms')),
      }),
      attributes: segmentsOf(objectIn(record, 'tags'), { snapshot_hash: pick(record, 'snapshot_hash') }),
      source: { kind: 'tensorzero', record_type: 'inference', record_id: id },
    }),
  ];
}

/** A chat function's output is a list of content blocks. */
function wrapped(output: unknown): unknown {
  const value = typeof output === 'string' ? parsed(output) : output;
  return Array.isArray(value) ? { role: 'assistant', content: value as unknown } : output;
}

/** A row of the feedback tables. Its target is an inference or an episode: whichever is there. */
export function tensorzeroFeedback(record: Json, options: ShapeOptions): Json[] {
  const target = pickText(record, 'target_id') ?? pickText(record, 'inference_id') ?? '';
  const id = pickText(record, 'id') ?? foreignId('tensorzero', '', jsonText(record));
  const demonstration = field(record, 'inference_id') !== null;
  const value = pick(record, 'value');
  const metric = pickText(record, 'metric_name');
  const words = metric === null ? anyText(value) : null;
  const said = demonstration
    ? { signal: 'explicit.correction', actor: { kind: 'expert' }, correction: correctionOf(value) }
    : feedbackOf(
        {
          metric: metric ?? '',
          value: metric === null ? null : booleanOr(value),
          text: words,
          actor: metric === null ? 'end_user' : null,
        },
        options,
      );
  if (said === null) return [];
  const { attributes, ...rest } = said;
  return [
    feedback({
      id: foreignId('tensorzero', options.instance, id),
      time: timeOfRow(record),
      trace_id: target,
      interaction_id: pickText(record, 'target_type') === 'episode' ? null : foreignId('tensorzero', options.instance, target),
      ...rest,
      attributes: { ...segmentsOf(objectIn(record, 'tags')), ...(attributes as Json | undefined) },
      source: { kind: 'tensorzero', record_type: 'feedback', record_id: id },
    }),
  ];
}

function booleanOr(value: unknown): ReturnType<typeof scoreValue> {
  if (value === 'true' || value === 'false') return value === 'true';
  return scoreValue(value);
}

function correctionOf(value: unknown): string | null {
  const output = outputOf(wrapped(value));
  return output !== null && typeof output['text'] === 'string' ? output['text'] : anyText(value);
}

export const tensorzeroInferences: Shape = {
  name: 'tensorzero-inferences',
  title: 'inferences of TensorZero',
  matches: (record) => record['function_name'] !== undefined && record['variant_name'] !== undefined,
  convert(record, options, emit) {
    for (const each of tensorzeroInference(record, options)) emit(each, record);
  },
};

export const tensorzeroFeedbacks: Shape = {
  name: 'tensorzero-feedback',
  title: 'feedback of TensorZero',
  matches: (record) =>
    record['value'] !== undefined &&
    ((record['target_id'] !== undefined && (record['metric_name'] !== undefined || record['target_type'] !== undefined)) ||
      record['inference_id'] !== undefined),
  convert(record, options, emit) {
    for (const each of tensorzeroFeedback(record, options)) emit(each, record);
  },
};
