/** Messages between our pages and their hosts. Pages are untrusted senders: hosts check each message with the guards in `webviewGuards.ts`. */
import type { FeedbackDocument } from './documents.js';
import type { EvalCaseDetail, EvalDelta, EvalView, SuiteRunEntry } from './evalView.js';
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

/** Host -> Evaluation page. A view is complete; deltas follow it while a run goes on. */
export type ToEvaluationPage =
  | { type: 'view'; suites: string[]; view: EvalView; history: SuiteRunEntry[] }
  | { type: 'delta'; delta: EvalDelta }
  | { type: 'detail'; request: number; detail: EvalCaseDetail | null; message: string | null }
  | { type: 'found'; request: number; cells: number[] }
  | { type: 'empty'; message: string };

export type FromEvaluationPage =
  | { type: 'ready' }
  /** Another suite of those that are shown. */
  | { type: 'suite'; suite: string }
  | { type: 'run'; suite: string; cases: string[] | null }
  /** Run with repeats, without the cache, against a version, or blessed: the host asks which. */
  | { type: 'runWith'; suite: string }
  | { type: 'detail'; request: number; suite: string; run: string; cells: number[] }
  | { type: 'search'; request: number; suite: string; run: string; text: string }
  | { type: 'reveal'; suite: string; caseId: string }
  | { type: 'place'; file: string; start: number | null; line: number | null }
  | { type: 'addToSuite'; suite: string; run: string; cell: number }
  | { type: 'export'; suite: string; run: string; format: 'csv' | 'markdown'; to: 'file' | 'clipboard' }
  | { type: 'copy'; text: string };

/** Host -> History page. */
export type ToHistoryPage =
  | { type: 'history'; prompt: string; threshold: number; current: string | null; entries: HistoryEntry[] }
  /** Comes later: it takes scores of its own. */
  | { type: 'segments'; segments: PromptSegments };

export type FromHistoryPage =
  { type: 'ready' } | { type: 'diff'; version: string; against: string | null } | { type: 'restore'; version: string };
