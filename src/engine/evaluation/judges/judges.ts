/** The models that judge in one run: one pool a model, answers cached, everything counted. */
import type { JudgeSpend, JudgeUse } from '../../../shared/evalDocument.js';
import type { EngineContext } from '../../api.js';
import type { ModelProfile, WorkspaceConfig } from '../../config/types.js';
import { EngineError } from '../../errors.js';
import type { ChatMessage, ChatRequest, ChatResponse } from '../../ports.js';
import { NotEvaluated } from '../assertions/types.js';
import { isCacheable } from '../asking.js';
import type { CostCap } from '../budget.js';
import { costOf } from '../budget.js';
import { cacheKey, hashText, stableJson } from '../cacheKey.js';
import { ModelPool } from '../pool.js';
import type { Ask } from '../pool.js';
import type { EvalCase } from '../types.js';
import { judgeProfile } from './choice.js';
import type { JudgeKind } from './choice.js';
import type { HumanLabels } from './labels.js';
import type { JudgePort, Judged, JudgeQuestion } from './types.js';
import { Unreadable } from './types.js';

interface JudgeSetup {
  context: EngineContext;
  config: WorkspaceConfig;
  /** Named in messages. */
  suiteFile: string;
  cap: CostCap;
  readCache: boolean;
  timeoutMs: number | null;
  /** Most requests at once to each judge, where the run limits them. */
  concurrency?: number;
  signal?: AbortSignal;
  /** Told in words why a judge is not asked for a while. */
  onWait?: (text: string) => void;
  /** Whether people passed an answer. */
  labels?: HumanLabels;
}

/** A judge with its place in the run. */
interface Seat {
  profile: ModelProfile;
  pool: ModelPool;
  /** Answers that are being waited for, by cache key: a question that two cases ask at once is asked once. */
  flights: Map<string, Promise<unknown>>;
  deterministic: boolean;
  /** The endpoint takes no schema: found out once, remembered for the run. */
  plain: boolean;
  /** Settles when the first request with a schema has an answer: only one finds out whether the endpoint takes it. */
  trial: Promise<void> | null;
}

/** The judges of a run: one pool and one memory of what an endpoint takes for each, whichever suite asks. */
export type JudgeSeats = Map<string, Promise<Seat>>;

const shownAnswer = 4000;

export class Judges {
  /** `seats`: shared by the suites of a run. */
  constructor(
    readonly setup: JudgeSetup,
    private readonly seats: JudgeSeats = new Map<string, Promise<Seat>>(),
  ) {}

  /** The judges as one case in one column asks them; what that takes adds up in its `spent`. */
  forCase(settings: EvalCase['judge'], repeat: number): CaseJudges {
    return new CaseJudges(this, settings, repeat);
  }

  /** Throws NotEvaluated, MODEL_NOT_CONFIGURED, and what the port of models throws. */
  async seat(kind: JudgeKind, written: unknown, settings: EvalCase['judge']): Promise<Seat> {
    const { config, suiteFile } = this.setup;
    const profile = judgeProfile(kind, [written, settings?.provider], config, suiteFile);
    const key = stableJson([kind, profile]);
    const known = this.seats.get(key) ?? this.open(kind, profile);
    this.seats.set(key, known);
    return known;
  }

  private async open(kind: JudgeKind, profile: ModelProfile): Promise<Seat> {
    const { context, concurrency, signal } = this.setup;
    try {
      const client = await context.ports.models.client(profile);
      if (kind === 'embedding' && client.embed === undefined)
        throw new NotEvaluated(
          `the model ${profile.name} makes no vectors of texts; name one that does in defaults.embedding of .ratchet/config.yaml`,
        );
      const most = profile.provider === 'llama' ? 1 : Math.max(1, concurrency ?? profile.concurrency ?? 8);
      const onWait = (ms: number): void => {
        this.setup.onWait?.(`waiting ${String(Math.ceil(ms / 1000))} s for the judge ${profile.name}, which says that it is too much`);
      };
      const pool = new ModelPool(client, { most, onWait }, context.ports, signal);
      return { profile, pool, flights: new Map(), deterministic: client.deterministic, plain: profile.provider !== 'openai', trial: null };
    } catch (error) {
      throw judged(error, profile);
    }
  }

