import { EngineError } from '../../engine/errors.js';
import type { EvalRequest, Suite } from '../../engine/evaluation/types.js';
import type { EvalDocument } from '../../shared/evalDocument.js';
import type { EvalOutcome, EvalPlanView, EvalView } from '../../shared/evalView.js';
import { Methods, Notifications, type EvalRunParams, type SuiteCase, type SuiteInfo } from '../../shared/protocol.js';
import { caseTitle } from '../../shared/words.js';
import { Positions, toAbsolute, uriToWorkspacePath } from '../convert.js';
import { exported } from '../evalExport.js';
import type { Session } from '../session.js';

/** Cells that one question may ask for. */
const mostCells = 200;
/** Between two words about how far a run is. */
const progressPauseMs = 100;

async function suiteInfo(session: Session, suite: Suite): Promise<SuiteInfo> {
  const files = new Map<string, Positions | null>();
  const cases: SuiteCase[] = [];
  for (const [index, entry] of suite.cases.entries()) {
    if (!files.has(entry.file)) {
      const text = await session.textOf(entry.file);
      files.set(entry.file, text === null ? null : new Positions(text));
    }
    const positions = files.get(entry.file) ?? null;
    cases.push({
      id: entry.id,
      label: caseTitle(entry.description, entry.vars, `Case ${String(index + 1)}`),
      file: toAbsolute(session.root, entry.file),
      range: entry.range === null || positions === null ? null : positions.range(entry.range),
    });
  }
  return {
    suite: suite.file,
    file: toAbsolute(session.root, suite.file),
    description: suite.description,
    prompts: suite.prompts.map((prompt) => prompt.id),
    cases,
    problems: suite.problems.filter((problem) => problem.severity === 'error').map((problem) => problem.message),
  };
}

/** Suites as Test Explorer shows them; one that can't be read is there with its problem. */
export async function suiteInfos(session: Session): Promise<SuiteInfo[]> {
  const { suites, problems } = await session.suites();
  const unread = problems.map((problem) => ({
    suite: problem.file,
    file: toAbsolute(session.root, problem.file),
    description: null,
    prompts: [],
    cases: [],
    problems: [problem.message],
  }));
  return [...(await Promise.all(suites.map((suite) => suiteInfo(session, suite)))), ...unread];
}

/** Unsaved text of open prompts: what is evaluated is what the user sees. */
async function openBuffers(session: Session): Promise<NonNullable<EvalRequest['override']>> {
  const override: NonNullable<EvalRequest['override']> = {};
  const prompts = await session.prompts();
  for (const document of session.documents.all()) {
    const file = uriToWorkspacePath(session.root, document.uri);
    const own = prompts.filter((prompt) => prompt.file === file);
    const text = document.getText();
    for (const prompt of own) if (prompt.text.replace(/^\uFEFF/, '') !== text) override[prompt.id] = { text, version: 'working' };
  }
  return override;
}

async function request(session: Session, params: Omit<EvalRunParams, 'runId'>): Promise<EvalRequest> {
  const { suites, prompt, cases, noCache, repeat, baseline, maxCost, bless } = params;
  return {
    suites,
    override: await openBuffers(session),
    ...(prompt === undefined ? {} : { prompt }),
    ...(cases === undefined ? {} : { cases }),
    ...(noCache === undefined ? {} : { noCache }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(baseline === undefined ? {} : { baseline }),
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(bless === undefined ? {} : { bless }),
  };
}

/** The reason that all answers share, if they do. */
function commonCause({ suites }: EvalDocument): EvalOutcome['cause'] {
  const cases = suites.flatMap((suite) => suite.cases);
  const first = cases[0];
  const error = first?.error;
  if (first === undefined || error == null || !cases.every((result) => result.error?.code === error.code)) return null;
  const columns = suites.flatMap((suite) => suite.columns);
  const provider = columns.find((column) => column.id === first.column)?.provider ?? '';
  return { code: error.code, message: error.message, provider };
}

function outcome(document: EvalDocument): EvalOutcome {
  return {
    run: document.run,
    complete: document.complete,
    suites: document.suites.map(({ suite, stats: { passed, failed, errored }, cases }) => ({
      suite,
      cells: cases.length,
      passed,
      failed,
      errored,
    })),
    cause: commonCause(document),
  };
}

/** A run of a part leaves the rest as it is shown; one with other columns or repeats does not. */
function isPart({ cases, prompt }: EvalRunParams): boolean {
  return cases !== undefined || prompt !== undefined;
}

async function run(session: Session, params: EvalRunParams, outer: AbortSignal): Promise<EvalOutcome> {
  const { wire, engine, runs, reports } = session;
  const { runId } = params;
  const toRun = await request(session, params);
  const before = new Map<string, EvalView | null>();
  if (isPart(params)) for (const suite of params.suites) before.set(suite, await reports.view(suite));
  const begun = new Set<string>();
  let document: EvalDocument | null = null;
  let told = Number.NEGATIVE_INFINITY;
  try {
    // Answers stay on the disk: what is shown of them is asked for.
    ({ document } = await runs.run(runId, outer, (signal) =>
      engine.evaluation.runStored(
        toRun,
        {
          onProgress: (progress) => {
            // Of 40,000 answers nobody sees each counted.
            const now = performance.now();
            if (progress.done < progress.total && progress.waiting === undefined && now - told < progressPauseMs) return;
            told = now;
            wire.notify(Notifications.evalProgress, { runId, ...progress });
          },
          onStart: (suite, columns) => {
            begun.add(suite);
            reports.begin(runId, suite, columns, before.get(suite) ?? null);
          },
          onCase: (suite, result) => {
            reports.add(suite, result);
          },
        },
        signal,
      ),
    ));
    return outcome(document);
  } finally {
    await reports.end(document, [...begun]);
    wire.notify(Notifications.evalEnded, { runId, suites: [...begun] });
    session.evaluated();
  }
}

const loopback = /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|\/|$)/i;

