/** OTLP/JSON (camelCase, ids in hex) as protobuf: what an exporter does, for tests. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

type Json = Record<string, unknown>;

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function hex(value: unknown): Uint8Array {
  return new Uint8Array((text(value).match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
}

function anyValue(writer: BinaryWriter, value: Json): void {
  const [entry] = Object.entries(value);
  if (entry === undefined) return;
  const [kind, item] = entry;
  if (kind === 'stringValue') writer.tag(1, WireType.LengthDelimited).string(text(item));
  if (kind === 'boolValue') writer.tag(2, WireType.Varint).bool(item === true);
  if (kind === 'intValue') writer.tag(3, WireType.Varint).int64(String(item));
  if (kind === 'doubleValue') writer.tag(4, WireType.Bit64).double(Number(item));
  if (kind === 'arrayValue') {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const each of list((item as Json)['values'])) {
      writer.tag(1, WireType.LengthDelimited).fork();
      anyValue(writer, each);
      writer.join();
    }
    writer.join();
  }
  if (kind === 'kvlistValue') {
    writer.tag(6, WireType.LengthDelimited).fork();
    attributes(writer, 1, (item as Json)['values']);
    writer.join();
  }
}

function attributes(writer: BinaryWriter, field: number, value: unknown): void {
  for (const { key, value: item } of list(value)) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(text(key));
    writer.tag(2, WireType.LengthDelimited).fork();
    anyValue(writer, item as Json);
    writer.join();
    writer.join();
  }
}

function writeSpan(writer: BinaryWriter, span: Json): void {
  writer.tag(1, WireType.LengthDelimited).bytes(hex(span['traceId']));
  writer.tag(2, WireType.LengthDelimited).bytes(hex(span['spanId']));
  writer.tag(5, WireType.LengthDelimited).string(text(span['name']));
  writer.tag(6, WireType.Varint).int32(Number(span['kind']));
  writer.tag(7, WireType.Bit64).fixed64(text(span['startTimeUnixNano']));
  writer.tag(8, WireType.Bit64).fixed64(text(span['endTimeUnixNano']));
  attributes(writer, 9, span['attributes']);
  writer.tag(15, WireType.LengthDelimited).fork();
  writer.tag(3, WireType.Varint).int32(Number((span['status'] as Json)['code']));
  writer.join();
}

function writeLog(writer: BinaryWriter, log: Json): void {
  writer.tag(1, WireType.Bit64).fixed64(text(log['timeUnixNano']));
  attributes(writer, 6, log['attributes']);
  if (log['traceId'] !== undefined) writer.tag(9, WireType.LengthDelimited).bytes(hex(log['traceId']));
  if (log['spanId'] !== undefined) writer.tag(10, WireType.LengthDelimited).bytes(hex(log['spanId']));
  writer.tag(11, WireType.Bit64).fixed64(text(log['observedTimeUnixNano']));
  writer.tag(12, WireType.LengthDelimited).string(text(log['eventName']));
  // A field that no version of OTLP has: readers skip it.
  writer.tag(200, WireType.LengthDelimited).string('unknown');
}

/** Of a body with `resourceSpans` or `resourceLogs`. */
export function otlpProtobuf(body: Json): Uint8Array {
  const traces = body['resourceSpans'] !== undefined;
  const writer = new BinaryWriter();
  for (const group of list(traces ? body['resourceSpans'] : body['resourceLogs'])) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).fork();
    attributes(writer, 1, (group['resource'] as Json)['attributes']);
    writer.join();
    for (const scope of list(traces ? group['scopeSpans'] : group['scopeLogs'])) {
      writer.tag(2, WireType.LengthDelimited).fork();
      for (const item of list(traces ? scope['spans'] : scope['logRecords'])) {
        writer.tag(2, WireType.LengthDelimited).fork();
        if (traces) writeSpan(writer, item);
        else writeLog(writer, item);
        writer.join();
      }
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}
