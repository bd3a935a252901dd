/** A row of Phoenix's list of spans (20.26.1). */
import type { OtlpSpan } from '../../otlp/model.js';
import { rejectReasons, Rejection } from '../../records.js';
import { spanOfRecord } from '../../shapes/spans.js';
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
  const span = spanOfRecord(value);
  if (id === null || span.traceId === null || span.spanId === null) throw new Rejection(rejectReasons.badField);
  return { id, span, start: parseTime(field(value, 'start_time')), origin: value };
}
