import type { ModelProfile } from '../config/types.js';
import type { ChatRequest } from '../ports.js';

const minuteMs = 60_000;
/** Tokens that an answer is taken to have until it is here, where nothing limits it. */
const unknownAnswer = 256;

/**
 * Holds `rpm` and `tpm` of a profile by spreading requests evenly over time: each moves the earliest time of the next by its own share of
 * a minute, so that no minute has more than the limit, and the endpoint sees no bursts.
 */
export class Pace {
  private readonly requestMs: number;
  private readonly tokenMs: number;
  private requestAt = 0;
  private tokenAt = 0;

  constructor({ rpm, tpm }: Pick<ModelProfile, 'rpm' | 'tpm'>, spacingMs: number) {
    this.requestMs = Math.max(spacingMs, rpm === undefined ? 0 : minuteMs / rpm);
    this.tokenMs = tpm === undefined ? 0 : minuteMs / tpm;
  }

  /** Monotonic milliseconds. */
  notBefore(): number {
    return Math.max(this.requestAt, this.tokenAt);
  }

  sent(now: number, tokens: number): void {
    if (this.requestMs > 0) this.requestAt = Math.max(now, this.requestAt) + this.requestMs;
    if (this.tokenMs > 0) this.tokenAt = Math.max(now, this.tokenAt) + tokens * this.tokenMs;
  }

  /** What was taken for granted is made good by what it was. */
  settle(tokens: number, real: number | null): void {
    if (real !== null) this.tokenAt += (real - tokens) * this.tokenMs;
  }
}

/** Estimate: four characters a token, and the longest answer that is allowed. */
export function tokensOf(request: ChatRequest): number {
  const chars = request.messages.reduce((sum, { content }) => sum + content.length, 0);
  const most = request.params['max_completion_tokens'] ?? request.params['max_tokens'];
  return chars / 4 + (typeof most === 'number' ? most : unknownAnswer);
}
