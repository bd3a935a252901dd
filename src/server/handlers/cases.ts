import { createRedactor } from '../../engine/feedback/redaction/redactor.js';
import { Methods } from '../../shared/protocol.js';
import { caseDraft, outputDraft } from '../caseDraft.js';
import type { Session } from '../session.js';

export function registerCases(session: Session): void {
  session.wire.handle(Methods.caseDraft, async ({ id, suite }) => {
    const { config } = await session.engine.config.load();
    return caseDraft(session, createRedactor(config.redaction), id, suite);
  });
  session.wire.handle(Methods.outputDraft, async (from) => {
    const { config } = await session.engine.config.load();
    return outputDraft(session, createRedactor(config.redaction), from);
  });
}
