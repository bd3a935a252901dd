/** What a pull that somebody asked for took in, as `source.synced` in the audit log. */
import type { PullDocument } from '../../shared/documents.js';
import type { AuditService } from '../api.js';
import { EngineError } from '../errors.js';
import type { Logger } from '../ports.js';

/**
 * One record for each source that had something new. Records that are taken in on the way (by a score, by the editor while
 * an application writes) make none: the log would grow with every line of production. What was pulled stays pulled where
 * the audit log does not hold; that is said, and `audit verify` says where.
 */
export async function recordSync(document: PullDocument, audit: AuditService, logger: Logger): Promise<void> {
  for (const { name, interactions, feedback, rejected } of document.sources) {
    if (interactions.new + interactions.updated + feedback.new + feedback.updated === 0) continue;
    const data = {
      source: name,
      interactions: interactions.new,
      feedback: feedback.new,
      updated: interactions.updated + feedback.updated,
      rejected: rejected.reduce((sum, each) => sum + each.count, 0),
    };
    try {
      await audit.append({ type: 'source.synced', subject: { source: name }, data });
    } catch (error) {
      if (!EngineError.is(error) || error.code === 'CANCELLED') throw error;
      logger.error(`The pull is done, and is not in the audit log. ${error.message}`, error);
      return;
    }
  }
}
