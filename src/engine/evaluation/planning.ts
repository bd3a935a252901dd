import type { EngineContext, PromptService } from '../api.js';
import { EngineError } from '../errors.js';
import { isCacheable } from './asking.js';
import { cacheKey } from './cacheKey.js';
import { requestOf } from './runCase.js';
import { jobsOf } from './suitePlan.js';
import type { SuitePlan } from './suitePlan.js';
import type { EvalRequest } from './types.js';

/** How many requests a run would send, cached answers left out. */
export async function countRequests(
  context: EngineContext,
  prompts: PromptService,
  plan: SuitePlan,
  request: EvalRequest,
): Promise<number> {
  const asked = new Set<string>();
  const readCache = request.noCache !== true && plan.suite.options.cache;
  let each = 0;
  for (const job of jobsOf(plan)) {
    // Whoever cannot be asked is not.
    if (job.column.fault !== null || job.entry.problem !== undefined || job.entry.providerOutput !== undefined) continue;
    try {
      const chat = requestOf(prompts, job, null);
      if (!readCache || !isCacheable(job.column)) {
        each++;
        continue;
      }
      const key = cacheKey(job.column.profile, chat);
      if (!asked.has(key) && (await context.ports.cache.get(key)) === null) asked.add(key);
    } catch (error) {
      // A case that cannot be rendered sends nothing; the run says why.
      if (!EngineError.is(error)) throw error;
    }
  }
  return asked.size + each;
}
