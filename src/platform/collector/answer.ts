/** What is written back: JSON for our own endpoints, the request's encoding for OTLP. Nothing of the inside shows. */
import type { ServerResponse } from 'node:http';
import { CollectError, type CollectAnswer } from '../../engine/collector/types.js';
import { exportResponse, statusCodes, statusMessage, type OtlpEncoding } from '../../engine/collector/otlpAnswer.js';
import type { OtlpSignal } from '../../engine/collector/types.js';
import { BodyError } from './receive.js';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  type?: string;
  body?: string | Uint8Array;
}

export interface Otlp {
  signal: OtlpSignal;
  encoding: OtlpEncoding;
}

const json = 'application/json';
/** Lines that were refused are listed up to here; the counts are of all. */
const shownRefusals = 100;
const nothingUsed = 'Nothing of it could be used.';

export function failure(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return { status, headers, type: json, body: JSON.stringify({ error: message }) };
}

export function collected(answer: CollectAnswer): Answer {
  const { accepted, duplicates, rejected } = answer;
  const used = accepted + duplicates > 0 || rejected.length === 0;
  const body = {
    ...(used ? {} : { error: nothingUsed }),
    accepted,
    duplicates,
    rejected: rejected.length > shownRefusals ? rejected.slice(0, shownRefusals) : rejected,
    ...(rejected.length > shownRefusals ? { rejectedTotal: rejected.length } : {}),
  };
  return { status: used ? 200 : 400, type: json, body: JSON.stringify(body) };
}

export function exported(otlp: Otlp, answer: CollectAnswer): Answer {
  return { status: 200, type: otlpType(otlp), body: exportResponse(otlp.signal, otlp.encoding, answer) };
}

/**
 * `null` for what is no fault of the request: a defect, which is logged and answered with 500. A full disk is 507, but 503 to
 * an OTLP exporter, which sends again after 503 and throws its records away after 507.
 */
export function refusal(error: unknown, otlp: Otlp | null): Answer | null {
  if (error instanceof BodyError) {
    const headers: Record<string, string> =
      error.status === 429 ? { 'retry-after': '1' } : error.status === 415 ? { accept: accepts(otlp) } : {};
    return inEncoding(failure(error.status, error.message, headers), otlp);
  }
  if (!(error instanceof CollectError)) return null;
  switch (error.fault) {
    case 'malformed':
      return inEncoding(failure(400, error.message), otlp);
    case 'busy':
      return inEncoding(failure(429, error.message, { 'retry-after': '1' }), otlp);
    case 'full':
      return inEncoding(failure(otlp === null ? 507 : 503, error.message, { 'retry-after': '10' }), otlp);
    case 'failing':
      return inEncoding(failure(503, error.message, { 'retry-after': '5' }), otlp);
    case 'stopping':
      return inEncoding(failure(503, error.message, { 'retry-after': '1', connection: 'close' }), otlp);
  }
}

/** The same answer as an OTLP exporter reads it. */
export function inEncoding(answer: Answer, otlp: Otlp | null): Answer {
  if (otlp === null) return answer;
  const { error } = JSON.parse(String(answer.body)) as { error: string };
  return { ...answer, type: otlpType(otlp), body: statusMessage(otlp.encoding, grpcCode(answer.status), error) };
}

export function accepts(otlp: Otlp | null): string {
  return otlp === null ? 'application/json, application/x-ndjson' : 'application/x-protobuf, application/json';
}

export function send(response: ServerResponse, answer: Answer, more: Record<string, string>): void {
  const { status, headers, type, body = '' } = answer;
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, {
    ...more,
    ...headers,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(status === 204 ? {} : { 'content-length': String(bytes) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function otlpType(otlp: Otlp): string {
  return otlp.encoding === 'json' ? json : 'application/x-protobuf';
}

function grpcCode(status: number): number {
  if (status === 401) return statusCodes.unauthenticated;
  if (status === 403) return statusCodes.denied;
  if (status === 404 || status === 405) return statusCodes.unimplemented;
  if (status === 429 || status === 413) return statusCodes.exhausted;
  if (status === 503 || status === 507) return statusCodes.unavailable;
  return status >= 500 ? statusCodes.internal : statusCodes.invalid;
}