/** Requests, and who on other machines would be asked. */
async function plan(session: Session, params: Omit<EvalRunParams, 'runId'>): Promise<EvalPlanView> {
  const { engine } = session;
  const planned = await engine.evaluation.plan(await request(session, params));
  const { config } = await engine.config.load();
  const remote = config.models.filter(({ baseUrl }) => baseUrl !== undefined && !loopback.test(baseUrl)).map(({ name }) => name);
  const { suites } = await session.suites();
  const used = suites
    .filter(({ file }) => params.suites.includes(file))
    .flatMap(({ providers }) => (providers.length === 0 ? [config.defaults.model ?? ''] : providers.map(({ id }) => id)));
  const asked = [...new Set(used)].filter((id) => remote.includes(id) || (/:/.test(id) && !/^(?:echo|exec|file|python)\b/.test(id)));
  const judged = planned.suites.reduce((sum, { judgeRequests }) => sum + (judgeRequests ?? 0), 0);
  return { requests: planned.requests, judgeRequests: judged, remote: asked, cost: planned.cost };
}

export function registerEvaluation(session: Session): void {
  const { wire, engine, runs, reports } = session;
  wire.handle(Methods.suites, () => suiteInfos(session));
  wire.handle(Methods.evalRun, (params, outer) => run(session, params, outer));
  wire.handle(Methods.evalPlan, (params) => plan(session, params));
  wire.handle(Methods.evalView, ({ suite }) => reports.view(suite));
  wire.handle(Methods.evalCells, async ({ suite, run: id, cells, rendered }) => {
    if (cells.length > mostCells) throw new EngineError('BAD_USAGE', `At most ${String(mostCells)} cells can be asked for at once.`);
    const results = await reports.details(suite, id, cells);
    const first = results.find((result) => result !== null);
    if (!rendered || first === undefined) return { results, rendered: [] };
    const view = await reports.view(suite);
    const columns = view?.head.report.columns ?? [];
    const baseline = columns.find(({ baselineOf }) => baselineOf !== undefined)?.version;
    const now = await engine.evaluation.rendered(
      await request(session, { suites: [suite], ...(baseline === undefined ? {} : { baseline }) }),
      suite,
      first.id,
    );
    return {
      results,
      rendered: now.map(({ column, messages, problem, sha256 }) => {
        const then = columns.find(({ id: shown }) => shown === column)?.sha256;
        return {
          ...{ column, problem, changed: then !== undefined && then !== sha256 },
          messages: messages?.map(({ role, content }) => ({ role, text: content })) ?? null,
        };
      }),
    };
  });
  wire.handle(Methods.evalSearch, async ({ suite, run: id, text }) => {
    const needle = text.toLowerCase();
    const found: number[] = [];
    for (const [cell, result] of (await reports.whole(suite, id)).entries()) {
      if (result?.output?.toLowerCase().includes(needle) === true) found.push(cell);
    }
    return found;
  });
  wire.handle(Methods.evalExport, async ({ suite, run: id, format }) => {
    const view = await reports.view(suite);
    if (view?.head.run !== id)
      throw new EngineError('BAD_USAGE', 'The suite has run again meanwhile. Export the report that is shown now.');
    return exported(view, await reports.whole(suite, id), format);
  });
  wire.handle(Methods.suiteHistory, ({ suite }) => engine.evaluation.history(suite));
  wire.handle(Methods.cancel, ({ runId }) => {
    runs.cancel(runId);
    return Promise.resolve(null);
  });
}
