/**
 * OTLP/JSON, read as SDKs, collectors and servers write it: camelCase or snake_case names, ids in hex of either case or in base64, integers as numbers
 * or decimal strings, enums as numbers or names, AnyValues with all their keys and `null` for the unused ones. Unknown fields are left out.
 */
import { isObject, isShallow, setOwn, type Json } from '../values.js';
import {
  OtlpError,
  otlpLimits,
  pickResource,
  type Attributes,
  type OtlpBudget,
  type OtlpEvent,
  type OtlpLog,
  type OtlpSpan,
} from './model.js';

/** Throws `OtlpError` where the body holds no traces. */
export function spansOfJson(body: unknown, budget: OtlpBudget): OtlpSpan[] {
  const spans: OtlpSpan[] = [];
  for (const group of groups(body, 'resourceSpans', 'resource_spans')) {
    const resource = resourceOf(group);
    const scopes = [
      ...list(group, 'scopeSpans', 'scope_spans'),
      ...list(group, 'instrumentationLibrarySpans', 'instrumentation_library_spans'),
    ];
    for (const scope of scopes) {
      for (const span of list(scope, 'spans')) {
        budget.record();
        spans.push(spanOf(span, resource, budget));
      }
    }
  }
  return spans;
}

/** Throws `OtlpError` where the body holds no logs. */
export function logsOfJson(body: unknown, budget: OtlpBudget): OtlpLog[] {
  const logs: OtlpLog[] = [];
  for (const group of groups(body, 'resourceLogs', 'resource_logs')) {
    const resource = resourceOf(group);
    for (const scope of list(group, 'scopeLogs', 'scope_logs')) {
      for (const log of list(scope, 'logRecords', 'log_records')) {
        budget.record();
        logs.push(logOf(log, resource, budget));
      }
    }
  }
  return logs;
}

function groups(body: unknown, name: string, snake: string): Json[] {
  if (!isObject(body)) throw new OtlpError('not an object');
  const value = get(body, name, snake);
  // The least request there is, `{}`, is one without records.
  if (value === undefined && Object.keys(body).length > 0) throw new OtlpError(`no ${name}`);
  if (value !== undefined && !Array.isArray(value)) throw new OtlpError(`${name} is not a list`);
  return list(body, name, snake);
}

/** A span, also as Phoenix and MLflow return it: in snake_case, by itself. */
export function spanOf(span: Json, resource: Attributes, budget: OtlpBudget): OtlpSpan {
  return {
    traceId: hexId(get(span, 'traceId', 'trace_id'), 16),
    spanId: hexId(get(span, 'spanId', 'span_id'), 8),
    parentSpanId: hexId(get(span, 'parentSpanId', 'parent_span_id'), 8),
    name: text(get(span, 'name')),
    start: nanos(get(span, 'startTimeUnixNano', 'start_time_unix_nano')),
    end: nanos(get(span, 'endTimeUnixNano', 'end_time_unix_nano')),
    status: statusOf(get(span, 'status')),
    attributes: attributesOfJson(get(span, 'attributes'), budget),
    events: list(span, 'events').map((event): OtlpEvent => {
      budget.record();
      return {
        name: text(get(event, 'name')),
        time: nanos(get(event, 'timeUnixNano', 'time_unix_nano')),
        attributes: attributesOfJson(get(event, 'attributes'), budget),
      };
    }),
    resource,
  };
}

function logOf(log: Json, resource: Attributes, budget: OtlpBudget): OtlpLog {
  const attributes = attributesOfJson(get(log, 'attributes'), budget);
  const named = text(get(log, 'eventName', 'event_name'));
  return {
    traceId: hexId(get(log, 'traceId', 'trace_id'), 16),
    spanId: hexId(get(log, 'spanId', 'span_id'), 8),
    time: nanos(get(log, 'timeUnixNano', 'time_unix_nano')),
    observed: nanos(get(log, 'observedTimeUnixNano', 'observed_time_unix_nano')),
    eventName: named === '' ? text(attributes.get('event.name')) : named,
    attributes,
    resource,
  };
}

function resourceOf(group: Json): Attributes {
  const resource = get(group, 'resource');
  return isObject(resource) ? pickResource(attributesOfJson(get(resource, 'attributes'), null)) : new Map();
}

