import type { CaseResult, SuiteReport } from '../../shared/evalDocument.js';
import { mapLimit } from '../../shared/async.js';
import type { EngineContext, EvalHooks, PromptService } from '../api.js';
import type { ModelProfile } from '../config/types.js';
import { EngineError } from '../errors.js';
import type { ChatResponse, ModelClient } from '../ports.js';
import type { CostCap } from './budget.js';
import { cacheKey, hashText, stableJson } from './cacheKey.js';
import { runsIn } from './columns.js';
import type { Column } from './columns.js';
import { healthOf } from './health.js';
import { ModelPool } from './pool.js';
import { columnsOf, metricEstimatesOf, metricsOf, passRate, statsOf } from './report.js';
import { isCacheable, requestOf, runCase } from './runCase.js';
import type { CaseRunner, Job } from './runCase.js';
import { resultKey } from './runStore.js';
import type { RunJournal } from './runStore.js';
import type { EvalCase, EvalRequest, Suite } from './types.js';

export interface SuitePlan {
  suite: Suite;
  columns: Column[];
  cases: EvalCase[];
  repeat: number;
}

export interface SuiteRun {
  context: EngineContext;
  prompts: PromptService;
  request: EvalRequest;
  hooks: EvalHooks;
  cap: CostCap;
  journal: RunJournal | null;
  done: ReadonlyMap<string, CaseResult>;
  signal?: AbortSignal;
}

/** Cases of a suite that the request wants: exact ids, or a text or `/pattern/` in id or name. Throws BAD_USAGE. */
export function selectCases(suite: Suite, request: EvalRequest): EvalCase[] {
  const ids = request.cases === undefined ? null : new Set(request.cases);
  const matches = filterOf(request.filter);
  return suite.cases.filter((entry) => (ids === null || ids.has(entry.id)) && matches(`${nameOf(entry)} ${entry.id}`));
}

/** As reports call it: the description, else its first variable that is a text. */
function nameOf(entry: EvalCase): string {
  return entry.description ?? Object.values(entry.vars).find((value) => typeof value === 'string') ?? '';
}

function filterOf(filter: string | undefined): (text: string) => boolean {
  if (filter === undefined || filter === '') return () => true;
  const pattern = /^\/(.*)\/([i]?)$/u.exec(filter);
  if (pattern === null) return (text) => text.toLowerCase().includes(filter.toLowerCase());
  try {
    const expression = new RegExp(pattern[1] ?? '', pattern[2]);
    return (text) => expression.test(text);
  } catch (error) {
    throw new EngineError(
      'BAD_USAGE',
      `The filter ${filter} is no pattern (${error instanceof Error ? error.message : String(error)}). Use text or /pattern/.`,
    );
  }
}

/** Column by column, so that consecutive requests share their prompt: a local model keeps it in its cache. */
export function jobsOf({ columns, cases, repeat }: SuitePlan): Job[] {
  const jobs: Job[] = [];
  for (const column of columns) {
    const own = cases.filter((entry) => runsIn(entry, column));
    const most = own.reduce((rounds, entry) => Math.max(rounds, entry.repeat ?? 0), repeat);
    for (let round = 1; round <= most; round++) {
      for (const entry of own) if (round <= (entry.repeat ?? repeat)) jobs.push({ column, entry, repeat: round });
    }
  }
  return jobs;
}

/** Text and model of a column: what an answer depends on beside the case. */
function fingerprint(column: Column): string {
  return hashText(stableJson([column.prompt, column.document.sha256, column.provider, column.profile])).slice(0, 16);
}

function limitOf(profile: ModelProfile, suite: Suite, request: EvalRequest): number {
  if (profile.provider === 'llama') return 1;
  return Math.max(
    1,
    request.concurrency ?? suite.options.maxConcurrency ?? profile.concurrency ?? (profile.provider === 'openai' ? 8 : 32),
  );
}

/** Counts tokens of what was really asked. */
function counted(client: ModelClient, spent: { tokensIn: number | null; tokensOut: number | null; any: boolean }): ModelClient {
  return {
    profile: client.profile,
    deterministic: client.deterministic,
    async chat(request, signal): Promise<ChatResponse> {
      const response = await client.chat(request, signal);
      const before = spent.any;
      spent.any = true;
      spent.tokensIn = add(before ? spent.tokensIn : 0, response.tokensIn);
      spent.tokensOut = add(before ? spent.tokensOut : 0, response.tokensOut);
      return response;
    },
    close: () => client.close(),
  };
}

function add(sum: number | null, value: number | null): number | null {
  return sum === null || value === null ? null : sum + value;
}

