import type { FeedbackQuery } from '../../engine/feedback/types.js';
import { Methods, type FeedbackListParams } from '../../shared/protocol.js';
import { detailView } from '../detailView.js';
import type { Session } from '../session.js';

const largestPage = 500;

function toQuery(params: FeedbackListParams): FeedbackQuery {
  return { ...params, limit: Math.min(largestPage, Math.max(1, Math.trunc(params.limit ?? 100))) };
}

export function registerFeedback(session: Session): void {
  const { wire, engine } = session;
  wire.handle(Methods.feedbackList, async (params, signal) => {
    // Scrolling leaves requests behind: one that was called back before its turn costs nothing.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return { schema: 'promptratchet.feedback/1', rows: [], total: 0, nextCursor: null };
    return engine.feedback.page(toQuery(params));
  });
  wire.handle(Methods.feedbackDetail, ({ id }) => detailView(session, id));
  wire.handle(Methods.feedbackChoices, async () => {
    const [attributes, statuses] = await Promise.all([
      engine.feedback.attributes().catch((error: unknown) => {
        session.logger.error('Attributes not read', error);
        return [];
      }),
      session.sources.statuses(),
    ]);
    return { attributes, sources: statuses.map(({ name }) => name) };
  });
}
