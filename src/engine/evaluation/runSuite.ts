import type { CaseResult, SuiteReport } from '../../shared/evalDocument.js';
import type { EngineContext, EvalHooks, PromptService } from '../api.js';
import type { WorkspaceConfig } from '../config/types.js';
import { EngineError } from '../errors.js';
import { addSpent, Asking, nothingSpent } from './asking.js';
import type { Spent } from './asking.js';
import type { CostCap } from './budget.js';
import { hashText, stableJson } from './cacheKey.js';
import { codeOfSuite, MadeVars } from './caseCode.js';
import type { Column } from './columns.js';
import { Comparing, isCompared } from './comparing.js';
import { derivedOf } from './derivedMetrics.js';
import { healthOf } from './health.js';
import { Judges } from './judges/judges.js';
import type { JudgeSeats } from './judges/judges.js';
import type { HumanLabels } from './judges/labels.js';
import { withJudges } from './judges/spend.js';
import type { Place, RunJournal } from './journal.js';
import { runLanes } from './lanes.js';
import type { Lane } from './lanes.js';
import type { ModelPool } from './pool.js';
import { Pools } from './pools.js';
import { columnsOf, metricEstimatesOf, metricsOf, passRate, statsOf } from './report.js';
import { compareCase, runCase } from './runCase.js';
import type { CaseRunner, Job, Trace } from './runCase.js';
import { resultKey } from './runStore.js';
import type { Resumed } from './runStore.js';
import { slim } from './slim.js';
import { jobsOf } from './suitePlan.js';
import type { SuitePlan } from './suitePlan.js';
import type { EvalProgress, EvalRequest, Suite } from './types.js';

export interface Run {
  context: EngineContext;
  prompts: PromptService;
  request: EvalRequest;
  hooks: EvalHooks;
  /** For the models that judge. */
  config: WorkspaceConfig;
  /** Whether people passed an answer, to compare judges with. */
  labels?: HumanLabels;
  cap: CostCap;
  /** `null` for a trial: nothing of it is written down. */
  journal: RunJournal | null;
  resumed: Resumed | null;
  /** Keep answers and reasons in memory: for whoever needs them all at once, and where there is no journal. */
  whole: boolean;
  signal?: AbortSignal;
}

export interface SuiteOutcome {
  /** Its cases are slim, unless the run kept them whole. */
  report: SuiteReport;
  complete: boolean;
  /** The cases with everything, in the report's order. */
  cases(): AsyncIterable<CaseResult>;
}

interface RunJob extends Job {
  suite: SuiteRun;
  /** Place in the plan, and so in the report. */
  index: number;
  trace: Trace;
  /** Where it stands in the journal of a run that is gone on with. */
  place: Place | null;
}

/** Cases that did not pass and are kept with their texts: a report for people shows a few. */
const mostShown = 50;

/** Text and model of a column: what an answer depends on beside the case. */
function fingerprint(column: Column): string {
  const { prompt, document, provider, profile, baselineOf } = column;
  return hashText(stableJson([prompt, document.sha256, provider, profile, baselineOf !== null])).slice(0, 16);
}

/** One suite while it runs. */
class SuiteRun {
  readonly jobs: RunJob[];
  readonly runner: CaseRunner;
  private readonly results: (CaseResult | null)[];
  private readonly places: (Place | null)[];
  private readonly spent: Spent;
  private readonly prints: ReadonlyMap<string, string>;
  private readonly progress: EvalProgress;
  private endedAt: number;
  private shown = 0;
  private readonly comparing: Comparing<RunJob>;

  constructor(
    private readonly run: Run,
    readonly plan: SuitePlan,
    asking: Asking,
    judges: (suite: Suite) => Judges,
    private readonly started: number,
  ) {
    const { request, resumed, signal } = run;
    const { suite, columns } = plan;
    this.jobs = jobsOf(plan).map((job, index) => ({
      ...job,
      index,
      suite: this,
      trace: { spent: nothingSpent(), key: null },
      place: null,
    }));
    this.comparing = new Comparing(this.jobs);
    this.results = this.jobs.map(() => null);
    this.places = this.jobs.map(() => null);
    this.spent = { ...(resumed?.spent.get(suite.file) ?? nothingSpent()) };
    this.prints = new Map(columns.map((column) => [column.id, fingerprint(column)]));
    this.progress = { suite: suite.file, done: 0, total: this.jobs.length, cached: 0, failed: 0, errored: 0 };
    this.endedAt = started;
    const code = codeOfSuite(run.context.ports.code, suite, plan.python);
    const tools = { code, trusted: () => run.context.isTrusted(), ...(signal === undefined ? {} : { signal }) };
    this.runner = {
      context: run.context,
      code,
      madeVars: new MadeVars(tools),
      prompts: run.prompts,
      asking,
      judges: judges(suite),
      readCache: request.noCache !== true && suite.options.cache,
      timeoutMs: request.timeoutMs ?? suite.options.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    };
  }

