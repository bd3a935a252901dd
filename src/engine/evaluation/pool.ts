import { EngineError } from '../errors.js';
import type { ChatRequest, ChatResponse, Clock, Entropy, ModelClient } from '../ports.js';

const attempts = 4;
const firstBackoffMs = 500;
const longestBackoffMs = 20_000;
/** An endpoint that asks for more patience than this is not waited for. */
const longestRetryAfterMs = 60_000;
const faultsToBreak = 20;

export interface PoolPorts {
  clock: Clock;
  entropy: Entropy;
}

/**
 * Asks one model: at most `limit` requests at once, halved when the endpoint says that it is too much and recovering by one for
 * every `limit` answers; retries with jittered backoff; and a breaker that stops asking after 20 faults in a row.
 */
export class ModelPool {
  /** Requests sent, retries included. */
  requests = 0;
  private active = 0;
  private limit: number;
  private good = 0;
  private faults = 0;
  private broken: EngineError | null = null;
  private pausedUntil = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly client: ModelClient,
    readonly most: number,
    private readonly ports: PoolPorts,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.limit = most;
  }

  /** Throws what the client throws after the last attempt; CANCELLED at once when the run is cancelled. */
  async ask(request: ChatRequest): Promise<ChatResponse> {
    for (let attempt = 1; ; attempt++) {
      await this.enter();
      let fault: EngineError;
      try {
        if (this.broken !== null) throw this.broken;
        const wait = this.pausedUntil - this.ports.clock.monotonic();
        if (wait > 0) await this.ports.clock.sleep(wait, this.signal);
        this.requests++;
        const response = await abortable(this.client.chat(request, this.signal), this.signal);
        this.succeeded();
        return response;
      } catch (error) {
        if (!EngineError.is(error)) throw error;
        if (error.code === 'CANCELLED' || error === this.broken) throw error;
        fault = error;
      } finally {
        this.leave();
      }
      const retryable = fault.details['retryable'] === true;
      this.failed(fault);
      const wait = this.backoff(fault, attempt);
      if (!retryable || wait === null) throw fault;
      await this.ports.clock.sleep(wait, this.signal);
    }
  }

  private async enter(): Promise<void> {
    while (this.active >= this.limit) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    if (this.signal?.aborted === true) {
      // Whoever waits behind this one must hear of it as well.
      this.waiting.shift()?.();
      throw new EngineError('CANCELLED', 'Stopped.');
    }
    this.active++;
  }

  private leave(): void {
    this.active--;
    this.waiting.shift()?.();
  }

  private succeeded(): void {
    this.faults = 0;
    this.good++;
    if (this.limit < this.most && this.good >= this.limit) {
      this.limit++;
      this.good = 0;
      this.waiting.shift()?.();
    }
  }

  private failed(fault: EngineError): void {
    this.good = 0;
    this.faults++;
    const status = fault.details['status'];
    if (status === 429 || status === 503) this.limit = Math.max(1, Math.floor(this.limit / 2));
    if (this.faults >= faultsToBreak && this.broken === null) {
      const name = this.client.profile.name;
      this.broken = new EngineError(
        fault.code,
        `The model ${name} is not asked any more after ${String(faultsToBreak)} faults in a row. The last was: ${fault.message}`,
        { ...fault.details, retryable: false, broken: true },
      );
    }
  }

  /** Milliseconds to wait before the next attempt; `null` where there is none. */
  private backoff(fault: EngineError, attempt: number): number | null {
    if (attempt >= attempts || this.broken !== null) return null;
    const asked = fault.details['retryAfterMs'];
    if (typeof asked === 'number') {
      if (asked > longestRetryAfterMs) return null;
      this.pausedUntil = Math.max(this.pausedUntil, this.ports.clock.monotonic() + asked);
      return asked;
    }
    const base = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (attempt - 1));
    // Between half and the whole of it, so that requests that failed together do not come back together.
    return base * (0.5 + Number.parseInt(this.ports.entropy.randomHex(2), 16) / 0xffff / 2);
  }
}

/** The work's result, or CANCELLED as soon as the signal is aborted, whether or not the work listens to it. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = (): void => {
      reject(new EngineError('CANCELLED', 'Stopped.'));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
