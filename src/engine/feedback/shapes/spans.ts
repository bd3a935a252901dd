/** Spans outside OTLP: rows of Phoenix (API, JSON export, dataframe as CSV) and what SDKs print, with OpenInference's or OpenLLMetry's attributes. */
import { feedbackOfSpan, scoreValue } from '../otlp/event.js';
import { attributesOfJson, spanOf } from '../otlp/json.js';
import { OtlpBudget, pickResource, type OtlpSpan } from '../otlp/model.js';
import { interactionOf, type TraceContext } from '../otlp/span.js';
import type { ActorKind } from '../types.js';
import { field, isObject, shallow, timeOf, type Json } from '../values.js';
import { feedback, foreignId, iso, objectIn, pick, pickText, segmentsOf } from './build.js';
import { feedbackOf } from './metric.js';
import type { Shape, ShapeOptions } from './shape.js';

/**
 * One span of whatever tool: ids in `context` or beside it (`0x` before them or not), times as RFC 3339 or nanoseconds, attributes flat, nested
 * or as a list of keys and values. Throws `Rejection`.
 */
export function spanOfRecord(record: Json): OtlpSpan {
  const budget = new OtlpBudget();
  const span = spanOf(record, pickResource(attributesOfJson(field(objectIn(record, 'resource'), 'attributes'), null)), budget);
  const context = objectIn(record, 'context');
  const id = (value: unknown): string | null =>
    typeof value === 'string' && value !== '' ? value.replace(/^0x/i, '').toLowerCase() : null;
  const flat = new Map(span.attributes);
  for (const [key, value] of Object.entries(record)) {
    if (key.startsWith('attributes.') && value !== '')
      flat.set(key.slice('attributes.'.length), typeof value === 'string' ? column(value) : value);
  }
  return {
    ...span,
    traceId: span.traceId ?? id(pick(context, 'trace_id', 'traceId') ?? pick(record, 'context.trace_id', 'trace_id', 'traceId')),
    spanId: span.spanId ?? id(pick(context, 'span_id', 'spanId') ?? pick(record, 'context.span_id', 'span_id', 'spanId')),
    parentSpanId: span.parentSpanId ?? id(pick(record, 'parent_id', 'parentId')),
    start: span.start ?? nanosOf(pick(record, 'start_time', 'startTime')),
    end: span.end ?? nanosOf(pick(record, 'end_time', 'endTime')),
    status: statusOf(record, span.status),
    attributes: spread(flat, pickText(record, 'span_kind')),
    events: span.events.map((event, index) => ({ ...event, time: event.time ?? nanosOf(timeOfEvent(record, index)) })),
  };
}

/** Objects within attributes become dotted keys, as the conventions name them. */
function spread(attributes: ReadonlyMap<string, unknown>, kind: string | null): Map<string, unknown> {
  const result = new Map<string, unknown>();
  const add = (key: string, value: unknown, depth: number): void => {
    if (!isObject(value) || depth > 8) result.set(key, value);
    else for (const [name, item] of Object.entries(value)) add(`${key}.${name}`, item, depth + 1);
  };
  for (const [key, value] of attributes) add(key, shallow(value), 0);
  if (kind !== null && !result.has('openinference.span.kind')) result.set('openinference.span.kind', kind);
  return result;
}

