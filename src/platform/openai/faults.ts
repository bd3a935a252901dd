import type * as Package from './openaiPackage.js';
import { EngineError } from '../../engine/errors.js';
import type { ErrorCode } from '../../engine/errors.js';

/** `details.kind` of a fault; the runner retries where `details.retryable` is true. */
export type FaultKind =
  'auth' | 'rate-limit' | 'server' | 'connection' | 'timeout' | 'bad-request' | 'not-found' | 'bad-answer' | 'too-large' | 'redirect';

const codes: Record<FaultKind, ErrorCode> = {
  auth: 'MODEL_KEY_REFUSED',
  'rate-limit': 'MODEL_RATE_LIMITED',
  server: 'MODEL_SERVER_FAILED',
  connection: 'MODEL_UNAVAILABLE',
  timeout: 'TIMEOUT',
  'bad-request': 'MODEL_REQUEST_REFUSED',
  'not-found': 'MODEL_NOT_FOUND',
  'bad-answer': 'ANSWER_UNREADABLE',
  'too-large': 'ANSWER_TOO_LARGE',
  redirect: 'MODEL_REDIRECTS',
};

const longest = 300;

/** Milliseconds that the endpoint asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const exact = Number(headers?.get('retry-after-ms') ?? NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const value = headers?.get('retry-after');
  if (value === null || value === undefined || value === '') return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds < 0 ? null : seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 403) return 'auth';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limit';
  return status >= 500 || status === 408 ? 'server' : 'bad-request';
}

const next: Record<FaultKind, string> = {
  auth: 'Check the key of this endpoint.',
  'rate-limit': 'Lower the concurrency or try again later.',
  server: 'Try again later.',
  connection: 'Check that it runs and that baseUrl is right.',
  timeout: 'Raise timeoutMs of the model or try again later.',
  'bad-request': 'Check the model’s name and params in .ratchet/config.yaml.',
  'not-found': 'Check baseUrl and the model’s name in .ratchet/config.yaml.',
  'bad-answer': 'Check that baseUrl is an OpenAI-compatible address (it usually ends in /v1).',
  'too-large': 'Lower max_tokens, or check what this endpoint sends.',
  redirect: 'Write the final address as baseUrl.',
};

/** A fault as the user sees it. `key` is cut out of whatever the endpoint wrote. */
export function fault(kind: FaultKind, origin: string, said: string, key: string | null, more: Record<string, unknown> = {}): EngineError {
  const clean = (key === null ? said : said.replaceAll(key, '[key]')).replace(/\s+/g, ' ').trim().slice(0, longest);
  const retryable = kind === 'rate-limit' || kind === 'server' || kind === 'connection' || kind === 'timeout';
  const sentence = clean.replace(/[.!\s]+$/, '');
  return new EngineError(codes[kind], `${origin}: ${sentence}. ${next[kind]}`, {
    kind,
    retryable,
    ...more,
  });
}

/**
 * Turns what the `openai` package throws into our errors (`thrown`: its classes, where it was asked). Its own errors are never passed on as a
 * cause: they may hold headers.
 */
export function toFault(error: unknown, origin: string, key: string | null, now: number, thrown?: typeof Package): EngineError {
  if (EngineError.is(error)) return error;
  if (thrown !== undefined && error instanceof thrown.APIConnectionError) {
    const nested = engineErrorIn(error.cause);
    return nested ?? fault('connection', origin, `no connection (${causeCode(error.cause) ?? error.message})`, key);
  }
  if (thrown !== undefined && error instanceof thrown.APIError && typeof error.status === 'number') {
    const wait = retryAfterMs(error.headers as Headers | undefined, now);
    const more = { status: error.status, ...(wait === null ? {} : { retryAfterMs: wait }) };
    return fault(kindOfStatus(error.status), origin, error.message, key, more);
  }
  const message = error instanceof Error ? error.message : String(error);
  // What fetch itself throws where nobody answers; the package wraps it, a probe does not.
  if (error instanceof TypeError && message === 'fetch failed')
    return fault('connection', origin, `no connection (${causeCode(error) ?? message})`, key);
  // A body that is no JSON: cut on its way as far as one can tell, so it is tried again.
  return fault('bad-answer', origin, `the answer could not be read (${causeCode(error) ?? message})`, key, { retryable: true });
}

function engineErrorIn(cause: unknown): EngineError | null {
  for (let at = cause; at instanceof Error; at = at.cause) if (EngineError.is(at)) return at;
  return null;
}

function causeCode(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return null;
}
