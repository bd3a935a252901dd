import type { CaseResult, EvalDocument, Health, SuiteReport } from '../../shared/evalDocument.js';
import type { EvalHead, EvalRows } from '../../shared/evalRows.js';
import type { SuiteRunEntry } from '../../shared/evalView.js';
import type {
  AuditService,
  ConfigService,
  EngineContext,
  EvalHooks,
  EvalPlan,
  EvaluationService,
  FeedbackService,
  PromptService,
  StoredRun,
  VersionService,
} from '../api.js';
import { nearest } from '../config/nearest.js';
import type { WorkspaceConfig } from '../config/types.js';
import { EngineError, throwIfAborted } from '../errors.js';
import { isAbsolute, isInside, join, normalise, relative } from '../paths.js';
import { compareWith, planBaseline, throwIfNoBaseline } from './baselinePlan.js';
import { blessedOf } from './blessed.js';
import { CostCap } from './budget.js';
import { planColumns } from './columns.js';
import { discoverSuites } from './discover.js';
import { healthOf } from './health.js';
import { healthBefore } from './healthBefore.js';
import { loadSuite, unreadableSuite } from './loadSuite.js';
import { MadeTests } from './madeTests.js';
import { judgeHealth } from './judges/judgeHealth.js';
import { humanLabels, reviewsOf } from './judges/labels.js';
import type { HumanLabels } from './judges/labels.js';
import { isJudged, judgeRequests, plannedJudges } from './judges/planned.js';
import { renderCase } from './rendered.js';
import type { Rendered } from './rendered.js';
import { RunStore } from './runStore.js';
import { estimate, smallestDifference } from './planning.js';
import { runSuites } from './runSuite.js';
import type { Run } from './runSuite.js';
import { slim } from './slim.js';
import { jobsOf, selectCases } from './suitePlan.js';
import type { SuitePlan } from './suitePlan.js';
import type { EvalRequest, Suite } from './types.js';

/** Journals of earlier runs that are read for what they say about judges. */
const earlierBytes = 32 * 1024 * 1024;

interface Services {
  config: ConfigService;
  prompts: PromptService;
  versions: VersionService;
  audit: AuditService;
  /** Reviews, to compare judges with. */
  feedback?: Pick<FeedbackService, 'page' | 'detail'>;
}

class Evaluation implements EvaluationService {
  private readonly madeTests: MadeTests;
  private readonly store: RunStore;

  constructor(
    private readonly context: EngineContext,
    private readonly services: Services,
  ) {
    this.store = new RunStore(context);
    const { fs, clock } = context.ports;
    this.madeTests = new MadeTests(fs, context.root, () => clock.monotonic());
  }

  discover(): Promise<string[]> {
    return discoverSuites(this.context.ports.fs, this.context.root);
  }

  async load(file: string, text?: string): Promise<Suite> {
    const path = this.workspacePath(file);
    try {
      const { python } = (await this.services.config.load()).config;
      const made = { tests: this.madeTests, ...(python === undefined ? {} : { python }) };
      return await loadSuite(this.context, this.services.prompts, path, text ?? (await this.read(path)), made);
    } catch (error) {
      if (!EngineError.is(error, 'IO_FAILED')) throw error;
      // A file that cannot be read as text is a suite with one problem, so that it hides no other suite.
      return unreadableSuite(path, error.message.replaceAll(`${this.context.root}/`, ''));
    }
  }

  async suitesOf(prompt: string): Promise<string[]> {
    const found: string[] = [];
    for (const file of await this.discover()) {
      const suite = await this.load(file);
      if (suite.prompts.some(({ id, file: path }) => id === prompt || path === prompt)) found.push(file);
    }
    return found;
  }

