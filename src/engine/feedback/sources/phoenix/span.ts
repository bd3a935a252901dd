/** A span as Phoenix's REST API returns it (20.26.1), as the span that all conventions are read from. */
import type { OtlpEvent, OtlpSpan } from '../../otlp/model.js';
import { rejectReasons, Rejection } from '../../records.js';
import { flattened } from '../../shapes/attributes.js';
import { parseTime } from '../../time.js';
import { field, isObject, textOf, type Json } from '../../values.js';

export interface PhoenixSpan {
  /** Opaque; cursors are made of it, in order of arrival. */
  id: string;
  span: OtlpSpan;
  /** Milliseconds; `null` where the server has none. */
  start: number | null;
  origin: Json;
}

/** Throws `Rejection` for what is no span. */
export function readSpan(value: unknown): PhoenixSpan {
  if (!isObject(value)) throw new Rejection(rejectReasons.notObject);
  const id = textOf(field(value, 'id'));
  const context = field(value, 'context');
  const traceId = isObject(context) ? textOf(field(context, 'trace_id')) : null;
  const spanId = isObject(context) ? textOf(field(context, 'span_id')) : null;
  if (id === null || traceId === null || spanId === null) throw new Rejection(rejectReasons.badField);
  const attributes = attributesOf(field(value, 'attributes'));
  const kind = textOf(field(value, 'span_kind'));
  if (kind !== null && !attributes.has('openinference.span.kind')) attributes.set('openinference.span.kind', kind);
  const status = textOf(field(value, 'status_code'));
  const span: OtlpSpan = {
    traceId,
    spanId,
    parentSpanId: textOf(field(value, 'parent_id')),
    name: textOf(field(value, 'name')) ?? '',
    start: nanosOf(field(value, 'start_time')),
    end: nanosOf(field(value, 'end_time')),
    status: status === 'ERROR' ? 'error' : status === 'OK' ? 'ok' : 'unset',
    attributes,
    events: eventsOf(field(value, 'events')),
    resource: new Map(),
  };
  return { id, span, start: parseTime(field(value, 'start_time')), origin: value };
}

/** Flat dotted keys; objects that a client posted are flattened by the server, and here where it did not. */
function attributesOf(value: unknown): Map<string, unknown> {
  return isObject(value) ? flattened(value) : new Map<string, unknown>();
}

function eventsOf(value: unknown): OtlpEvent[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((event) => ({
    name: textOf(field(event, 'name')) ?? '',
    time: nanosOf(field(event, 'timestamp')),
    attributes: attributesOf(field(event, 'attributes')),
  }));
}

/** Microseconds, which Phoenix keeps, are kept. */
function nanosOf(value: unknown): bigint | null {
  const ms = parseTime(value);
  if (ms === null) return null;
  const micros = typeof value === 'string' ? (/\.\d{3}(\d{3})/u.exec(value)?.[1] ?? '0') : '0';
  return BigInt(ms) * 1_000_000n + BigInt(micros) * 1000n;
}
