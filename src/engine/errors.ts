/** Stable codes: hosts, tests and scripts match on them, never on the text. */
export type ErrorCode =
  | 'BAD_USAGE'
  | 'CONFIG_INVALID'
  | 'PROMPT_NOT_FOUND'
  | 'PROMPT_INVALID'
  | 'PROMPT_TOO_LARGE'
  | 'VARIABLE_MISSING'
  | 'TEMPLATE_FAILED'
  | 'SUITE_NOT_FOUND'
  | 'SUITE_INVALID'
  | 'SOURCE_NOT_FOUND'
  | 'SOURCE_FAILED'
  | 'MODEL_NOT_CONFIGURED'
  | 'MODEL_UNAVAILABLE'
  | 'MODEL_FAILED'
  | 'MODEL_KEY_REFUSED'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_RATE_LIMITED'
  | 'MODEL_REDIRECTS'
  | 'MODEL_REQUEST_REFUSED'
  | 'MODEL_SERVER_FAILED'
  | 'ANSWER_CUT'
  | 'ANSWER_EMPTY'
  | 'ANSWER_FILTERED'
  | 'ANSWER_TOO_LARGE'
  | 'ANSWER_UNREADABLE'
  | 'JUDGE_UNREADABLE'
  | 'REPLAY_MISS'
  | 'KEY_MISSING'
  | 'ORIGIN_NOT_CONFIRMED'
  | 'UNTRUSTED_WORKSPACE'
  | 'OUTSIDE_WORKSPACE'
  | 'TIMEOUT'
  | 'CODE_ENDED'
  | 'CODE_FAILED'
  | 'COST_LIMIT'
  | 'VERSION_NOT_FOUND'
  | 'SUGGESTION_NOT_FOUND'
  | 'SUGGESTION_STALE'
  | 'NOT_CERTIFIED'
  | 'GIT_BUSY'
  | 'GIT_FAILED'
  | 'AUDIT_BROKEN'
  | 'LOCKED'
  | 'IO_FAILED'
  | 'CANCELLED'
  | 'INTERNAL';

/**
 * An expected failure. `message` is one clear sentence that a user sees as it is, and ends with what to do next.
 * Anything else that is thrown is a defect and is shown as "… failed" with the log.
 */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EngineError';
    this.code = code;
    this.details = details;
  }

  static is(error: unknown, code?: ErrorCode): error is EngineError {
    return error instanceof EngineError && (code === undefined || error.code === code);
  }
}

/** Cancellation is not an error to show; hosts test for this code and stay silent. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new EngineError('CANCELLED', 'Stopped.');
}