  async plan(request: EvalRequest): Promise<EvalPlan> {
    const plans = await this.plans(request);
    throwIfNothingCanRun(plans);
    const suites: EvalPlan['suites'] = [];
    for (const plan of plans) {
      const { suite, cases, columns, repeat } = plan;
      const last = (await this.store.reports.head(suite.file))?.report.stats;
      const answerTokens = last === undefined || last.tokens.out === null || last.requests === 0 ? null : last.tokens.out / last.requests;
      const judges = judgeRequests(jobsOf(plan));
      suites.push({
        suite: suite.file,
        cases: cases.length,
        columns: columns.length,
        repeat,
        ...(await estimate(this.context, this.services.prompts, plan, request, answerTokens)),
        ...(judges === 0 ? {} : { judgeRequests: judges }),
        smallestDifference: smallestDifference(plan),
      });
    }
    const costs = suites.map(({ cost }) => cost);
    return {
      suites,
      requests: suites.reduce((sum, suite) => sum + suite.requests, 0),
      tokens: {
        in: suites.reduce((sum, { tokens }) => sum + tokens.in, 0),
        out: suites.reduce((sum, { tokens }) => sum + tokens.out, 0),
      },
      cost: costs.reduce<number | null>((sum, cost) => (sum === null || cost === null ? null : sum + cost), 0),
    };
  }

  async health(request: EvalRequest): Promise<{ suite: string; health: Health[] }[]> {
    const found = [];
    for (const { suite, columns } of await this.plans(request)) {
      const earlier: CaseResult[] = [];
      await this.store.eachEarlier(suite.file, '', earlierBytes, (_run, result) => void earlier.push(slim(result)));
      const main = columns.filter(({ baselineOf }) => baselineOf === null);
      const before = healthBefore(suite, main, { isCapped: request.maxCost !== undefined });
      found.push({ suite: suite.file, health: [...healthOf(suite, earlier), ...before] });
    }
    return found;
  }

  async run(request: EvalRequest, hooks: EvalHooks = {}, signal?: AbortSignal): Promise<EvalDocument> {
    return (await this.start(request, hooks, signal, true)).document;
  }

  runStored(request: EvalRequest, hooks: EvalHooks = {}, signal?: AbortSignal): Promise<StoredRun> {
    return this.start(request, hooks, signal, false);
  }

  private async start(given: EvalRequest, hooks: EvalHooks, signal: AbortSignal | undefined, whole: boolean): Promise<StoredRun> {
    throwIfAborted(signal);
    const shared = { hooks, whole, ...(signal === undefined ? {} : { signal }) };
    if (given.resume !== undefined) {
      const id = given.resume === 'last' ? await this.store.lastRun() : given.resume;
      return this.store.alone(id, async () => {
        const resumed = await this.store.resume(id);
        return this.execute({ ...shared, request: resumed.request, journal: resumed.journal, resumed }, id);
      });
    }
    const id = this.store.newRunId();
    const fresh = { ...shared, request: given, resumed: null };
    if (isTrial(given)) return this.execute({ ...fresh, journal: null }, id);
    const plans = await this.checked(given);
    return this.store.alone(id, async () => this.execute({ ...fresh, journal: await this.store.start(id, given) }, id, plans));
  }

  /** What would run. Throws where nothing can, or the cost limit could not be held. */
  private async checked(request: EvalRequest): Promise<SuitePlan[]> {
    const plans = await this.plans(request);
    throwIfNothingCanRun(plans);
    const { config } = await this.services.config.load();
    const judges = plans.flatMap(({ suite, cases }) => plannedJudges(cases, config, suite.file));
    const asked = plans.flatMap(({ columns }) => columns.map(({ profile }) => profile));
    new CostCap(request.maxCost ?? null).check([...asked, ...judges]);
    return plans;
  }