/** A cell of a table: numbers and truth values are what they look like. */
function column(text: string): unknown {
  if (/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  return text === 'True' || text === 'true' ? true : text === 'False' || text === 'false' ? false : text;
}

function nanosOf(value: unknown): bigint | null {
  const time = timeOf(value);
  return time === null ? null : BigInt(time) * 1_000_000n;
}

function timeOfEvent(record: Json, index: number): unknown {
  const events = field(record, 'events');
  const event: unknown = Array.isArray(events) ? events.filter(isObject)[index] : null;
  return isObject(event) ? pick(event, 'timestamp', 'time') : null;
}

function statusOf(record: Json, status: OtlpSpan['status']): OtlpSpan['status'] {
  if (status !== 'unset') return status;
  const code = pickText(record, 'status_code') ?? pickText(objectIn(record, 'status'), 'status_code');
  if (code === null) return status;
  return /error$/i.test(code) ? 'error' : /ok$/i.test(code) ? 'ok' : 'unset';
}

/** A span as an interaction (where it is a model call or carries a prompt) and what it says of itself. `trace`: what is known of its trace. */
export function spanRecords(record: Json, options: ShapeOptions, trace?: TraceContext): Json[] {
  const span = spanOfRecord(record);
  const own = span.spanId === null ? {} : { id: spanReference(span.spanId, options) };
  const records: Json[] = [];
  const interaction = interactionOf(span, trace);
  if (interaction !== null) records.push({ ...interaction, ...own });
  feedbackOfSpan(span, options, (make) => {
    const said = make();
    if (said === null) return;
    const found = field(said, 'interaction_id') !== null && 'id' in own ? { interaction_id: own.id } : {};
    records.push({ ...said, ...found });
  });
  return records;
}

/** Id of the interaction of a span outside OTLP. An annotation of Phoenix knows its span and nothing else, so nothing else is in it. */
function spanReference(spanId: string, options: ShapeOptions): string {
  return foreignId('span', options.instance, spanId);
}

/** A range, from an annotation config. */
export interface PhoenixRange {
  min: number | null;
  max: number | null;
  higherIsBetter?: boolean;
}

const annotators: Record<string, ActorKind> = { LLM: 'llm_judge', CODE: 'code' };

/**
 * An annotation of Phoenix on a span, a trace or a session (API, or a row of its annotations dataframe) as feedback; nothing where it holds neither
 * score, label nor words. `traceId`: of the annotated span, where the caller knows it. What people enter in Phoenix's own pages is an expert's;
 * what an application sends as HUMAN is its user's.
 */
export function phoenixAnnotation(record: Json, options: ShapeOptions, range?: PhoenixRange, traceId?: string): Json[] {
  const result = objectIn(record, 'result');
  const metric = pickText(record, 'name', 'annotation_name') ?? '';
  const value = scoreValue(pick(result, 'score') ?? pick(record, 'result.score', 'score'));
  const label = pickText(result, 'label') ?? pickText(record, 'result.label', 'label');
  const text = pickText(result, 'explanation') ?? pickText(record, 'result.explanation', 'explanation');
  if (value === null && label === null && text === null) return [];
  const kind = (pickText(record, 'annotator_kind') ?? '').toUpperCase();
  const human = metric === 'note' || pickText(record, 'source') === 'APP' ? 'expert' : 'end_user';
  const actor = kind === 'HUMAN' ? human : Object.hasOwn(annotators, kind) ? (annotators[kind] ?? null) : null;
  const said = feedbackOf({ metric, value, label, text, actor, actorId: pickText(record, 'user_id'), ...range }, options);
  if (said === null) return [];
  const id = pickText(record, 'id');
  const span = pickText(record, 'span_id')?.toLowerCase() ?? null;
  const trace = traceId ?? pickText(record, 'trace_id')?.toLowerCase() ?? null;
  const updated = iso(pick(record, 'updated_at'));
  const { attributes, ...rest } = said;
  const place = [span ?? trace ?? pickText(record, 'session_id') ?? '', metric, pickText(record, 'identifier') ?? ''];
  return [
    feedback({
      id: foreignId('phoenix', options.instance, ...(id === null ? place : [id])),
      time: iso(pick(record, 'created_at', 'updated_at')),
      observed_time: updated ?? iso(pick(record, 'created_at')),
      trace_id: trace,
      span_id: span,
      interaction_id: span === null || trace !== null ? null : spanReference(span, options),
      ...rest,
      session: pickText(record, 'session_id'),
      attributes: { ...segmentsOf(objectIn(record, 'metadata')), ...(attributes as Json) },
      source: {
        kind: 'phoenix',
        record_type: 'annotation',
        ...(id === null ? {} : { record_id: id }),
        ...(updated === null ? {} : { updated_at: updated }),
      },
    }),
  ];
}

export const phoenixAnnotations: Shape = {
  name: 'phoenix-annotations',
  title: 'annotations of Phoenix',
  matches: (record) => record['annotator_kind'] !== undefined,
  convert(record, options, emit) {
    for (const each of phoenixAnnotation(record, options)) emit(each, record);
  },
};

export const spans: Shape = {
  name: 'spans',
  title: 'spans of OpenInference or OpenLLMetry, as Phoenix and SDKs write them',
  matches: (record) =>
    (record['attributes'] !== undefined || record['span_kind'] !== undefined) &&
    (isObject(record['context']) ||
      record['context.span_id'] !== undefined ||
      ((record['span_id'] !== undefined || record['spanId'] !== undefined) &&
        (record['start_time'] !== undefined || record['startTimeUnixNano'] !== undefined || record['start_time_unix_nano'] !== undefined))),
  convert(record, options, emit) {
    for (const each of spanRecords(record, options)) emit(each, record);
  },
};