  async work(job: RunJob): Promise<void> {
    const print = this.prints.get(job.column.id) ?? '';
    const earlier = this.run.resumed?.done.get(resultKey(this.plan.suite.file, print, { id: job.entry.id, repeat: job.repeat }));
    if (earlier !== undefined) {
      job.place = earlier.place;
      const result = { ...earlier.result, column: job.column.id };
      if (isCompared(job.entry)) await this.gather(job, result);
      else this.keepEarlier(job, result);
      return;
    }
    await this.gather(job, await runCase(this.runner, job, job.trace));
  }

  /** A case whose columns are compared is whole when all of them are there. */
  private async gather(job: RunJob, result: CaseResult): Promise<void> {
    const group = this.comparing.add(job, result);
    if (group.length > 0 && group.every(({ job: { place } }) => place !== null)) {
      for (const one of group) this.keepEarlier(one.job, one.result);
      return;
    }
    for (const one of await compareCase(this.runner, group)) await this.finish(one.job, one.result);
  }

  private keepEarlier(job: RunJob, result: CaseResult): void {
    this.places[job.index] = job.place;
    this.keep(job, result);
  }

  /** Written down first, and only then told. */
  private async finish(job: RunJob, result: CaseResult): Promise<void> {
    const { journal } = this.run;
    const { spent, key } = job.trace;
    addSpent(this.spent, spent);
    if (journal === null) {
      this.keep(job, result);
      return;
    }
    const suite = this.plan.suite.file;
    const column = this.prints.get(job.column.id) ?? '';
    await journal.add(
      { t: 'case', suite, column, result, ...(spent.requests > 0 ? { spent } : {}), ...(key === null ? {} : { key }) },
      (place) => {
        this.places[job.index] = place;
        this.keep(job, result);
      },
    );
  }

  private keep(job: RunJob, result: CaseResult): void {
    const { run, progress } = this;
    const isShown = result.status !== 'pass' && this.shown++ < mostShown;
    this.results[job.index] = run.whole || isShown ? result : slim(result);
    this.endedAt = run.context.ports.clock.monotonic();
    progress.done++;
    if (result.cached) progress.cached++;
    if (result.status === 'fail') progress.failed++;
    if (result.status === 'error') progress.errored++;
    run.hooks.onCase?.(progress.suite, result);
    run.hooks.onProgress?.({ ...progress });
  }

  /** Says why nothing happens, if this suite is waiting at all. */
  waits(text: string): boolean {
    if (this.progress.done === this.progress.total) return false;
    this.run.hooks.onProgress?.({ ...this.progress, waiting: text });
    return true;
  }

  end(): SuiteOutcome {
    const { suite, columns } = this.plan;
    const { requests, answers, tokensIn, tokensOut } = this.spent;
    const results = this.results.filter((result) => result !== null);
    const own = new Set(columns.filter(({ baselineOf }) => baselineOf === null).map(({ id }) => id));
    const main = results.filter((result) => own.has(result.column));
    const known = (tokens: number | null): number | null => (answers === 0 ? null : tokens);
    const seconds = Math.round(this.endedAt - this.started) / 1000;
    const derived = derivedOf(suite.derivedMetrics, main);
    const report: SuiteReport = {
      suite: suite.file,
      columns: columnsOf(columns, results),
      stats: withJudges(statsOf(main, { requests, seconds, tokensIn: known(tokensIn), tokensOut: known(tokensOut) }, results), results),
      passRate: passRate(main),
      cases: results,
      metrics: { ...metricsOf(main), ...derived.metrics },
      metricEstimates: metricEstimatesOf(main),
      health: [...healthOf(suite, main), ...derived.health],
      baseline: null,
    };
    if (main.length < results.length) {
      const other = results.filter((result) => !own.has(result.column));
      // What was asked is counted for the run as a whole, above.
      report.baselineStats = statsOf(other, { requests: 0, seconds: 0, tokensIn: null, tokensOut: null });
    }
    return { report, complete: results.length === this.jobs.length, cases: () => this.cases() };
  }

