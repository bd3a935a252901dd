/** OTLP requests (and lines of OTLP files) as records of the canonical schema. */
import { Rejection } from '../records.js';
import { plainOptions, type ShapeOptions } from '../shapes/shape.js';
import type { SourceReject } from '../sources/source.js';
import type { Json } from '../values.js';
import { feedbackOfLog, feedbackOfSpan } from './event.js';
import { logsOfJson, spansOfJson } from './json.js';
import { OtlpBudget, OtlpError, type OtlpLog, type OtlpSpan } from './model.js';
import { applyPatch, ownRecord } from './patch.js';
import { logsOfProtobuf, spansOfProtobuf } from './protobuf.js';
import { documentsOf, interactionOf, sessionOf, userOf, type TraceContext } from './span.js';

export interface DecodedOtlp {
  /** Interactions and feedback of the canonical schema; spans that are no model calls and logs that are no evaluations are not among them. */
  records: Json[];
  /** `line`: number of the span or log record in the request, from 1; 0 for the request as a whole. */
  rejected: SourceReject[];
  /** Why the body as a whole is no OTLP request of that signal; `null` where it is one. */
  unreadable: string | null;
  /** Spans or log records in the request. */
  count: number;
}

/** `body`: bytes as they came (not compressed), or a JSON value. Never throws on content. */
export function decodeOtlp(
  body: unknown,
  signal: 'traces' | 'logs',
  encoding: 'json' | 'protobuf',
  options: ShapeOptions = plainOptions,
): DecodedOtlp {
  try {
    const budget = new OtlpBudget();
    if (encoding === 'protobuf') {
      if (!(body instanceof Uint8Array)) throw new OtlpError('not bytes');
      return signal === 'traces'
        ? recordsOfSpans(spansOfProtobuf(body, budget), options)
        : recordsOfLogs(logsOfProtobuf(body, budget), options);
    }
    const value = body instanceof Uint8Array ? parseBytes(body) : body;
    return signal === 'traces' ? recordsOfSpans(spansOfJson(value, budget), options) : recordsOfLogs(logsOfJson(value, budget), options);
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    return { records: [], rejected: [{ reason: error.message, line: 0 }], unreadable: error.message, count: 0 };
  }
}

function parseBytes(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw new OtlpError('not JSON');
    throw error;
  }
}

/** Collects records; what throws a rejection is counted and the others stand. */
class Collected {
  readonly records: Json[] = [];
  readonly rejected: SourceReject[] = [];

  add(line: number, make: () => Json | null): void {
    try {
      const record = make();
      if (record !== null) this.records.push(record);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      this.rejected.push({ reason: error.reason, line });
    }
  }
}

export function recordsOfLogs(logs: readonly OtlpLog[], options: ShapeOptions): DecodedOtlp {
  const collected = new Collected();
  logs.forEach((log, index) => {
    collected.add(index + 1, () => applyPatch(feedbackOfLog(log, options), log.attributes));
  });
  return { records: collected.records, rejected: collected.rejected, unreadable: null, count: logs.length };
}

export function recordsOfSpans(spans: readonly OtlpSpan[], options: ShapeOptions): DecodedOtlp {
  const collected = new Collected();
  const traces = traceContexts(spans);
  spans.forEach((span, index) => {
    const line = index + 1;
    collected.add(line, () => {
      const trace = span.traceId === null || span.attributes.has(ownRecord) ? undefined : traces.get(span.traceId);
      return applyPatch(interactionOf(span, trace), span.attributes);
    });
    feedbackOfSpan(span, options, (make) => {
      collected.add(line, make);
    });
  });
  return { records: collected.records, rejected: collected.rejected, unreadable: null, count: spans.length };
}

/** Users, sessions and retrieved documents by trace: applications set them on the root or on a retriever's span, not on the model's. */
export function traceContexts(spans: readonly OtlpSpan[]): Map<string, TraceContext> {
  const traces = new Map<string, TraceContext>();
  for (const span of spans) {
    if (span.traceId === null) continue;
    const trace = traces.get(span.traceId) ?? { user: null, session: null, documents: [] };
    traces.set(span.traceId, trace);
    trace.user ??= userOf(span.attributes);
    trace.session ??= sessionOf(span.attributes);
    if (trace.documents.length === 0) trace.documents = documentsOf(span.attributes);
  }
  return traces;
}
