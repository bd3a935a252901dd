import type { PromptDocument } from '../../engine/prompts/types.js';
import type { PullSource, ScoreDocument } from '../../shared/documents.js';
import { Methods, type PromptsResult, type PromptSummary } from '../../shared/protocol.js';
import { headline, usersOf, weekTrend } from '../quality.js';
import type { Session } from '../session.js';

/** What pulls said about sources: failures first, then lines that could not be read. */
export function sourceProblems(pulled: readonly PullSource[]): PromptsResult['sourceProblems'] {
  return pulled.flatMap(({ name, error, rejected }) => [
    ...(error === null ? [] : [{ source: name, message: error, failed: true }]),
    ...rejected.map(({ reason, count, firstLine }) => ({
      source: name,
      message:
        count === 1
          ? `Line ${String(firstLine)} was not read: ${reason}.`
          : `${String(count)} lines were not read (first: line ${String(firstLine)}): ${reason}.`,
    })),
  ]);
}

function summary(document: PromptDocument, scores: ScoreDocument | null, version: string | null, suites: number): PromptSummary {
  const score = scores?.prompts.find((entry) => entry.prompt === document.id);
  const row = headline(score);
  const users = usersOf(row);
  const theme = row?.themes[0];
  return {
    id: document.id,
    file: document.file,
    format: document.format,
    version: score?.current ?? version,
    status: row === null || users === 0 ? 'none' : row.status,
    score: row === null || row.status === 'insufficient' ? null : row.score,
    users,
    trend: row === null || scores === null ? null : weekTrend(row),
    complaint: theme === undefined ? null : { label: theme.label, users: theme.users, share: theme.share },
    suites,
    problems: document.problems.filter((problem) => problem.severity !== 'info').length,
  };
}

export async function promptsResult(session: Session): Promise<PromptsResult> {
  const documents = await session.prompts();
  const problems = sourceProblems(session.sources.results());
  // A fault in the scores must not hide the prompts, and is shown beside them.
  const scores = await session.scores().catch((error: unknown) => {
    session.logger.error('Scores failed', error);
    problems.unshift({ source: 'scores', message: error instanceof Error ? error.message : String(error), failed: true });
    return null;
  });
  // A database that could not be asked: the scores speak of less than there is.
  for (const { source, message } of scores?.failed ?? [])
    problems.unshift({ source: 'scores', message: `${source}: ${message}`, failed: true });
  const suites = await session.suites().catch((error: unknown) => {
    session.logger.error('Suites failed', error);
    return { suites: [], problems: [] };
  });
  const { config } = await session.engine.config.load();
  const prompts = await Promise.all(
    documents.map(async (document) => {
      const count = suites.suites.filter((suite) =>
        suite.prompts.some((prompt) => prompt.id === document.id || prompt.file === document.file),
      ).length;
      const known = scores?.prompts.find((entry) => entry.prompt === document.id)?.current ?? null;
      const version = known ?? (await session.engine.versions.current(document).catch(() => null));
      return summary(document, scores, version, count);
    }),
  );
  return {
    threshold: scores?.threshold ?? session.options.threshold ?? config.threshold,
    prompts,
    unattributed: scores?.unattributed ?? { none: 0, ambiguous: 0 },
    sources: (await session.sources.statuses()).length,
    sourceProblems: problems,
  };
}

export function registerPrompts(session: Session): void {
  session.wire.handle(Methods.prompts, () => promptsResult(session));
  session.wire.handle(Methods.promptScore, async ({ prompt }) => {
    const scores = await session.scores();
    const score = scores.prompts.find((entry) => entry.prompt === prompt);
    return { score: headline(score), versions: score?.versions ?? [] };
  });
}
