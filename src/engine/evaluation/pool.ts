import { EngineError } from '../errors.js';
import type { ChatRequest, ChatResponse, Clock, Embeddings, Entropy, ModelClient } from '../ports.js';
import { Pace, tokensOf } from './pace.js';

const attempts = 4;
/** What has not come within the time limit seldom comes the second time, and each try takes all of the limit. */
const attemptsAfterTimeout = 2;
const firstBackoffMs = 500;
const longestBackoffMs = 20_000;
const faultsToBreak = 20;
const defaultMaxWaitMs = 600_000;
/** An endpoint that is not there answers 503 as well as one that is busy: it is not waited for as long. */
const unavailableWaitMs = 120_000;

export interface PoolPorts {
  clock: Clock;
  entropy: Entropy;
}

export interface PoolOptions {
  /** Requests at once, at most. */
  most: number;
  /** Milliseconds from one request to the next. */
  spacingMs?: number;
  /** How long an endpoint that says that it is too much is waited for, without one answer in between. Default 10 min. */
  maxWaitMs?: number;
  /** Told when all requests wait, and for how long. */
  onWait?: (ms: number, fault: EngineError) => void;
}

export interface Ask {
  /** Called before each request that is really sent. */
  onSent?: () => void;
  /** Asked before a request that may have been paid for is sent again. */
  mayRepeat?: () => boolean;
}

interface Entry {
  send: () => Promise<unknown>;
  ask: Ask;
  tokens: number;
  spent: (answer: unknown) => number | null;
  tries: number;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Asks one model for all of a run. An endpoint that says that it is too much (429, 503) is no fault: everybody waits as long as it asks,
 * or twice as long as the time before, half as many are asked at once, and the number recovers by one for as many answers. Other faults that
 * pass are tried again with jittered backoff, and after 20 requests in a row that ended in a fault nobody is asked any more.
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
  private pauses = 0;
  /** Answers of the endpoint that belong to requests of an earlier epoch say nothing about the limit of this one. */
  private epoch = 0;
  private limitedSince: number | null = null;
  private waking = false;
  private readonly options: PoolOptions;
  private readonly pace: Pace;
  /** From `next` on; what has gone out is cut off now and then, since taking from the front costs time of its own. */
  private queue: Entry[] = [];
  private next = 0;
  private readonly pending = new Set<Entry>();

  constructor(
    private readonly client: ModelClient,
    most: number | PoolOptions,
    private readonly ports: PoolPorts,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.options = typeof most === 'number' ? { most } : most;
    this.limit = this.options.most;
    this.pace = new Pace(client.profile, this.options.spacingMs ?? 0);
    signal?.addEventListener('abort', () => {
      const stopped = new EngineError('CANCELLED', 'Stopped.');
      for (const entry of this.pending) this.settle(entry, stopped);
      this.queue = [];
      this.next = 0;
    });
  }

  get most(): number {
    return this.options.most;
  }

  /** Throws what the client throws after the last attempt; CANCELLED at once when the run is cancelled, whether or not the client listens. */
  ask(request: ChatRequest, ask: Ask = {}): Promise<ChatResponse> {
    const send = (): Promise<ChatResponse> => this.client.chat(request, this.signal);
    return this.submit(send, ask, tokensOf(request), ({ tokensIn, tokensOut }) =>
      tokensIn === null || tokensOut === null ? null : tokensIn + tokensOut,
    );
  }

  /** As `ask`. Throws MODEL_NOT_CONFIGURED where the model makes no vectors. */
  embed(texts: readonly string[], ask: Ask = {}): Promise<Embeddings> {
    const { client } = this;
    if (client.embed === undefined)
      throw new EngineError(
        'MODEL_NOT_CONFIGURED',
        `The model ${client.profile.name} makes no vectors. Set defaults.embedding to one that does.`,
      );
    const send = (): Promise<Embeddings> => client.embed?.(texts, this.signal) ?? Promise.reject(new Error('gone'));
    const tokens = texts.reduce((sum, text) => sum + text.length / 4, 0);
    return this.submit(send, ask, tokens, ({ tokensIn }) => tokensIn);
  }

