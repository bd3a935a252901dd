import type { EvalRequest, Suite } from '../../engine/evaluation/types.js';
import { Methods, Notifications, type EvalRunParams, type SuiteCase, type SuiteInfo } from '../../shared/protocol.js';
import { caseTitle } from '../../shared/words.js';
import { LiveReport } from '../liveReport.js';
import type { Session } from '../session.js';
import { Positions, toAbsolute, uriToWorkspacePath } from '../convert.js';

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

async function request(session: Session, params: EvalRunParams): Promise<EvalRequest> {
  const { suites, prompt, cases, noCache, repeat } = params;
  return {
    suites,
    override: await openBuffers(session),
    ...(prompt === undefined ? {} : { prompt }),
    ...(cases === undefined ? {} : { cases }),
    ...(noCache === undefined ? {} : { noCache }),
    ...(repeat === undefined ? {} : { repeat }),
  };
}

export function registerEvaluation(session: Session): void {
  const { wire, engine, runs } = session;
  wire.handle(Methods.suites, () => suiteInfos(session));
  wire.handle(Methods.evalLast, ({ suite }) => engine.evaluation.lastRun(suite));
  wire.handle(Methods.evalRun, async (params, outer) => {
    const { runId } = params;
    const toRun = await request(session, params);
    const live = new LiveReport(runId, (document) => {
      wire.notify(Notifications.evalReport, { runId, document });
    });
    try {
      return await runs.run(runId, outer, (signal) =>
        engine.evaluation.run(
          toRun,
          {
            onProgress: (progress) => {
              wire.notify(Notifications.evalProgress, { runId, ...progress });
            },
            onStart: (suite, columns) => {
              live.start(suite, columns);
            },
            onCase: (suite, result) => {
              live.add(suite, result);
            },
          },
          signal,
        ),
      );
    } finally {
      live.end();
    }
  });
  wire.handle(Methods.cancel, ({ runId }) => {
    runs.cancel(runId);
    return Promise.resolve(null);
  });
}
