/** Lines of the OTLP file format: each holds a request's worth of traces or logs. */
import { decodeOtlp } from '../otlp/decode.js';
import { rejectReasons, Rejection } from '../records.js';
import type { Shape } from './shape.js';

export const otlp: Shape = {
  name: 'otlp',
  title: 'OpenTelemetry traces and logs (OTLP)',
  matches: (record) =>
    record['resourceSpans'] !== undefined ||
    record['resourceLogs'] !== undefined ||
    record['resource_spans'] !== undefined ||
    record['resource_logs'] !== undefined,
  convert(record, options, emit, reject) {
    const traces = record['resourceSpans'] !== undefined || record['resource_spans'] !== undefined;
    const decoded = decodeOtlp(record, traces ? 'traces' : 'logs', 'json', options);
    if (decoded.unreadable !== null) throw new Rejection(rejectReasons.notOtlp);
    for (const each of decoded.records) emit(each, record);
    for (const each of decoded.rejected) reject(each.reason);
  },
};
