import type { EngineContext, PromptService } from '../api.js';
import { EngineError } from '../errors.js';
import type { ChatRequest } from '../ports.js';
import { minimumDetectableEffect } from '../stats/power.js';
import { isCacheable } from './asking.js';
import { costOf } from './budget.js';
import { cacheKey } from './cacheKey.js';
import type { Column } from './columns.js';
import { requestOf } from './runCase.js';
import { jobsOf } from './suitePlan.js';
import type { SuitePlan } from './suitePlan.js';
import type { EvalRequest } from './types.js';

/** Tokens of an answer where neither a limit nor an earlier run tells. */
const unknownAnswer = 256;
/** Variance of one case's difference between two prompts, where nothing is known; the optimizer plans with the same. */
const unknownVariance = 0.25;
/** Verdicts are two-sided at 0.05. */
const alpha = 0.025;

export interface Estimate {
  requests: number;
  /** Four characters a token; answers as long as those of the suite's last run, at most `max_tokens`. */
  tokens: { in: number; out: number };
  /** `null` where a model that is asked has no price. */
  cost: number | null;
}

/** What a run would send and what that would take, cached answers left out. `answerTokens`: of an answer of the suite's last run. */
export async function estimate(
  context: EngineContext,
  prompts: PromptService,
  plan: SuitePlan,
  request: EvalRequest,
  answerTokens: number | null,
): Promise<Estimate> {
  const asked = new Set<string>();
  const readCache = request.noCache !== true && plan.suite.options.cache;
  const sum: Estimate = { requests: 0, tokens: { in: 0, out: 0 }, cost: 0 };
  for (const job of jobsOf(plan)) {
    // Whoever cannot be asked is not.
    if (job.column.fault !== null || job.entry.problem !== undefined || job.entry.providerOutput !== undefined) continue;
    try {
      const chat = requestOf(prompts, job, null);
      const isKept = isCacheable(job.column);
      if (readCache && isKept) {
        const key = cacheKey(job.column.profile, chat);
        if (asked.has(key) || (await context.ports.cache.get(key)) !== null) continue;
        asked.add(key);
      }
      sum.requests++;
      if (isKept) add(sum, job.column, chat, answerTokens);
    } catch (error) {
      // A case that cannot be rendered sends nothing; the run says why.
      if (!EngineError.is(error)) throw error;
    }
  }
  return { ...sum, tokens: { in: Math.round(sum.tokens.in), out: Math.round(sum.tokens.out) } };
}

function add(sum: Estimate, { profile }: Column, request: ChatRequest, answerTokens: number | null): void {
  const params = { ...profile.params, ...request.params };
  const most = params['max_completion_tokens'] ?? params['max_tokens'];
  const tokensIn = request.messages.reduce((chars, { content }) => chars + content.length, 0) / 4;
  const tokensOut = Math.min(answerTokens ?? unknownAnswer, typeof most === 'number' ? most : Infinity);
  sum.tokens.in += tokensIn;
  sum.tokens.out += tokensOut;
  if (profile.provider !== 'openai') return;
  const cost = costOf(profile, { tokensIn, tokensOut });
  sum.cost = sum.cost === null || cost === null ? null : sum.cost + cost;
}

/** Smallest difference of pass rates that a paired comparison of so many cases would show, four times in five; `null` for no cases. */
export function smallestDifference({ cases, repeat }: Pick<SuitePlan, 'cases' | 'repeat'>): number | null {
  if (cases.length === 0) return null;
  const found = minimumDetectableEffect({ betweenVar: unknownVariance, withinVar: 0, repeats: repeat, cases: cases.length, alpha });
  return Math.min(1, found);
}