  private submit<T>(send: () => Promise<T>, ask: Ask, tokens: number, spent: (answer: T) => number | null): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal?.aborted === true) {
        reject(new EngineError('CANCELLED', 'Stopped.'));
        return;
      }
      // The answer that comes back is the one that `send` made.
      const entry = { send, ask, tokens, spent, tries: 0, resolve, reject } as unknown as Entry;
      this.pending.add(entry);
      this.queue.push(entry);
      this.pump();
    });
  }

  private settle(entry: Entry, error: unknown): void {
    this.pending.delete(entry);
    entry.reject(error);
  }

  /** Sends what may be sent now. Nobody who waits holds a place. */
  private pump(): void {
    while (this.next < this.queue.length && (this.active < this.limit || this.broken !== null)) {
      const entry = this.queue[this.next];
      if (entry === undefined) return;
      if (this.broken !== null) this.settle(entry, this.broken);
      else {
        const now = this.ports.clock.monotonic();
        const wait = Math.max(this.pausedUntil, this.pace.notBefore()) - now;
        if (wait > 0) {
          this.wakeIn(wait);
          return;
        }
        this.pace.sent(now, entry.tokens);
        void this.send(entry);
      }
      this.next++;
    }
    if (this.next < 1024 && this.next < this.queue.length) return;
    this.queue = this.queue.slice(this.next);
    this.next = 0;
  }

  private wakeIn(ms: number): void {
    if (this.waking) return;
    this.waking = true;
    const wake = (): void => {
      this.waking = false;
      // By now the pause may be longer.
      if (this.signal?.aborted !== true) this.pump();
    };
    this.ports.clock.sleep(ms, this.signal).then(wake, wake);
  }

  private async send(entry: Entry): Promise<void> {
    const { epoch } = this;
    this.active++;
    this.requests++;
    entry.tries++;
    entry.ask.onSent?.();
    try {
      const answer = await entry.send();
      this.active--;
      this.succeeded();
      this.pace.settle(entry.tokens, entry.spent(answer));
      this.pending.delete(entry);
      entry.resolve(answer);
    } catch (error) {
      this.active--;
      if (this.pending.has(entry)) this.failed(entry, error, epoch);
    }
    this.pump();
  }

  private succeeded(): void {
    this.faults = 0;
    this.pauses = 0;
    this.limitedSince = null;
    this.good++;
    if (this.limit < this.options.most && this.good >= this.limit) {
      this.limit++;
      this.good = 0;
    }
  }

  private failed(entry: Entry, error: unknown, epoch: number): void {
    if (!EngineError.is(error) || error.code === 'CANCELLED') {
      this.settle(entry, error);
      return;
    }
    const status = error.details['status'];
    if (status === 429 || status === 503) this.limited(entry, error, epoch);
    else if (this.mayTryAgain(entry, error)) {
      const again = (): void => {
        if (!this.pending.has(entry)) return;
        this.queue.splice(this.next, 0, entry);
        this.pump();
      };
      this.ports.clock
        .sleep(this.jittered(Math.min(longestBackoffMs, firstBackoffMs * 2 ** (entry.tries - 1))), this.signal)
        .then(again, again);
    } else {
      if (!isAboutTheAnswer(error) && ++this.faults >= faultsToBreak) this.break(error);
      this.settle(entry, error);
    }
  }

  private mayTryAgain(entry: Entry, error: EngineError): boolean {
    if (error.details['retryable'] !== true || this.broken !== null) return false;
    if (entry.tries >= (error.code === 'TIMEOUT' ? attemptsAfterTimeout : attempts)) return false;
    const mayBePaid = error.code === 'TIMEOUT' || error.code === 'ANSWER_UNREADABLE';
    return !mayBePaid || entry.ask.mayRepeat?.() !== false;
  }

  /** The same request goes out again when the pause is over, before all others. */
  private limited(entry: Entry, error: EngineError, epoch: number): void {
    const now = this.ports.clock.monotonic();
    this.limitedSince ??= now;
    const asked = error.details['retryAfterMs'];
    if (epoch === this.epoch) {
      this.epoch++;
      this.good = 0;
      this.limit = Math.max(1, Math.floor(this.limit / 2));
      const own = this.jittered(Math.min(longestBackoffMs, firstBackoffMs * 2 ** this.pauses));
      this.pauses++;
      // A little later than it asks for, so that clients that were turned away together do not come back together.
      this.pause(now + (typeof asked === 'number' ? asked + this.jittered(Math.min(1000, asked / 10)) : own), error);
    } else if (typeof asked === 'number') this.pause(now + asked, error);
    const most = this.options.maxWaitMs ?? defaultMaxWaitMs;
    const patience = error.details['status'] === 503 && typeof asked !== 'number' ? Math.min(most, unavailableWaitMs) : most;
    if (this.pausedUntil - this.limitedSince > patience) {
      this.break(error, `it wants to be waited for longer than ${String(Math.round(patience / 1000))} s`);
      this.settle(entry, error);
      return;
    }
    entry.tries--;
    this.queue.splice(this.next, 0, entry);
  }

  private pause(until: number, fault: EngineError): void {
    if (until <= this.pausedUntil) return;
    this.pausedUntil = until;
    this.options.onWait?.(until - this.ports.clock.monotonic(), fault);
  }

  private break(fault: EngineError, why = `after ${String(faultsToBreak)} requests in a row that failed`): void {
    this.broken ??= new EngineError(
      fault.code,
      `The model ${this.client.profile.name} is not asked any more: ${why}. The last was: ${fault.message}`,
      { ...fault.details, retryable: false, broken: true },
    );
  }

  /** Between half and the whole of it. */
  private jittered(ms: number): number {
    return ms * (0.5 + Number.parseInt(this.ports.entropy.randomHex(2), 16) / 0xffff / 2);
  }
}

/** Says nothing about the endpoint: another case may get an answer that is whole. */
function isAboutTheAnswer({ code }: EngineError): boolean {
  return code === 'ANSWER_CUT' || code === 'ANSWER_EMPTY' || code === 'ANSWER_FILTERED' || code === 'ANSWER_TOO_LARGE';
}
