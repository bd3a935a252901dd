import { EngineError } from '../errors.js';
import type { ChatRequest, ChatResponse, Logger, ResponseCache } from '../ports.js';
import { costOf } from './budget.js';
import type { CostCap } from './budget.js';
import { cacheKey } from './cacheKey.js';
import type { Column } from './columns.js';
import type { ModelPool } from './pool.js';

/** What asking took, by case or added up. Tokens and cost are `null` where an answer did not say. */
export interface Spent {
  requests: number;
  answers: number;
  tokensIn: number | null;
  tokensOut: number | null;
  cost: number | null;
}

export function nothingSpent(): Spent {
  return { requests: 0, answers: 0, tokensIn: 0, tokensOut: 0, cost: 0 };
}

export function addSpent(sum: Spent, more: Spent): void {
  sum.requests += more.requests;
  sum.answers += more.answers;
  sum.tokensIn = plus(sum.tokensIn, more.tokensIn);
  sum.tokensOut = plus(sum.tokensOut, more.tokensOut);
  sum.cost = plus(sum.cost, more.cost);
}

function plus(sum: number | null, value: number | null): number | null {
  return sum === null || value === null ? null : sum + value;
}

const cacheable: ReadonlySet<string> = new Set(['openai', 'llama', 'http', 'vscode']);

/** Answers to the others are neither costly nor slow, so they are not kept. */
export function isCacheable({ profile }: Pick<Column, 'profile'>): boolean {
  // What is recorded has to be asked: an answer from the cache would be missing in the recording.
  return cacheable.has(profile.provider) && profile.record !== true;
}

export interface Question {
  column: Column;
  request: ChatRequest;
  readCache: boolean;
  /** Why an answer is none; it is then thrown and not kept. */
  faultOf: (response: ChatResponse) => EngineError | null;
  spent: Spent;
}

export interface Answer {
  response: ChatResponse;
  cached: boolean;
  /** Key of what was asked, where the answer is kept. */
  key: string | null;
}

/** A run that is gone on with: answers that it had and could not write down are its own, and were not there before. */
export interface Interrupted {
  startedMs: number;
  /** Keys whose answer a finished case has already counted. */
  keys: Set<string>;
}

/** Cache, equal requests, cost limit and pool: how every case of a run gets its answer. */
export class Asking {
  /** Requests under way by their key: who wants the same answer waits for it. */
  private readonly flights = new Map<string, Promise<ChatResponse>>();
  private isCacheBroken = false;

  constructor(
    private readonly cache: ResponseCache,
    private readonly poolOf: (column: Column) => ModelPool | undefined,
    private readonly cap: CostCap,
    private readonly interrupted: Interrupted | null,
    private readonly logger: Logger,
  ) {}

  /** Throws what the pool throws, what `faultOf` gives, and COST_LIMIT where the request could cost more than is left. */
  async ask(question: Question): Promise<Answer> {
    const { column, request, readCache, faultOf } = question;
    const key = isCacheable(column) ? cacheKey(column.profile, request) : null;
    if (key === null) return { response: await this.send(question, null), cached: false, key };
    if (!readCache) return { response: await this.send(question, key), cached: false, key };
    const flight = this.flights.get(key);
    if (flight !== undefined) {
      const response = await flight;
      const fault = faultOf(response);
      if (fault !== null) throw fault;
      return { response, cached: true, key };
    }
    const asked = this.fromCache(question, key);
    const answered = asked.then(({ response }) => response);
    // Whoever waits for it hears of its fault; this is for nobody waiting.
    answered.catch(() => undefined);
    this.flights.set(key, answered);
    try {
      return await asked;
    } finally {
      this.flights.delete(key);
    }
  }

  private async fromCache(question: Question, key: string): Promise<Answer> {
    const known = await this.cache.get(key);
    // One that was cut is asked again: perhaps under another limit of the endpoint.
    if (known !== null && question.faultOf(known) === null) {
      if (!(await this.isOwn(key))) return { response: known, cached: true, key };
      count(question, known);
      question.spent.requests++;
      return { response: known, cached: false, key };
    }
    return { response: await this.send(question, key), cached: false, key };
  }

  /** Nobody waits for the disk. An answer that cannot be kept is an answer all the same. */
  private keep(key: string, response: ChatResponse): void {
    this.cache.set(key, response).catch((error: unknown) => {
      if (!this.isCacheBroken)
        this.logger.warn(`Answers are not kept in the cache: ${error instanceof Error ? error.message : String(error)}`);
      this.isCacheBroken = true;
    });
  }

  private async isOwn(key: string): Promise<boolean> {
    const { interrupted } = this;
    if (interrupted === null || interrupted.keys.has(key)) return false;
    const created = await this.cache.createdMs?.(key);
    if (created === undefined || created === null || created < interrupted.startedMs) return false;
    interrupted.keys.add(key);
    return true;
  }

  private async send(question: Question, key: string | null): Promise<ChatResponse> {
    const { column, request, spent, faultOf } = question;
    const pool = this.poolOf(column);
    if (pool === undefined) throw new EngineError('INTERNAL', `There is nobody to ask for column ${column.id}. Report this.`);
    const reserved = await this.cap.reserveInTime(column.profile, request);
    if (reserved === null)
      throw new EngineError(
        'COST_LIMIT',
        'Not asked: the request could pass the cost limit. Raise --max-cost, or lower max_tokens of the model.',
        { costCap: true },
      );
    let cost: number | null = null;
    const before = spent.requests;
    try {
      const response = await pool.ask(request, {
        onSent: () => {
          spent.requests++;
        },
        mayRepeat: () => {
          // The one that was lost may have been charged as well.
          const again = this.cap.reserve(column.profile, request);
          again?.settle(null);
          return again !== null;
        },
      });
      cost = count(question, response);
      const fault = faultOf(response);
      if (fault !== null) throw fault;
      if (key !== null) this.keep(key, response);
      return response;
    } finally {
      reserved.settle(spent.requests > before ? cost : 0);
    }
  }
}

/** Returns the cost. */
function count({ column, spent }: Question, response: ChatResponse): number | null {
  const cost = costOf(column.profile, response);
  addSpent(spent, { requests: 0, answers: 1, tokensIn: response.tokensIn, tokensOut: response.tokensOut, cost });
  return cost;
}