  private async *cases(): AsyncGenerator<CaseResult> {
    const { journal, whole } = this.run;
    const done = this.jobs.filter(({ index }) => this.results[index] !== null);
    const places = done.map(({ index }) => this.places[index] ?? null).filter((place) => place !== null);
    if (whole || journal === null || places.length < done.length) {
      yield* this.results.filter((result) => result !== null);
      return;
    }
    let next = 0;
    // A run that was gone on with may have called the column otherwise.
    for await (const result of journal.results(places)) yield { ...result, column: done[next++]?.column.id ?? result.column };
  }
}

/** Runs suites side by side: each model has one queue for all of them. Cancelled, they end with what was done. */
export async function runSuites(run: Run, plans: readonly SuitePlan[]): Promise<SuiteOutcome[]> {
  const { context, hooks, signal } = run;
  const started = context.ports.clock.monotonic();
  const suites: SuiteRun[] = [];
  const onWait = (text: string): void => {
    suites.some((suite) => suite.waits(text));
  };
  const pools = new Pools(run, plans, onWait);
  const asking = new Asking(
    context.ports.cache,
    (column) => pools.of(column),
    run.cap,
    run.resumed?.interrupted ?? null,
    context.ports.logger,
  );
  suites.push(...plans.map((plan) => new SuiteRun(run, plan, asking, judgesOf(run, onWait), started)));
  for (const { plan } of suites) hooks.onStart?.(plan.suite.file, columnsOf(plan.columns, []));
  const state = { stopped: false };
  const isStopped = (): boolean => state.stopped || signal?.aborted === true;
  await runLanes(
    lanesOf(suites, pools),
    async (job) => {
      try {
        await job.suite.work(job);
      } catch (error) {
        if (!EngineError.is(error, 'CANCELLED')) throw error;
        state.stopped = true;
      }
    },
    isStopped,
  );
  await run.journal?.drain();
  return suites.map((suite) => suite.end());
}

/** Judges by suite; all suites share the models. */
function judgesOf(run: Run, onWait: (text: string) => void): (suite: Suite) => Judges {
  const seats: JudgeSeats = new Map();
  const { context, request, config, cap, signal, labels } = run;
  return (suite) =>
    new Judges(
      {
        context,
        config,
        cap,
        onWait,
        suiteFile: suite.file,
        readCache: request.noCache !== true && suite.options.cache,
        timeoutMs: request.timeoutMs ?? suite.options.timeoutMs,
        ...(labels === undefined ? {} : { labels }),
        ...(request.concurrency === undefined ? {} : { concurrency: request.concurrency }),
        ...(signal === undefined ? {} : { signal }),
      },
      seats,
    );
}

/** One lane a pool, in it one group a suite. Whoever cannot be asked has a lane of its own: its cases end at once. */
function lanesOf(suites: readonly SuiteRun[], pools: Pools): Lane<RunJob>[] {
  const lanes = new Map<ModelPool | undefined, Lane<RunJob>>();
  for (const { plan, jobs } of suites) {
    const groups = new Map<ModelPool | undefined, RunJob[]>();
    for (const job of jobs) {
      const pool = pools.of(job.column);
      const group = groups.get(pool);
      if (group === undefined) groups.set(pool, [job]);
      else group.push(job);
    }
    for (const [pool, own] of groups) {
      // Answers are judged while the next ones are asked for.
      const lane = lanes.get(pool) ?? { width: (pool?.most ?? 8) * 2 + 8, groups: [] };
      const limit = Math.max(...own.slice(0, 1).map(({ column }) => pools.limitOf(column, plan)));
      // One by one where a case needs those before it; else the pool holds the limit, unless another suite has a higher one.
      lane.groups.push({ limit: limit < (pool?.most ?? 8) || limit === 1 ? limit : Infinity, jobs: own });
      lanes.set(pool, lane);
    }
  }
  return [...lanes.values()];
}
