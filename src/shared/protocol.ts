/**
 * Our messages between editor and language server, beside the standard LSP ones. Namespaced `ratchet/…`.
 * No secret ever travels here: a client may trace every message. Keys reach the server by its environment at spawn.
 * Requests answer with a `Result`: expected failures are data, only defects are errors.
 */
import type { FeedbackDetail, FeedbackDocument, PromptScore, PullDocument, QualityStatus, ScoreValue, VersionScore } from './documents.js';
import type { AuditDocument } from './auditDocument.js';
import type { EvalCaseDetail, EvalDelta, EvalOutcome, EvalPlanView, EvalView, SuiteRunEntry } from './evalView.js';
import type { HostChatAnswer, HostChatParams } from './hostModels.js';
import type { ModelParams, ModelServer, ModelTestResult } from './modelProtocol.js';
import type { SuggestionDocument } from './suggestionDocument.js';
import type { VersionDocument, VersionEntry } from './versionDocument.js';
import type { Result } from './result.js';
import type { SourceParams, SourcePreviewResult, SourceProbe, SourceStatus } from './sourceProtocol.js';

/** Type of a request: its method with the types of both sides. */
export interface RequestDef<P, R> {
  readonly method: string;
  readonly _types?: [P, R];
}

export interface NotificationDef<P> {
  readonly method: string;
  readonly _types?: P;
}

const request = <P, R>(method: string): RequestDef<P, Result<R>> => ({ method });
const notification = <P>(method: string): NotificationDef<P> => ({ method });

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

/** `initializationOptions` of the server. */
export interface ServerOptions {
  /** Absolute path of the workspace folder. */
  root: string;
  trusted: boolean;
  threshold: number | null;
  /** `interval`: on opening, log files and the collector's records as they grow, servers every `pullMinutes`. */
  autoPull: 'off' | 'onOpen' | 'interval';
  pullMinutes: number;
  inlineHighlights: boolean;
  codeLens: boolean;
  /** Origins that the user confirmed for model calls; loopback needs no confirmation. */
  confirmedOrigins: string[];
}

/** One prompt as the tree, the lens and the status bar show it. */
export interface PromptSummary {
  id: string;
  file: string;
  format: string;
  version: string | null;
  status: QualityStatus | 'none';
  score: ScoreValue | null;
  /** Users so far, where there are too few for a score. */
  users: number;
  /** Change of the mean over the last 7 days; `null` where either half is too small. */
  trend: number | null;
  complaint: { label: string; users: number; share: number } | null;
  suites: number;
  problems: number;
}

export interface PromptsResult {
  threshold: number;
  prompts: PromptSummary[];
  unattributed: { none: number; ambiguous: number };
  sources: number;
  /** Sources that failed and what to do, and what was rejected in which file at which line. */
  sourceProblems: { source: string; message: string; failed?: boolean }[];
}

/** What is shown of all feedback; absent = all. */
export interface FeedbackFilter {
  prompt?: string;
  /** `null` = the version is not known. */
  version?: string | null;
  signal?: string;
  low?: boolean;
  search?: string;
  since?: string;
  until?: string;
  minY?: number;
  maxY?: number;
  segment?: { key: string; value: string };
  source?: string;
}

export interface FeedbackListParams extends FeedbackFilter {
  cursor?: string;
  /** Rows to leave out before the first one: a list that is scrolled anywhere needs no cursor. */
  offset?: number;
  limit?: number;
}

/** What the filters of the Feedback view offer beside prompts and versions. */
export interface FeedbackChoices {
  attributes: string[];
  sources: string[];
}

/** An interaction as the detail pane shows it, with what only the server can add. */
export interface FeedbackDetailView extends FeedbackDetail {
  /** The prompt as it was served; `null` where version or variables are not known, and `renderedProblem` says why. */
  rendered: { role: string; text: string }[] | null;
  renderedProblem: string | null;
  /** Address of the record where its source has one; http(s) only. */
  url: string | null;
  /** Absolute path of the log that is read in place. */
  file: string | null;
}