  /** One request within the cost limit; `about` is what it is reckoned by. */
  async send<T extends Counted>(seat: Seat, about: ChatRequest, spent: JudgeSpend, ask: (how: Ask) => Promise<T>): Promise<T> {
    const { profile } = seat;
    const reserve = (): ReturnType<CostCap['reserve']> => this.setup.cap.reserve(profile, about);
    const reserved = reserve();
    if (reserved === null) {
      const message = `The judge ${profile.name} was not asked: the request could pass the cost limit. Raise --max-cost, or lower max_tokens of the model.`;
      throw new EngineError('COST_LIMIT', message, { judge: true, costCap: true });
    }
    let cost: number | null = null;
    const before = spent.requests;
    try {
      const answer = await ask({
        onSent: () => {
          spent.requests++;
        },
        mayRepeat: () => {
          // The one that was lost may have been charged as well.
          const again = reserve();
          again?.settle(null);
          return again !== null;
        },
      });
      const { tokensIn, tokensOut = 0 } = answer;
      cost = costOf(profile, { tokensIn, tokensOut });
      spent.tokensIn = sum(spent.tokensIn, tokensIn);
      spent.tokensOut = sum(spent.tokensOut, tokensOut);
      spent.cost = sum(spent.cost, cost);
      return answer;
    } finally {
      reserved.settle(spent.requests > before ? cost : 0);
    }
  }
}

/** Vectors have no tokens of an answer. */
interface Counted {
  tokensIn: number | null;
  tokensOut?: number | null;
}

const sum = (before: number | null, value: number | null): number | null => (before === null || value === null ? null : before + value);

const nothingSpent = (): JudgeSpend => ({ requests: 0, tokensIn: 0, tokensOut: 0, cost: 0 });

export class CaseJudges implements JudgePort {
  readonly spent = nothingSpent();
  /** Whether any judge was asked, from the cache or not. */
  used = false;

  constructor(
    private readonly judges: Judges,
    private readonly settings: EvalCase['judge'],
    private readonly repeat: number,
  ) {}

  async ask<T>({ provider, messages, schema, read }: JudgeQuestion<T>): Promise<Judged<T>> {
    const seat = await this.judges.seat('text', provider, this.settings);
    this.used = true;
    const format =
      schema === undefined || seat.profile.provider !== 'openai'
        ? {}
        : { response_format: { type: 'json_schema', json_schema: { name: schema.name, strict: true, schema: schema.schema } } };
    const request = this.request(seat, messages, format);
    const question = hashText(stableJson([seat.profile.name, messages])).slice(0, 16);
    const use = (cached: boolean): JudgeUse => ({ model: seat.profile.name, cached, question });
    const key = cacheKey(seat.profile, request);
    const cached = await this.cached(seat, key);
    if (cached !== null) {
      const value = attempt(read, cached.text);
      if (!(value instanceof Unreadable)) return { value, use: use(true) };
    }
    const flight = this.flight<ChatResponse>(seat, key);
    const asked = flight ?? this.readable(seat, request, read);
    seat.flights.set(key, asked);
    try {
      const response = await asked;
      if (flight === undefined && isKept(seat.profile)) await this.judges.setup.context.ports.cache.set(key, response);
      return { value: read(response.text), use: use(flight !== undefined) };
    } catch (error) {
      throw judged(error, seat.profile);
    } finally {
      seat.flights.delete(key);
    }
  }

  /** An answer that can be read, asked for again once with what was wrong. What could not be read is never kept in the cache. */
  private async readable(seat: Seat, request: ChatRequest, read: (text: string) => unknown): Promise<ChatResponse> {
    const first = await this.formatted(seat, request);
    const fault = attempt(read, first.text);
    if (!(fault instanceof Unreadable)) return first;
    const again: ChatMessage[] = [
      ...request.messages,
      { role: 'assistant', content: first.text.slice(0, shownAnswer) },
      {
        role: 'user',
        content: `That cannot be read. ${reasonFor(fault, first)} Write your verdict again, as the first message asks for it, and nothing else.`,
      },
    ];
    const second = await this.formatted(seat, { ...request, messages: again });
    const still = attempt(read, second.text);
    if (!(still instanceof Unreadable)) return second;
    const shown = second.text.trim().slice(0, 120);
    throw new EngineError(
      'JUDGE_UNREADABLE',
      `The judge ${seat.profile.name} answered twice with what cannot be read: ${reasonFor(still, second)} It wrote “${shown}”. Use a stronger model as the judge, or raise its max_tokens.`,
      { judge: true, unreadable: true },
    );
  }

  /** With the schema where the endpoint takes it. Refused once, it is left out for the rest of the run. */
  private async formatted(seat: Seat, request: ChatRequest): Promise<ChatResponse> {
    const { response_format: format, ...params } = request.params;
    const send = (asked: ChatRequest): Promise<ChatResponse> =>
      this.judges.send(seat, asked, this.spent, (how) => seat.pool.ask(asked, how));
    const plain = (): Promise<ChatResponse> => send({ ...request, params });
    if (format === undefined) return plain();
    const { trial } = seat;
    let known = (): void => undefined;
    if (trial !== null) await trial;
    else
      seat.trial = new Promise((resolve) => {
        known = resolve;
      });
    if (seat.plain) return plain();
    try {
      return await send(request);
    } catch (error) {
      if (!EngineError.is(error) || !refusesSchema(error)) throw error;
      seat.plain = true;
    } finally {
      known();
    }
    return plain();
  }