/** Runs one suite. Cancelled, it returns what was done with `complete: false`. */
export async function runSuite(run: SuiteRun, plan: SuitePlan): Promise<{ report: SuiteReport; complete: boolean }> {
  const { context, request, hooks, signal } = run;
  const { suite, columns } = plan;
  const started = context.ports.clock.monotonic();
  const spent: { tokensIn: number | null; tokensOut: number | null; any: boolean } = { tokensIn: null, tokensOut: null, any: false };
  const pools = poolsOf(run, plan, spent);
  const runner: CaseRunner = {
    context,
    prompts: run.prompts,
    pools,
    cap: run.cap,
    readCache: request.noCache !== true && suite.options.cache,
    timeoutMs: request.timeoutMs ?? suite.options.timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  };
  const jobs = jobsOf(plan);
  const prints = new Map(columns.map((column) => [column.id, fingerprint(column)]));
  const progress = { suite: suite.file, done: 0, total: jobs.length, cached: 0, failed: 0, errored: 0 };
  let cancelled = false;
  hooks.onStart?.(suite.file, columnsOf(columns, []));

  const work = async (job: Job): Promise<CaseResult | null> => {
    if (signal?.aborted === true) cancelled = true;
    if (cancelled) return null;
    const print = prints.get(job.column.id) ?? '';
    try {
      const earlier = run.done.get(resultKey(suite.file, print, { id: job.entry.id, repeat: job.repeat }));
      const result = earlier === undefined ? await runCase(runner, job) : { ...earlier, column: job.column.id };
      if (earlier === undefined) await run.journal?.add(suite.file, print, result);
      progress.done++;
      if (result.cached) progress.cached++;
      if (result.status === 'fail') progress.failed++;
      if (result.status === 'error') progress.errored++;
      hooks.onCase?.(suite.file, result);
      hooks.onProgress?.({ ...progress });
      return result;
    } catch (error) {
      if (!EngineError.is(error, 'CANCELLED')) throw error;
      cancelled = true;
      return null;
    }
  };

  const width = Math.max(1, ...[...pools.values()].map((pool) => pool.most)) * 2 + 8;
  const results = (await mapLimit(jobs, width, work)).filter((result) => result !== null);
  const requests = [...new Set(pools.values())].reduce((sum, pool) => sum + pool.requests, 0);
  const seconds = Math.round(context.ports.clock.monotonic() - started) / 1000;
  const own = new Set(columns.filter(({ baselineOf }) => baselineOf === null).map(({ id }) => id));
  const main = results.filter((result) => own.has(result.column));
  const report: SuiteReport = {
    suite: suite.file,
    columns: columnsOf(columns, results),
    stats: statsOf(main, { requests, seconds, tokensIn: spent.tokensIn, tokensOut: spent.tokensOut }, results),
    passRate: passRate(main),
    cases: results,
    metrics: metricsOf(main),
    metricEstimates: metricEstimatesOf(main),
    health: healthOf(suite, main),
    baseline: null,
  };
  if (main.length < results.length) {
    const other = results.filter((result) => !own.has(result.column));
    // What was asked is counted for the run as a whole, above.
    report.baselineStats = statsOf(other, { requests: 0, seconds: 0, tokensIn: null, tokensOut: null });
  }
  return { report, complete: !cancelled };
}

/** One pool a model: columns of the same profile share it. */
function poolsOf(run: SuiteRun, { suite, columns }: SuitePlan, spent: Parameters<typeof counted>[1]): Map<string, ModelPool> {
  const byClient = new Map<ModelClient, ModelPool>();
  const pools = new Map<string, ModelPool>();
  for (const { id, client, profile } of columns) {
    if (client === null) continue;
    const pool =
      byClient.get(client) ?? new ModelPool(counted(client, spent), limitOf(profile, suite, run.request), run.context.ports, run.signal);
    byClient.set(client, pool);
    pools.set(id, pool);
  }
  return pools;
}

/** How many requests a run would send, cached answers left out. */
export async function countRequests(
  context: EngineContext,
  prompts: PromptService,
  plan: SuitePlan,
  request: EvalRequest,
): Promise<number> {
  const asked = new Set<string>();
  let uncacheable = 0;
  for (const job of jobsOf(plan)) {
    // Whoever cannot be asked is not.
    if (job.column.fault !== null || job.entry.problem !== undefined) continue;
    try {
      const chat = requestOf(prompts, job, null);
      if (!isCacheable(job.column)) {
        uncacheable++;
        continue;
      }
      const key = cacheKey(job.column.profile, chat);
      const cached = request.noCache !== true && plan.suite.options.cache && (await context.ports.cache.get(key)) !== null;
      if (!cached) asked.add(key);
    } catch (error) {
      // A case that cannot be rendered sends nothing; the run says why.
      if (!EngineError.is(error)) throw error;
    }
  }
  return asked.size + uncacheable;
}
