/** Answers of an OTLP/HTTP receiver, in the encoding of the request: `Export…ServiceResponse` and, for errors, `google.rpc.Status`. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { CollectAnswer, OtlpSignal } from './types.js';

export type OtlpEncoding = 'json' | 'protobuf';

/** Names of the count in the partial success, which has the number 1 for all signals. */
const rejectedField: Record<OtlpSignal, string> = { traces: 'rejectedSpans', logs: 'rejectedLogRecords' };

/** Nothing but the empty message where everything was taken. */
export function exportResponse(signal: OtlpSignal, encoding: OtlpEncoding, answer: CollectAnswer): string | Uint8Array {
  const { rejected } = answer;
  if (rejected.length === 0) return encoding === 'json' ? '{}' : new Uint8Array(0);
  const reasons = [...new Set(rejected.map(({ reason }) => reason))].sort();
  const message = `Not used: ${reasons.join(', ')}.`;
  if (encoding === 'json') {
    return JSON.stringify({ partialSuccess: { [rejectedField[signal]]: String(rejected.length), errorMessage: message } });
  }
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(rejected.length)
    .tag(2, WireType.LengthDelimited)
    .string(message)
    .join()
    .finish();
}

/** gRPC's codes, which OTLP borrows. */
export const statusCodes = {
  invalid: 3,
  exhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
  denied: 7,
} as const;

export function statusMessage(encoding: OtlpEncoding, code: number, message: string): string | Uint8Array {
  if (encoding === 'json') return JSON.stringify({ code, message });
  return new BinaryWriter().tag(1, WireType.Varint).int32(code).tag(2, WireType.LengthDelimited).string(message).finish();
}