  private async execute(
    run: Pick<Run, 'request' | 'hooks' | 'journal' | 'resumed' | 'whole' | 'signal'>,
    id: string,
    planned?: SuitePlan[],
  ): Promise<StoredRun> {
    const { request, resumed } = run;
    const plans = planned ?? (await this.checked(request));
    const before = [...(resumed?.spent.values() ?? [])].reduce((sum, { cost }) => sum + (cost ?? 0), 0);
    const cap = new CostCap(request.maxCost ?? null, before);
    run.hooks.onRun?.(id);
    // What was done before is not in memory: it is read again where everything is wanted.
    const outcomes = await runSuites(
      {
        ...run,
        whole: run.whole && resumed === null,
        context: this.context,
        prompts: this.services.prompts,
        config: (await this.services.config.load()).config,
        labels: await this.labels(plans),
        cap,
      },
      plans,
    );
    for (const [index, { report }] of outcomes.entries()) {
      const plan = plans[index];
      if (plan === undefined) continue;
      await this.compare(plan, report, request);
      report.health.push(...(await this.judgeHealth(plan, report, id)));
    }
    const complete = outcomes.every((outcome) => outcome.complete);
    const document: EvalDocument = { schema: 'promptratchet.eval/1', run: id, complete, suites: outcomes.map(({ report }) => report) };
    for (const [index, outcome] of outcomes.entries()) {
      const plan = plans[index];
      if (plan !== undefined && isWhole(request, plan)) await this.store.reports.keep(document, outcome.report, outcome.cases());
    }
    if (run.whole && resumed !== null) {
      for (const [index, outcome] of outcomes.entries()) document.suites[index] = { ...outcome.report, cases: await all(outcome.cases()) };
    }
    const time = this.context.ports.clock.now().toISOString();
    if (request.bless === true && complete) for (const report of document.suites) await this.store.bless(blessedOf(report, time));
    return { document, cases: (suite) => outcomes[suite]?.cases() ?? nothing() };
  }

  /** What people said about answers, where a model judges: their reviews are read only then. */
  private async labels(plans: readonly SuitePlan[]): Promise<HumanLabels> {
    const { feedback, config } = this.services;
    const judged = plans.filter(({ cases }) => isJudged(cases));
    if (feedback === undefined || judged.length === 0 || (await config.load()).config.sources.length === 0) return humanLabels(new Map());
    const prompts = new Set(judged.flatMap(({ columns }) => columns.map(({ prompt }) => prompt)));
    return humanLabels(await reviewsOf(feedback, [...prompts], this.context.ports.logger));
  }

  /** Over this run and those before it, where a model judges. */
  private async judgeHealth({ suite, cases, columns }: SuitePlan, report: SuiteReport, run: string): Promise<Health[]> {
    if (!isJudged(cases)) return [];
    const earlier = new Map<string, CaseResult[]>();
    await this.store.eachEarlier(suite.file, run, earlierBytes, (name, result) => {
      const slimmed = slim(result);
      const known = earlier.get(name);
      if (known === undefined) earlier.set(name, [slimmed]);
      else known.push(slimmed);
    });
    const { config } = await this.services.config.load();
    const models = new Map(plannedJudges(cases, config, suite.file).map(({ name, model }) => [name, model]));
    const candidates = new Set(columns.filter(({ fault }) => fault === null).map(({ profile }) => profile.model));
    const runs = [{ run, results: report.cases }, ...[...earlier].map(([name, results]) => ({ run: name, results }))];
    return judgeHealth(suite, runs, models, candidates);
  }

  lastRun(suite: string): Promise<EvalDocument | null> {
    return this.store.reports.whole(this.workspacePath(suite));
  }

  lastHead(suite: string): Promise<EvalHead | null> {
    return this.store.reports.head(this.workspacePath(suite));
  }

  lastRows(suite: string, run: string): Promise<EvalRows | null> {
    return this.store.reports.rows(this.workspacePath(suite), run);
  }

  caseDetail(suite: string, run: string, cell: number): Promise<CaseResult | null> {
    return this.store.reports.detail(this.workspacePath(suite), run, cell);
  }

  history(suite: string): Promise<SuiteRunEntry[]> {
    return this.store.reports.history(this.workspacePath(suite));
  }

  async rendered(request: EvalRequest, suite: string, caseId: string): Promise<Rendered[]> {
    const { config } = await this.services.config.load();
    const plan = await this.planSuite(await this.load(suite), config, request);
    return renderCase(this.services.prompts, plan, caseId);
  }

  private async compare({ suite, baseline }: SuitePlan, report: SuiteReport, request: EvalRequest): Promise<void> {
    if (baseline != null) compareWith(baseline, suite, report);
    else if (!isTrial(request)) {
      const blessed = await this.store.blessed(report.suite);
      if (blessed !== null) compareWith({ kind: 'blessed', ref: 'blessed', blessed }, suite, report);
    }
  }

