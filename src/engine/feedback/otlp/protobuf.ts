/** OTLP/protobuf: the fields of `opentelemetry.proto` that are needed, by number; all others are skipped. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { setOwn, type Json } from '../values.js';
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

type Fields = Record<number, (reader: BinaryReader, wire: WireType) => void>;

/** Calls a handler per known field. A field of another wire type than its handler reads is a damaged message. */
function message(bytes: Uint8Array, fields: Fields): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const handler = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (handler === undefined) reader.skip(wire, field);
    else handler(reader, wire);
  }
}

const bytes = (set: (value: Uint8Array) => void) => (reader: BinaryReader, wire: WireType) => {
  expect(wire, WireType.LengthDelimited);
  set(reader.bytes());
};

const string = (set: (value: string) => void) => (reader: BinaryReader, wire: WireType) => {
  expect(wire, WireType.LengthDelimited);
  set(reader.string());
};

const fixed64 = (set: (value: bigint | null) => void) => (reader: BinaryReader, wire: WireType) => {
  expect(wire, WireType.Bit64);
  const value = BigInt(reader.fixed64());
  set(value === 0n ? null : value);
};

function expect(wire: WireType, wanted: WireType): void {
  if (wire !== wanted) throw new OtlpError('damaged protobuf');
}

/** `TracesData` and `ExportTraceServiceRequest` are the same bytes. Throws `OtlpError`. */
export function spansOfProtobuf(body: Uint8Array, budget: OtlpBudget): OtlpSpan[] {
  const spans: OtlpSpan[] = [];
  read(body, (scope, resource) => {
    message(scope, {
      2: bytes((value) => {
        budget.record();
        spans.push(readSpan(value, resource, budget));
      }),
    });
  });
  return spans;
}

/** Throws `OtlpError`. */
export function logsOfProtobuf(body: Uint8Array, budget: OtlpBudget): OtlpLog[] {
  const logs: OtlpLog[] = [];
  read(body, (scope, resource) => {
    message(scope, {
      2: bytes((value) => {
        budget.record();
        logs.push(readLog(value, resource, budget));
      }),
    });
  });
  return logs;
}

/** Traces and logs are built alike: groups by resource, in them groups by scope. */
function read(body: Uint8Array, onScope: (scope: Uint8Array, resource: Attributes) => void): void {
  try {
    message(body, {
      1: bytes((group) => {
        let resource: Attributes = new Map();
        const scopes: Uint8Array[] = [];
        message(group, {
          1: bytes((value) => {
            const attributes = new Map<string, unknown>();
            message(value, { 1: bytes((entry) => readKeyValue(entry, attributes, null)) });
            resource = pickResource(attributes);
          }),
          2: bytes((value) => scopes.push(value)),
        });
        for (const scope of scopes) onScope(scope, resource);
      }),
    });
  } catch (error) {
    if (error instanceof OtlpError) throw error;
    // The reader's own words name positions in the bytes, which help nobody.
    if (error instanceof Error) throw new OtlpError('damaged protobuf');
    throw error;
  }
}

function readSpan(body: Uint8Array, resource: Attributes, budget: OtlpBudget): OtlpSpan {
  const attributes = new Map<string, unknown>();
  const span: OtlpSpan = {
    traceId: null,
    spanId: null,
    parentSpanId: null,
    name: '',
    start: null,
    end: null,
    status: 'unset',
    attributes,
    events: [],
    resource,
  };
  message(body, {
    1: bytes((value) => (span.traceId = hexId(value, 16))),
    2: bytes((value) => (span.spanId = hexId(value, 8))),
    4: bytes((value) => (span.parentSpanId = hexId(value, 8))),
    5: string((value) => (span.name = value)),
    7: fixed64((value) => (span.start = value)),
    8: fixed64((value) => (span.end = value)),
    9: bytes((value) => readKeyValue(value, attributes, budget)),
    11: bytes((value) => {
      budget.record();
      span.events.push(readEvent(value, budget));
    }),
    15: bytes((value) => (span.status = readStatus(value))),
  });
  return span;
}

