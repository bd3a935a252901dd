import { EngineError } from '../../engine/errors.js';
import { Methods } from '../../shared/protocol.js';
import type { Session } from '../session.js';

export function registerVersions(session: Session): void {
  const { wire, engine } = session;
  const versionsOf = async (prompt: string): Promise<Awaited<ReturnType<typeof engine.versions.list>>['prompts'][number]> => {
    const { prompts } = await engine.versions.list(prompt);
    const found = prompts.find((entry) => entry.prompt === prompt);
    if (found === undefined)
      throw new EngineError('PROMPT_NOT_FOUND', `There is no prompt "${prompt}" any more. Choose one in the Prompts view.`);
    return found;
  };
  wire.handle(Methods.history, async ({ prompt }) => {
    const { file, versions } = await versionsOf(prompt);
    // History is of use without scores too.
    const scores = await session.scores().catch((error: unknown) => {
      session.logger.error('Scores failed', error);
      return null;
    });
    const rows = scores?.prompts.find((score) => score.prompt === prompt)?.versions ?? [];
    const entries = versions.map((entry) => ({ ...entry, score: rows.find((row) => row.version === entry.version) ?? null }));
    return { prompt, file, entries };
  });
  wire.handle(Methods.promptSegments, ({ prompt }) => session.segments(prompt));
  wire.handle(Methods.versionContent, async ({ prompt, version }) => {
    const text = await engine.versions.content(prompt, version);
    return { text, file: (await versionsOf(prompt)).file };
  });
  wire.handle(Methods.auditVerify, () => engine.audit.verify());
  wire.handle(Methods.rollback, async ({ prompt, to, commit }) => {
    const version = await engine.versions.rollback(prompt, to, { commit });
    session.changed(['prompts', 'versions', 'scores']);
    return version;
  });
}
