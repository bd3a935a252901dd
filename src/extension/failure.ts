import type { Failure } from '../shared/result.js';

/** An expected failure that a command ends with: its message is one sentence for the user. */
export class FailureError extends Error {
  readonly code: string;
  readonly origin: string | null;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
    this.code = failure.code;
    this.origin = failure.origin ?? null;
  }
}

/** The user stepped out of a flow: ends a command without a word. */
export class Dismissed extends Error {
  constructor() {
    super('Dismissed.');
    this.name = 'Dismissed';
  }
}