function readEvent(body: Uint8Array, budget: OtlpBudget): OtlpEvent {
  const attributes = new Map<string, unknown>();
  const event: OtlpEvent = { name: '', time: null, attributes };
  message(body, {
    1: fixed64((value) => (event.time = value)),
    2: string((value) => (event.name = value)),
    3: bytes((value) => readKeyValue(value, attributes, budget)),
  });
  return event;
}

function readStatus(body: Uint8Array): OtlpSpan['status'] {
  let code = 0;
  message(body, {
    3: (reader, wire) => {
      expect(wire, WireType.Varint);
      code = reader.int32();
    },
  });
  if (code === 2) return 'error';
  return code === 1 ? 'ok' : 'unset';
}

function readLog(body: Uint8Array, resource: Attributes, budget: OtlpBudget): OtlpLog {
  const attributes = new Map<string, unknown>();
  const log: OtlpLog = { traceId: null, spanId: null, time: null, observed: null, eventName: '', attributes, resource };
  message(body, {
    1: fixed64((value) => (log.time = value)),
    6: bytes((value) => readKeyValue(value, attributes, budget)),
    9: bytes((value) => (log.traceId = hexId(value, 16))),
    10: bytes((value) => (log.spanId = hexId(value, 8))),
    11: fixed64((value) => (log.observed = value)),
    12: string((value) => (log.eventName = value)),
  });
  const older = attributes.get('event.name');
  if (log.eventName === '' && typeof older === 'string') log.eventName = older;
  return log;
}

function readKeyValue(body: Uint8Array, attributes: Map<string, unknown>, budget: OtlpBudget | null): void {
  readEntry(body, budget, 0, (key, value) => attributes.set(key, value));
}

function readAnyValue(body: Uint8Array, budget: OtlpBudget | null, depth: number): unknown {
  budget?.value();
  if (depth >= otlpLimits.depth) return null;
  let result: unknown = null;
  message(body, {
    1: string((value) => (result = value)),
    2: (reader, wire) => {
      expect(wire, WireType.Varint);
      result = reader.bool();
    },
    3: (reader, wire) => {
      expect(wire, WireType.Varint);
      const value = BigInt(reader.int64());
      const number = Number(value);
      result = Number.isSafeInteger(number) ? number : String(value);
    },
    4: (reader, wire) => {
      expect(wire, WireType.Bit64);
      const value = reader.double();
      result = Number.isFinite(value) ? value : null;
    },
    5: bytes((value) => {
      const items: unknown[] = [];
      message(value, { 1: bytes((item) => items.push(readAnyValue(item, budget, depth + 1))) });
      result = items;
    }),
    6: bytes((value) => {
      const object: Json = {};
      message(value, { 1: bytes((entry) => readEntry(entry, budget, depth + 1, (key, item) => setOwn(object, key, item))) });
      result = object;
    }),
    7: bytes((value) => (result = base64(value))),
  });
  return result;
}

function readEntry(body: Uint8Array, budget: OtlpBudget | null, depth: number, set: (key: string, value: unknown) => void): void {
  const entry: { key: string; value: unknown } = { key: '', value: null };
  message(body, { 1: string((text) => (entry.key = text)), 2: bytes((value) => (entry.value = readAnyValue(value, budget, depth))) });
  set(entry.key, entry.value);
}

function hexId(value: Uint8Array, length: number): string | null {
  if (value.length !== length || value.every((byte) => byte === 0)) return null;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As OTLP/JSON writes bytes. */
function base64(value: Uint8Array): string {
  return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(''));
}

/**
 * Which signal a protobuf file holds: spans have 8 bytes of time in fields 7 and 8, log records in 1 and 11.
 * `null` where no record says. Throws `OtlpError`.
 */
export function signalOfProtobuf(body: Uint8Array): 'traces' | 'logs' | null {
  let signal: 'traces' | 'logs' | null = null;
  const skip = (field: number) => (reader: BinaryReader, wire: WireType) => {
    if (wire === WireType.Bit64) signal ??= field > 6 && field < 9 ? 'traces' : 'logs';
    reader.skip(wire, field);
  };
  const times: Fields = { 1: skip(1), 7: skip(7), 8: skip(8), 11: skip(11) };
  read(body, (scope) => {
    if (signal === null) message(scope, { 2: bytes((record) => message(record, times)) });
  });
  return signal;
}
