/** Messages between our pages and their hosts. Pages are untrusted senders: hosts check each message with the guards in `webviewGuards.ts`. */
import type { FeedbackDocument } from './documents.js';
import type { EvalDocument } from './evalDocument.js';
import type { FeedbackDetailView, FeedbackFilter, FeedbackListParams, HistoryEntry, PromptSegments } from './protocol.js';

/** What the Feedback view shows; a period is kept as such, so that "last 24 hours" stays the last 24 hours. */
export interface ViewFilter extends FeedbackFilter {
  period?: Period;
}

export type Period = '24h' | '7d' | '30d' | 'custom';

/** What the filters offer. */
export interface FilterChoices {
  prompts: string[];
  versions: string[];
  signals: string[];
  attributes: string[];
  sources: string[];
}

/** A source that a person should know of while reading its feedback. */
export interface SourceNotice {
  name: string;
  message: string;
}

/** Host -> Feedback page. Every state message is a complete snapshot: a hidden page receives nothing. */
export type ToFeedbackPage =
  | {
      type: 'state';
      filter: ViewFilter;
      /** Another number where somebody asked to be shown `filter`; else a page that has its own keeps that. */
      asked: number;
      choices: FilterChoices;
      sources: number;
      failing: SourceNotice[];
      /** Sources on other machines that are not asked before the workspace is trusted. */
      waiting: string[];
      error: string | null;
    }
  | { type: 'choices'; choices: FilterChoices }
  | { type: 'sources'; sources: number; failing: SourceNotice[]; waiting: string[] }
  | { type: 'page'; request: number; document: FeedbackDocument }
  | { type: 'detail'; id: string; detail: FeedbackDetailView | null }
  | { type: 'failed'; request: number; message: string };

export type FromFeedbackPage =
  | { type: 'ready' }
  | { type: 'query'; request: number; filter: FeedbackListParams }
  | { type: 'cancel'; request: number }
  /** To be remembered while the page is hidden. */
  | { type: 'filter'; filter: ViewFilter }
  | { type: 'open'; id: string }
  | { type: 'copy'; text: string }
  | { type: 'connect' }
  | { type: 'trust' }
  | { type: 'log' }
  | { type: 'test'; source: string }
  /** What is done with one piece of feedback; the host looks it up itself. */
  | { type: 'addToSuite' | 'openSource' | 'showLine'; id: string };

/** Host -> Evaluation page. */
export type ToEvaluationPage =
  { type: 'report'; title: string; document: EvalDocument; running: boolean } | { type: 'empty'; message: string };

export type FromEvaluationPage =
  | { type: 'ready' }
  | { type: 'run'; suite: string; cases: string[] | null }
  | { type: 'reveal'; suite: string; caseId: string }
  | { type: 'copy'; text: string };

/** Host -> History page. */
export type ToHistoryPage =
  | { type: 'history'; prompt: string; threshold: number; current: string | null; entries: HistoryEntry[] }
  /** Comes later: it takes scores of its own. */
  | { type: 'segments'; segments: PromptSegments };

export type FromHistoryPage =
  { type: 'ready' } | { type: 'diff'; version: string; against: string | null } | { type: 'restore'; version: string };