/** A case made from one piece of feedback, before anybody wrote it anywhere. */
export interface CaseDraft {
  /** Workspace-relative; may not be there yet. */
  suite: string;
  /** Absolute. */
  file: string;
  /** The suite as it is (empty for a new one) and with the case. */
  before: string;
  after: string;
  /** Where the case stands in `after`. */
  range: Range;
  /** What was taken out of the texts, by kind (`email`, `phone`, …). */
  redacted: Record<string, number>;
  /** What a person should look at before it is written. */
  notes: string[];
}

export interface SuiteCase {
  id: string;
  label: string;
  /** Absolute path of the file in which the case stands. */
  file: string;
  range: Range | null;
}

export interface SuiteInfo {
  /** Workspace-relative. */
  suite: string;
  file: string;
  description: string | null;
  prompts: string[];
  cases: SuiteCase[];
  problems: string[];
}

export interface EvalRunParams {
  /** Chosen by the client; progress and cancellation name it. */
  runId: string;
  suites: string[];
  prompt?: string;
  cases?: string[];
  noCache?: boolean;
  repeat?: number;
  /** A version (`v1`) to run side by side and compare with. */
  baseline?: string;
  maxCost?: number;
  /** Keep the results as the suites' baselines, if the run is complete. */
  bless?: boolean;
}

/** Names a report: where another one took its place meanwhile, there is no answer. */
interface EvalPlace {
  suite: string;
  run: string;
}

export interface SuggestionView {
  document: SuggestionDocument;
  parentText: string;
  candidate: string | null;
  state: 'open' | 'accepted' | 'rejected' | 'withdrawn';
}

export interface HistoryEntry extends VersionEntry {
  score: VersionScore | null;
}

/** Segments of the users of one prompt that are worse off than the rest, and those that another version would serve better. */
export interface PromptSegments {
  /** Attributes that were looked at. */
  attributes: string[];
  worse: (VersionScore['segments'][number] & { version: string | null })[];
  targeting: NonNullable<PromptScore['targeting']>;
}

