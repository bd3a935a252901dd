/** Messages between our pages and their hosts. Pages are untrusted senders: hosts check each message with the guards in `webviewGuards.ts`. */
import type { EvalDocument, FeedbackDetail, FeedbackDocument } from './documents.js';
import type { FeedbackListParams, HistoryEntry } from './protocol.js';

/** Host -> Feedback page. Every state message is a complete snapshot: a hidden page receives nothing. */
export type ToFeedbackPage =
  | {
      type: 'state';
      filter: FeedbackListParams;
      prompts: string[];
      versions: string[];
      signals: string[];
      sources: number;
      trusted: boolean;
      error: string | null;
    }
  | { type: 'page'; request: number; document: FeedbackDocument; append: boolean }
  | { type: 'detail'; detail: FeedbackDetail | null }
  | { type: 'failed'; request: number; message: string };

export type FromFeedbackPage =
  | { type: 'ready' }
  | { type: 'query'; request: number; filter: FeedbackListParams }
  | { type: 'open'; id: string }
  | { type: 'copy'; text: string }
  | { type: 'connect' };

/** Host -> Evaluation page. */
export type ToEvaluationPage =
  { type: 'report'; title: string; document: EvalDocument; running: boolean } | { type: 'empty'; message: string };

export type FromEvaluationPage =
  | { type: 'ready' }
  | { type: 'run'; suite: string; cases: string[] | null }
  | { type: 'reveal'; suite: string; caseId: string }
  | { type: 'copy'; text: string };

/** Host -> History page. */
export type ToHistoryPage = { type: 'history'; prompt: string; threshold: number; current: string | null; entries: HistoryEntry[] };

export type FromHistoryPage =
  { type: 'ready' } | { type: 'diff'; version: string; against: string | null } | { type: 'restore'; version: string };
