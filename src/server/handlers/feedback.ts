import type { SourceConfig } from '../../engine/config/types.js';
import type { FeedbackQuery } from '../../engine/feedback/types.js';
import type { PullDocument } from '../../shared/documents.js';
import { Methods, type FeedbackListParams, type SourceParams } from '../../shared/protocol.js';
import type { Session } from '../session.js';

const largestPage = 500;

function toQuery(params: FeedbackListParams): FeedbackQuery {
  return { ...params, limit: Math.min(largestPage, Math.max(1, Math.trunc(params.limit ?? 100))) };
}

function toSource({ name, kind, path, map }: SourceParams): SourceConfig {
  return { name, kind, path, ...(map === undefined ? {} : { map }) };
}

/** Pulls, keeps what the sources said, and tells the views where anything is new. */
export async function pull(
  session: Session,
  options: { full?: boolean; record?: boolean; signal?: AbortSignal } = {},
): Promise<PullDocument> {
  const before = session.lastPull;
  const document = await session.engine.feedback.pull(options);
  session.lastPull = document;
  const news = document.sources.some(
    (source) => source.interactions.new + source.interactions.updated + source.feedback.new + source.feedback.updated > 0,
  );
  const told = (pulled: PullDocument | null): string =>
    JSON.stringify(pulled?.sources.map(({ name, error, rejected }) => [name, error, rejected]));
  if (news || options.full === true || told(before) !== told(document)) session.changed(['scores']);
  return document;
}

export function registerFeedback(session: Session, sourcesChanged: () => Promise<void>): void {
  const { wire, engine } = session;
  wire.handle(Methods.pull, async ({ full }, signal) => {
    const document = await pull(session, { record: true, signal, ...(full === undefined ? {} : { full }) });
    await sourcesChanged();
    return document;
  });
  wire.handle(Methods.feedbackList, (params) => engine.feedback.page(toQuery(params)));
  wire.handle(Methods.feedbackDetail, ({ id }) => engine.feedback.detail(id));
  wire.handle(Methods.sourcePreview, async (params) => {
    const { detected, records, fields, examples, problems } = await engine.feedback.preview(toSource(params), 20);
    return { detected, records, fields, problems, ...(examples === undefined ? {} : { examples }) };
  });
  wire.handle(Methods.sourceEdit, (params) => engine.config.withSource(toSource(params)));
  wire.handle(Methods.configWrite, async ({ text }) => {
    await engine.config.write(text);
    session.changed(['prompts', 'suites']);
    await sourcesChanged();
    await pull(session);
    return null;
  });
}