export const Methods = {
  prompts: request<Record<string, never>, PromptsResult>('ratchet/prompts'),
  /** Without `sources`: all of them. */
  pull: request<{ full?: boolean; sources?: string[] }, PullDocument>('ratchet/pull'),
  feedbackList: request<FeedbackListParams, FeedbackDocument>('ratchet/feedback/list'),
  feedbackDetail: request<{ id: string }, FeedbackDetailView | null>('ratchet/feedback/detail'),
  feedbackChoices: request<Record<string, never>, FeedbackChoices>('ratchet/feedback/choices'),
  /** The case that one piece of feedback would become in a suite; writes nothing. `suite` may be a file that is not there yet. */
  caseDraft: request<{ id: string; suite: string }, CaseDraft>('ratchet/case/draft'),
  /** The same from an answer of a report: its variables, and the answer as what is to be like it. */
  outputDraft: request<EvalPlace & { cell: number; to: string }, CaseDraft>('ratchet/case/fromOutput'),
  /** Sources of config.yaml with how they are doing. */
  sources: request<Record<string, never>, SourceStatus[]>('ratchet/sources'),
  /** *Test Connection*: of a source of config.yaml by its name, or of one that is being connected. */
  sourceProbe: request<{ name: string } | { source: SourceParams }, SourceProbe>('ratchet/source/probe'),
  sourcePreview: request<SourceParams, SourcePreviewResult>('ratchet/source/preview'),
  /** config.yaml before and after; writes nothing. */
  sourceEdit: request<SourceParams, { file: string; before: string; after: string }>('ratchet/source/edit'),
  configWrite: request<{ text: string }, null>('ratchet/config/write'),
  suites: request<Record<string, never>, SuiteInfo[]>('ratchet/eval/suites'),
  evalRun: request<EvalRunParams, EvalOutcome>('ratchet/eval/run'),
  /** What a run would send, before it does. */
  evalPlan: request<Omit<EvalRunParams, 'runId'>, EvalPlanView>('ratchet/eval/plan'),
  /** The report of a suite as it is now: of a run under way, else the last one. `null` where it has not run yet. */
  evalView: request<{ suite: string }, EvalView | null>('ratchet/eval/view'),
  /** Everything about cells of a report; at most 200. `rendered`: with what their columns send for the case of the first. */
  evalCells: request<EvalPlace & { cells: number[]; rendered: boolean }, EvalCaseDetail>('ratchet/eval/cells'),
  /** Cells whose output holds a text. */
  evalSearch: request<EvalPlace & { text: string }, number[]>('ratchet/eval/search'),
  evalExport: request<EvalPlace & { format: 'csv' | 'markdown' }, string>('ratchet/eval/export'),
  /** Whole runs of a suite, the oldest first. */
  suiteHistory: request<{ suite: string }, SuiteRunEntry[]>('ratchet/eval/history'),
  /** Cancels an evaluation or a suggestion by its runId. */
  cancel: request<{ runId: string }, null>('ratchet/cancel'),
  suggest: request<{ runId: string; prompt: string; suite?: string; budget?: string; seed?: number }, SuggestionDocument>(
    'ratchet/suggest',
  ),
  check: request<{ runId: string; prompt: string; suite?: string; text?: string }, SuggestionDocument>('ratchet/check'),
  suggestionGet: request<{ id: string }, SuggestionView>('ratchet/suggestion/get'),
  suggestionAccept: request<{ id: string; commit: boolean; text?: string; uncertified?: boolean }, VersionDocument>(
    'ratchet/suggestion/accept',
  ),
  suggestionReject: request<{ id: string; reason: string | null }, null>('ratchet/suggestion/reject'),
  history: request<{ prompt: string }, { prompt: string; file: string; entries: HistoryEntry[] }>('ratchet/history'),
  /** Takes a score for each of a few attributes, hence apart from `history`. */
  promptSegments: request<{ prompt: string }, PromptSegments>('ratchet/prompt/segments'),
  versionContent: request<{ prompt: string; version: string }, { text: string; file: string }>('ratchet/version/content'),
  rollback: request<{ prompt: string; to: string; commit: boolean }, VersionDocument>('ratchet/rollback'),
  /** Everything a hover or a side view shows about one prompt. */
  promptScore: request<{ prompt: string }, { score: VersionScore | null; versions: VersionScore[] }>('ratchet/prompt/score'),
  /** Ranges that complaints point to in a file, for decorations. */
  highlights: request<{ uri: string }, { range: Range; message: string }[]>('ratchet/highlights'),
  auditVerify: request<Record<string, never>, AuditDocument>('ratchet/audit/verify'),
  /** Profiles of config.yaml with the origin that a key is bound to; `null` for models on this machine. */
  models: request<Record<string, never>, { name: string; provider: string; origin: string | null }[]>('ratchet/models'),
  /** Servers of models on this machine. */
  modelServers: request<Record<string, never>, ModelServer[]>('ratchet/model/servers'),
  /** What the endpoint of a model lists. */
  modelList: request<ModelParams, string[]>('ratchet/model/list'),
  /** One short request, to see whether it answers. */
  modelTest: request<ModelParams, ModelTestResult>('ratchet/model/test'),
  /** config.yaml before and after; writes nothing. */
  modelEdit: request<ModelParams, { file: string; before: string; after: string }>('ratchet/model/edit'),
  setTrusted: request<{ trusted: boolean }, null>('ratchet/trust'),
  setOptions: request<Partial<ServerOptions>, null>('ratchet/options'),
} as const;

/** What the server asks the editor: answers of models that only an extension may call. */
export const HostRequests = {
  chat: request<HostChatParams, HostChatAnswer>('ratchet/host/chat'),
} as const;

export const Notifications = {
  /** Scores, prompts, suites, versions or the state of sources changed: views ask again. */
  changed: notification<{ what: ('scores' | 'prompts' | 'suites' | 'versions' | 'sources')[] }>('ratchet/changed'),
  /** A suite begins to run, whoever started it. What follows are deltas to this view. */
  evalBegun: notification<{ runId: string; view: EvalView }>('ratchet/eval/begun'),
  evalDelta: notification<{ runId: string; delta: EvalDelta }>('ratchet/eval/delta'),
  /** The run is over: its reports are to be asked for. */
  evalEnded: notification<{ runId: string; suites: string[] }>('ratchet/eval/ended'),
  evalProgress: notification<{
    runId: string;
    suite: string;
    done: number;
    total: number;
    cached: number;
    failed: number;
    errored: number;
  }>('ratchet/eval/progress'),
  suggestProgress: notification<{ runId: string; stage: string; message: string; calls: number; budget: number }>(
    'ratchet/suggest/progress',
  ),
} as const;
