import { DiagnosticSeverity, type Connection, type Diagnostic } from 'vscode-languageserver/node';
import type { Problem } from '../../engine/config/types.js';
import { coalesce } from '../../shared/async.js';
import { Positions, toUri } from '../convert.js';
import { headline, qualityMessage } from '../quality.js';
import { nameLine, shownPrompts } from '../promptBuffers.js';
import type { Session } from '../session.js';
import { suiteHealth } from '../suiteHealth.js';

const source = 'Prompt Ratchet';
const typingPauseMs = 250;

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

/** No fault: something that a person may want to know. */
const quiet = new Set(['assertion-always-passed']);

const top = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

function fromProblem(problem: Problem, positions: Positions | null): Diagnostic {
  return {
    source,
    code: problem.code,
    severity: severities[problem.severity],
    message: problem.message,
    range: problem.range === null || positions === null ? (positions?.line(0) ?? top) : positions.range(problem.range),
  };
}

/** Diagnostics by URI. Each part is computed apart, so that a fault in one file or area leaves the others' marks in place. */
export async function collectDiagnostics(session: Session): Promise<Map<string, Diagnostic[]>> {
  const result = new Map<string, Diagnostic[]>();
  const add = (uri: string, diagnostic: Diagnostic): void => {
    const list = result.get(uri) ?? [];
    list.push(diagnostic);
    result.set(uri, list);
  };
  const part = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      session.logger.error(`Diagnostics of ${name} failed`, error);
    }
  };
  const addProblems = async (problems: readonly Problem[]): Promise<void> => {
    const texts = new Map<string, Positions | null>();
    for (const problem of problems) {
      if (!texts.has(problem.file)) {
        const text = await session.textOf(problem.file);
        texts.set(problem.file, text === null ? null : new Positions(text));
      }
      add(toUri(session.root, problem.file), fromProblem(problem, texts.get(problem.file) ?? null));
    }
  };

  await part('prompts', async () => {
    const files = new Map((await session.prompts()).map((prompt) => [prompt.file, true]));
    const uris = new Map([...files.keys()].map((file) => [file, toUri(session.root, file)]));
    const scores = await session.scores().catch((error: unknown) => {
      session.logger.error('Scores failed', error);
      return null;
    });
    for (const [file, uri] of uris) {
      await part(file, async () => {
        // A client may spell the URI of an open buffer in its own way.
        const open = session.bufferOf(file)?.uri ?? uri;
        for (const prompt of await shownPrompts(session, open)) {
          for (const problem of prompt.shown.problems) add(open, fromProblem(problem, prompt.positions));
          const row = headline(scores?.prompts.find((score) => score.prompt === prompt.id));
          const quality = scores === null ? null : qualityMessage(row, scores.threshold);
          if (quality === null) continue;
          add(open, {
            source,
            code: row?.status === 'low' ? 'low-quality' : row?.status === 'watch' ? 'watch-quality' : 'falling-quality',
            severity: quality.severity === 'warning' ? DiagnosticSeverity.Warning : DiagnosticSeverity.Information,
            message: quality.text,
            range: prompt.positions.line(nameLine(prompt)),
            data: { prompt: prompt.id },
          });
        }
      });
    }
  });
  await part('suites', async () => {
    const { suites, problems } = await session.suites();
    await addProblems([...suites.flatMap((suite) => suite.problems), ...problems]);
    for (const suite of suites) {
      await part(suite.file, async () => {
        const health = await suiteHealth(session, suite);
        const text = health.length === 0 ? null : await session.textOf(suite.file);
        if (text === null) return;
        const positions = new Positions(text);
        for (const { code, message, range } of health)
          add(toUri(session.root, suite.file), {
            ...{ source, code, message, range: positions.range(range), data: { suite: suite.file } },
            severity: quiet.has(code) ? DiagnosticSeverity.Hint : DiagnosticSeverity.Warning,
          });
      });
    }
  });
  await part('config.yaml', async () => {
    await addProblems((await session.engine.config.load()).problems);
  });
  return result;
}

/** Publishes for the whole workspace: a low prompt is in Problems whether or not it is open. */
export function registerDiagnostics(connection: Connection, session: Session): { refresh: () => Promise<void> } {
  let published = new Set<string>();
  const refresh = coalesce(async () => {
    const current = await collectDiagnostics(session);
    for (const uri of published) if (!current.has(uri)) await connection.sendDiagnostics({ uri, diagnostics: [] });
    for (const [uri, diagnostics] of current) await connection.sendDiagnostics({ uri, diagnostics });
    published = new Set(current.keys());
  });
  const run = (): void => {
    refresh().catch((error: unknown) => {
      session.logger.error('Diagnostics failed', error);
    });
  };
  let timer: NodeJS.Timeout | undefined;
  session.documents.onDidChangeContent(() => {
    clearTimeout(timer);
    timer = setTimeout(run, typingPauseMs);
  });
  session.documents.onDidClose(run);
  session.onDidChange(run);
  session.onDidEvaluate(run);
  return { refresh };
}