  private async plans(request: EvalRequest): Promise<SuitePlan[]> {
    const { config } = await this.services.config.load();
    const files = request.suites.length > 0 ? request.suites : await this.defaultSuites(request);
    const plans: SuitePlan[] = [];
    for (const file of files) {
      const suite = await this.load(file);
      const plan = await this.planSuite(suite, config, request);
      if (plan.columns.length > 0 || request.prompt === undefined) plans.push(plan);
    }
    throwIfNoBaseline(plans);
    if (plans.length === 0) {
      throw new EngineError(
        'SUITE_NOT_FOUND',
        `No suite evaluates the prompt ${request.prompt ?? ''}. Name it under prompts in a *.eval.yaml.`,
      );
    }
    if (
      request.filter !== undefined &&
      plans.every(({ cases }) => cases.length === 0) &&
      plans.some(({ suite }) => suite.cases.length > 0)
    ) {
      throw new EngineError(
        'BAD_USAGE',
        `No case matches the filter ${request.filter}. It is looked for in the name and the id of each case.`,
      );
    }
    return plans;
  }

  private async planSuite(suite: Suite, config: WorkspaceConfig, request: EvalRequest): Promise<SuitePlan> {
    const services = { context: this.context, prompts: this.services.prompts, versions: this.services.versions };
    const columns = await planColumns(services, suite, config, request);
    const baseline = await planBaseline(services, suite, columns, request);
    return {
      suite,
      columns: [...columns, ...baseline.columns],
      baseline: baseline.plan,
      cases: selectCases(suite, request),
      repeat: request.repeat ?? suite.options.repeat,
      ...(config.python === undefined ? {} : { python: config.python }),
    };
  }

  private async defaultSuites(request: EvalRequest): Promise<string[]> {
    const files = request.prompt === undefined ? await this.discover() : await this.suitesOf(request.prompt);
    if (files.length > 0) return files;
    const what = request.prompt === undefined ? 'There are no suites in this workspace' : `No suite evaluates the prompt ${request.prompt}`;
    throw new EngineError('SUITE_NOT_FOUND', `${what}. Write one as *.eval.yaml with prompts and tests.`);
  }

  private workspacePath(file: string): string {
    return isAbsolute(file) && isInside(file, this.context.root) ? relative(this.context.root, file) : normalise(file);
  }

  /** Throws SUITE_NOT_FOUND naming the nearest suites, OUTSIDE_WORKSPACE. */
  private async read(file: string): Promise<string> {
    const { fs } = this.context.ports;
    const path = join(this.context.root, file);
    if ((await fs.stat(path)) === null) {
      const near = nearest(file, await this.discover());
      const hint = near.length === 0 ? 'Run ratchet eval without a name to run all suites.' : `Did you mean ${near.join(' or ')}?`;
      throw new EngineError('SUITE_NOT_FOUND', `There is no suite ${file}. ${hint}`, { nearest: near });
    }
    if (!isInside(await fs.realpath(path), await fs.realpath(this.context.root))) {
      throw new EngineError('OUTSIDE_WORKSPACE', `The suite ${file} is outside the workspace. Move it into the workspace.`);
    }
    return fs.read(path);
  }
}

/** Candidates of the optimizer and the like: they have a journal of their own and no place in the suite's history. */
function isTrial(request: EvalRequest): boolean {
  return Object.values(request.override ?? {}).some(({ version }) => version !== 'working');
}

/** The whole suite with its own models: what the editor's tab shows as the last run. */
function isWhole(request: EvalRequest, { suite, columns }: SuitePlan): boolean {
  if (isTrial(request) || request.cases !== undefined || request.filter !== undefined || request.provider !== undefined) return false;
  if (request.aa === true) return false;
  const wanted = new Set(columns.map(({ prompt }) => prompt));
  return suite.prompts.every(({ id }) => wanted.has(id));
}

/** Where no column at all can be asked, the reason is thrown; else the columns that can run, and the others end in errors. */
function throwIfNothingCanRun(plans: readonly SuitePlan[]): void {
  const columns = plans.flatMap((plan) => plan.columns);
  const [first] = columns;
  if (first?.fault != null && columns.every(({ fault }) => fault !== null)) throw first.fault;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

// eslint-disable-next-line @typescript-eslint/require-await -- as streams are
async function* nothing(): AsyncGenerator<never> {
  yield* [];
}

export function createEvaluationService(context: EngineContext, services: Services): EvaluationService {
  return new Evaluation(context, services);
}