/** A list of `{key, value}`, or a plain object as some dumps have it. `budget` `null`: not counted. */
export function attributesOfJson(value: unknown, budget: OtlpBudget | null): Attributes {
  const attributes = new Map<string, unknown>();
  if (Array.isArray(value)) {
    for (const entry of value) {
      if (!isObject(entry)) continue;
      const key = get(entry, 'key');
      if (typeof key === 'string') attributes.set(key, anyValue(get(entry, 'value'), budget, 0));
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) attributes.set(key, isShallow(item) ? item : null);
  }
  return attributes;
}

/** The one key of an AnyValue that holds something; `null` for an empty one. */
function anyValue(value: unknown, budget: OtlpBudget | null, depth: number): unknown {
  budget?.value();
  if (!isObject(value)) return scalar(value);
  if (depth >= otlpLimits.depth) return null;
  const string = get(value, 'stringValue', 'string_value');
  if (typeof string === 'string') return string;
  const bool = get(value, 'boolValue', 'bool_value');
  if (typeof bool === 'boolean') return bool;
  const int = get(value, 'intValue', 'int_value');
  if (int !== undefined) return integer(int);
  const double = get(value, 'doubleValue', 'double_value');
  if (double !== undefined) return typeof double === 'string' ? finite(Number(double)) : scalar(double);
  const bytes = get(value, 'bytesValue', 'bytes_value');
  if (typeof bytes === 'string') return bytes;
  const array = get(value, 'arrayValue', 'array_value');
  if (isObject(array)) return anyList(get(array, 'values')).map((item) => anyValue(item, budget, depth + 1));
  const map = get(value, 'kvlistValue', 'kvlist_value');
  if (!isObject(map)) return null;
  const object: Json = {};
  for (const entry of list(map, 'values')) {
    const key = get(entry, 'key');
    if (typeof key === 'string') setOwn(object, key, anyValue(get(entry, 'value'), budget, depth + 1));
  }
  return object;
}

function integer(value: unknown): unknown {
  if (typeof value === 'number') return finite(value);
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return null;
  const number = Number(value);
  // Beyond 2^53 a number would be another number.
  return Number.isSafeInteger(number) ? number : value;
}

function scalar(value: unknown): unknown {
  if (typeof value === 'number') return finite(value);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Zero is "unknown". A JSON number this large has lost its last digits, which the rounding to microseconds undoes. */
function nanos(value: unknown): bigint | null {
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? nonZero(BigInt(value)) : null;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 1 || value > 2e19) return null;
  return Number.isSafeInteger(value) ? BigInt(value) : BigInt(Math.round(value / 1000)) * 1000n;
}

function nonZero(value: bigint): bigint | null {
  return value === 0n ? null : value;
}

/** `bytes` long, in hex or base64; `null` for anything else and for zeros. */
function hexId(value: unknown, bytes: number): string | null {
  if (typeof value !== 'string') return null;
  let hex: string;
  if (value.length === bytes * 2 && /^[0-9a-fA-F]+$/.test(value)) hex = value.toLowerCase();
  else if (value.length === Math.ceil(bytes / 3) * 4 && /^[A-Za-z0-9+/_-]+={1,2}$/.test(value)) hex = hexOfBase64(value);
  else return null;
  return /^0+$/.test(hex) ? null : hex;
}

function hexOfBase64(value: string): string {
  const binary = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
  return Array.from(binary, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

function statusOf(value: unknown): OtlpSpan['status'] {
  const code = isObject(value) ? get(value, 'code') : value;
  if (code === 2 || code === 'STATUS_CODE_ERROR' || code === 'ERROR') return 'error';
  return code === 1 || code === 'STATUS_CODE_OK' || code === 'OK' ? 'ok' : 'unset';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Own property under either name; `null` counts as absent. */
function get(record: Json, name: string, snake?: string): unknown {
  const value = Object.hasOwn(record, name) ? record[name] : undefined;
  if (value !== undefined && value !== null) return value;
  const other = snake !== undefined && Object.hasOwn(record, snake) ? record[snake] : undefined;
  return other ?? undefined;
}

function anyList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function list(record: Json, name: string, snake?: string): Json[] {
  return anyList(get(record, name, snake)).filter(isObject);
}