  async embed(texts: readonly string[], provider?: unknown): Promise<Judged<number[][]>> {
    const seat = await this.judges.seat('embedding', provider, this.settings);
    this.used = true;
    const keyOf = (text: string): string =>
      cacheKey(seat.profile, this.request(seat, [{ role: 'user', content: text }], { embedding: true }));
    const wanted = new Map(texts.map((text) => [keyOf(text), text]));
    const found = new Map<string, Promise<number[]>>();
    for (const key of wanted.keys()) {
      const cached = await this.cached(seat, key);
      if (Array.isArray(cached?.output)) found.set(key, Promise.resolve(cached.output as number[]));
    }
    const isCached = found.size === wanted.size;
    for (const key of wanted.keys()) {
      const flight = this.flight<number[]>(seat, key);
      if (flight !== undefined && !found.has(key)) found.set(key, flight);
    }
    const missing = [...wanted].filter(([key]) => !found.has(key));
    try {
      if (missing.length > 0) {
        const asked = this.vectors(seat, missing);
        for (const [index, [key]] of missing.entries()) {
          const one = asked.then((vectors) => vectors[index] ?? []);
          // Whoever waits for it hears of its fault; this is for nobody waiting.
          one.catch(() => undefined);
          seat.flights.set(key, one);
          found.set(key, one);
        }
      }
      const value = await Promise.all(texts.map((text) => found.get(keyOf(text)) ?? Promise.resolve<number[]>([])));
      return {
        value,
        use: { model: seat.profile.name, cached: isCached, question: hashText(stableJson([seat.profile.name, texts])).slice(0, 16) },
      };
    } catch (error) {
      throw judged(error, seat.profile);
    } finally {
      for (const [key] of missing) seat.flights.delete(key);
    }
  }

  private async vectors(seat: Seat, missing: readonly (readonly [string, string])[]): Promise<number[][]> {
    const messages = missing.map(([, text]): ChatMessage => ({ role: 'user', content: text }));
    const texts = missing.map(([, text]) => text);
    const { vectors } = await this.judges.send(seat, this.request(seat, messages, { max_tokens: 0 }), this.spent, (how) =>
      seat.pool.embed(texts, how),
    );
    const [first] = vectors;
    const isSound =
      vectors.length === missing.length && vectors.every((vector) => vector.length === first?.length && vector.every(Number.isFinite));
    if (!isSound || first?.length === 0)
      throw new EngineError('ANSWER_UNREADABLE', 'it did not answer with one vector of numbers for each text. Use a model for embeddings.');
    if (isKept(seat.profile)) {
      const { cache } = this.judges.setup.context.ports;
      for (const [index, [key]] of missing.entries()) await cache.set(key, { ...noAnswer, output: vectors[index] ?? [] });
    }
    return vectors;
  }

  private request(seat: Seat, messages: readonly ChatMessage[], params: Record<string, unknown>): ChatRequest {
    const { timeoutMs } = this.judges.setup;
    // Repeats ask the judge again as well: only so can it be seen whether it says the same twice.
    return { messages: [...messages], params, repeat: seat.deterministic ? 1 : this.repeat, ...(timeoutMs === null ? {} : { timeoutMs }) };
  }

  /** An answer that is waited for; without a cache everybody asks anew. */
  private flight<T>(seat: Seat, key: string): Promise<T> | undefined {
    return this.judges.setup.readCache ? (seat.flights.get(key) as Promise<T> | undefined) : undefined;
  }

  private async cached(seat: Seat, key: string): Promise<ChatResponse | null> {
    const { readCache, context } = this.judges.setup;
    return readCache && isKept(seat.profile) ? context.ports.cache.get(key) : null;
  }
}

/** A vector has a place among the answers that are kept. */
const noAnswer = { text: '', finishReason: null, tokensIn: null, tokensOut: null, latencyMs: 0, recorded: false };

const isKept = (profile: ModelProfile): boolean => isCacheable({ profile });

function attempt<T>(read: (text: string) => T, text: string): T | Unreadable {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}

function reasonFor(fault: Unreadable, response: ChatResponse): string {
  return response.finishReason === 'length' ? `${fault.message} It was cut off at its longest length.` : fault.message;
}

/** What endpoints say that know no schema for answers, or not this part of one. */
function refusesSchema({ details, message }: EngineError): boolean {
  const status = details['status'];
  const isRefusal = status === 400 || status === 404 || status === 415 || status === 422 || status === 501;
  return isRefusal && /response.?format|json.?schema|structured|schema|grammar|guided/iu.test(message);
}

/** Says that it was the judge that failed, and makes it the case's error. */
function judged(error: unknown, profile: ModelProfile): unknown {
  if (!EngineError.is(error) || error.code === 'CANCELLED' || error.details['judge'] === true) return error;
  return new EngineError(error.code, `The judge ${profile.name}: ${error.message}`, { ...error.details, judge: true });
}
