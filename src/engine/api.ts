/** The engine's public face: what the server and the command line call. Implementations are composed in `index.ts`. */
import type {
  DoctorDocument,
  ExportDocument,
  FeedbackDetail,
  FeedbackDocument,
  InitDocument,
  PullDocument,
  PurgeDocument,
  ScoreDocument,
} from '../shared/documents.js';
import type { AuditDocument, AuditRecord } from '../shared/auditDocument.js';
import type { CaseResult, EvalColumn, EvalDocument, Health } from '../shared/evalDocument.js';
import type { EvalHead, EvalRows } from '../shared/evalRows.js';
import type { SuiteRunEntry } from '../shared/evalView.js';
import type { Rendered } from './evaluation/rendered.js';
import type { SuggestionDocument } from '../shared/suggestionDocument.js';
import type { VersionDocument, VersionsDocument } from '../shared/versionDocument.js';
import type { Collector } from './collector/types.js';
import type { ModelProfile, Problem, SourceConfig, WorkspaceConfig } from './config/types.js';
import type { EvalProgress, EvalRequest, Suite } from './evaluation/types.js';
import type { FeedbackQuery, SourcePreview } from './feedback/types.js';
import type {
  Clock,
  CodeRunner,
  Databases,
  Documents,
  Entropy,
  FileSystem,
  Git,
  Http,
  LocalServer,
  Locks,
  Logger,
  Models,
  ResponseCache,
} from './ports.js';
import type { ProbeResult } from './feedback/sources/source.js';
import type { Scanner } from './feedback/scan/scanner.js';
import type { FeedbackStore } from './feedback/store.js';
import type { PromptDocument, RenderedPrompt } from './prompts/types.js';

export interface EnginePorts {
  fs: FileSystem;
  locks: Locks;
  documents: Documents;
  git: Git;
  models: Models;
  cache: ResponseCache;
  code: CodeRunner;
  feedbackStore: FeedbackStore;
  /** Without one every file is read in this thread. */
  scanner?: Scanner;
  http: Http;
  databases: Databases;
  clock: Clock;
  entropy: Entropy;
  logger: Logger;
}

export interface EngineOptions {
  /** Absolute path of the workspace folder. */
  root: string;
  /** False: reading works; models, code assertions and custom endpoints throw UNTRUSTED_WORKSPACE. */
  trusted: boolean;
  /** Overrides `threshold` of config.yaml (a setting of the editor, a flag of the command line). */
  threshold?: number;
}

export interface ConfigService {
  /** Never throws on content: what could not be read is in `problems`, and the defaults stand. */
  load(): Promise<{ config: WorkspaceConfig; problems: Problem[] }>;
  /** Text of config.yaml before and after adding (or replacing, by name) a source; comments and order kept. Writes nothing. */
  withSource(source: SourceConfig): Promise<{ file: string; before: string; after: string }>;
  /** The same for a model. */
  withModel(model: ModelProfile): Promise<{ file: string; before: string; after: string }>;
  write(text: string): Promise<void>;
}

/** Finding, trying and adding models. Everything that is sent goes to origins that the user named. */
export interface ModelService {
  /** Servers of models that run on this machine already. */
  servers(signal?: AbortSignal): Promise<LocalServer[]>;
  /** What an endpoint lists. Throws as a request to it would. */
  list(profile: ModelProfile, signal?: AbortSignal): Promise<string[]>;
  /** Asks one short question. Never throws but CANCELLED: what stood in the way is in `failed`. */
  test(profile: ModelProfile, signal?: AbortSignal): Promise<ModelTest>;
}

export interface ModelTest {
  ok: boolean;
  /** The answer, or why there is none: one sentence with what to do. */
  detail: string;
  /** Code of the fault, `null` where it answered. */
  failed: string | null;
  latencyMs: number | null;
  tokensIn: number | null;
  tokensOut: number | null;
}

export interface PromptService {
  /** Every prompt of the workspace, sorted by id. A file that cannot be read is a document with a problem. */
  list(): Promise<PromptDocument[]>;
  /** By id, or by workspace path. Throws PROMPT_NOT_FOUND naming the nearest ids. */
  get(idOrFile: string): Promise<PromptDocument>;
  /** Parses a buffer. Never throws on content. */
  parse(file: string, text: string): PromptDocument;
  isPromptFile(file: string, head?: string): boolean;
  /** Throws VARIABLE_MISSING with the name, TEMPLATE_FAILED. */
  render(document: PromptDocument, vars: Record<string, unknown>): RenderedPrompt;
  /** Forget cached parses of these files (or all). */
  invalidate(files?: string[]): void;
}

export interface FeedbackService {
  /**
   * `record`: somebody asked for this pull, so what it took in is written to the audit log (`source.synced`). `scores`: scores are asked for
   * behind it, so that what they are made from is counted while logs are read.
   */
  pull(options?: {
    sources?: string[];
    since?: string;
    full?: boolean;
    record?: boolean;
    scores?: boolean;
    signal?: AbortSignal;
  }): Promise<PullDocument>;
  page(query: FeedbackQuery): Promise<FeedbackDocument>;
  detail(id: string): Promise<FeedbackDetail | null>;
  preview(source: SourceConfig, limit?: number): Promise<SourcePreview>;
  /** Does it work, and if not, at which step? *Test Connection* and `doctor`. Never throws but CANCELLED. */
  probe(source: SourceConfig, signal?: AbortSignal): Promise<ProbeResult>;
  /** Takes a person's words out of everything that is stored here; numbers stay, under a name that leads nowhere. */
  purge(request: { user: string; dryRun: boolean }): Promise<PurgeDocument>;
  /** Attribute names that occur, most frequent first. */
  attributes(): Promise<string[]>;
  /** All records as OTLP, to new files beside `out` (absolute): `x.jsonl` becomes `x.traces.jsonl` and `x.logs.jsonl`. Throws IO_FAILED where they exist. */
  exportOtlp(request: { out: string; redact: boolean; signal?: AbortSignal }): Promise<ExportDocument>;
  /** Absolute paths (globs expanded, and the folders of globs) that a host watches. */
  watched(): Promise<string[]>;
  /** Variables seen for a prompt in the log with example values: completion and hovers. */
  variables(prompt: string): Promise<Record<string, string[]>>;
  /** Corrections and highly rated outputs, for the demonstrations proposer; newest first. */
  examples(
    prompt: string,
    limit: number,
  ): Promise<
    { feedbackIds: string[]; variables: Record<string, string>; output: string; corrected: string | null; raters: number; y: number }[]
  >;
}

export interface ScoreOptions {
  prompts?: string[];
  since?: string;
  until?: string;
  segment?: string;
  threshold?: number;
  asOf?: string;
  /** Names of themes by the configured model: comments are sent to it. Nothing else changes. */
  relabel?: boolean;
  /** `last`: those that this service found before, or none, without a comment being read. Default `fresh`. */
  themes?: 'fresh' | 'last';
}

export interface ScoreService {
  score(options?: ScoreOptions, signal?: AbortSignal): Promise<ScoreDocument>;
}

export interface EvalHooks {
  /** Before everything else: with this id an interrupted run can be gone on with. */
  onRun?: (run: string) => void;
  /** Before the first answer of a suite; nothing is measured in the columns yet. */
  onStart?: (suite: string, columns: EvalColumn[]) => void;
  onProgress?: (progress: EvalProgress) => void;
  onCase?: (suite: string, result: CaseResult) => void;
}

/** Estimates: four characters a token, answers as long as those of the suite's last run. `cost` is `null` where a model has no price. */
export interface EvalPlan {
  suites: {
    suite: string;
    cases: number;
    columns: number;
    repeat: number;
    /** Without those whose answer is in the cache. */
    requests: number;
    /** The most that models which judge are asked, nothing of it from the cache; in no other figure. */
    judgeRequests?: number;
    tokens: { in: number; out: number };
    cost: number | null;
    /** Difference of pass rates that a comparison of so many cases finds four times in five; `null` without cases. */
    smallestDifference: number | null;
  }[];
  requests: number;
  tokens: { in: number; out: number };
  cost: number | null;
}

export interface StoredRun {
  /** Whole but for the texts of its cases: an answer is `''` where there is one, and assertions have no reasons. */
  document: EvalDocument;
  /** The cases of `document.suites[suite]` with everything, in their order. May be asked for more than once. */
  cases: (suite: number) => AsyncIterable<CaseResult>;
}

export interface EvaluationService {
  /** Paths of all suites. */
  discover(): Promise<string[]>;
  /** Never throws on content; throws SUITE_NOT_FOUND. */
  load(file: string, text?: string): Promise<Suite>;
  /** Suites that refer to this prompt. */
  suitesOf(prompt: string): Promise<string[]>;
  /** The report with all answers in memory. */
  run(request: EvalRequest, hooks?: EvalHooks, signal?: AbortSignal): Promise<EvalDocument>;
  /** As `run`, for reports of any size: answers stay on the disk until they are asked for. */
  runStored(request: EvalRequest, hooks?: EvalHooks, signal?: AbortSignal): Promise<StoredRun>;
  /**
   * What is wrong with the suites, as far as it is known before anything is asked: of the files, of the cases, and of assertions that always or never
   * passed in the stored runs. With the range of the assertion or case where it stands in the suite's file. `maxCost`: models without a price as well.
   */
  health(request: EvalRequest): Promise<{ suite: string; health: Health[] }[]>;
  /** What a run would do, without asking anybody. */
  plan(request: EvalRequest): Promise<EvalPlan>;
  /** The last stored run of a suite with all that is in it; a host that shows it asks for its head, its rows and single cases. */
  lastRun(suite: string): Promise<EvalDocument | null>;
  /** The last stored run of a suite without its cases. */
  lastHead(suite: string): Promise<EvalHead | null>;
  /** Its cells; `null` where that run is not the suite's last any more. */
  lastRows(suite: string, run: string): Promise<EvalRows | null>;
  /** Everything about one cell, by its place in the rows; `null` where there is none, or the run is not the last any more. */
  caseDetail(suite: string, run: string, cell: number): Promise<CaseResult | null>;
  /** Whole runs of a suite, the oldest first. */
  history(suite: string): Promise<SuiteRunEntry[]>;
  /** What each column of a run like `request` sends for a case, as prompt and suite are now. */
  rendered(request: EvalRequest, suite: string, caseId: string): Promise<Rendered[]>;
}

export interface SuggestRequest {
  prompt: string;
  suite?: string;
  budget?: 'quick' | 'normal' | 'thorough' | number;
  seed?: number;
  /** Id of an interrupted suggestion to go on with. */
  resume?: string;
  dryRun?: boolean;
}

export interface SuggestHooks {
  onProgress?: (progress: { stage: string; message: string; calls: number; budget: number }) => void;
}

export interface OptimizerService {
  suggest(request: SuggestRequest, hooks?: SuggestHooks, signal?: AbortSignal): Promise<SuggestionDocument>;
  /** The gate on the user's own edit: `text` (or the working file) against the last version. */
  check(
    request: { prompt: string; suite?: string; text?: string; seed?: number },
    hooks?: SuggestHooks,
    signal?: AbortSignal,
  ): Promise<SuggestionDocument>;
  get(id: string): Promise<{
    document: SuggestionDocument;
    candidate: string | null;
    parentText: string;
    state: 'open' | 'accepted' | 'rejected' | 'withdrawn';
  }>;
  list(prompt?: string): Promise<SuggestionDocument[]>;
  /** `text` = the right side as the user left it; where it differs from the candidate the certificate does not hold and NOT_CERTIFIED is thrown, unless `uncertified`. */
  accept(id: string, options: { commit: boolean; text?: string; uncertified?: boolean }): Promise<VersionDocument>;
  reject(id: string, reason: string | null): Promise<void>;
}

export interface NewVersion {
  prompt: string;
  /** Whole new text of the prompt file. */
  text: string;
  why: 'rollback' | 'suggestion' | 'edit' | 'initial';
  /** Refused with SUGGESTION_STALE where the working file is not this text any more. */
  expectedSha256?: string;
  evidence?: Record<string, unknown>;
  commit: boolean;
  message: string;
  /** Audit records that belong to this version: written with its own, before the commit, so that the commit holds them. `version` is added to their subject. */
  records?: { type: string; subject: Record<string, string | null>; data: Record<string, unknown> }[];
}

export interface VersionService {
  list(prompt?: string): Promise<VersionsDocument>;
  content(prompt: string, version: string): Promise<string>;
  /** `v1` for a prompt that has no version yet; a new `edit` version where the working file differs from the latest. */
  snapshot(prompt: string): Promise<{ version: string; sha256: string }>;
  create(version: NewVersion): Promise<VersionDocument>;
  rollback(prompt: string, to: string, options: { commit: boolean }): Promise<VersionDocument>;
  diff(prompt: string, from: string, to: string): Promise<string>;
  /** Version labels by text hash for all prompts: attribution by `hash`. */
  bySha256(): Promise<Map<string, { prompt: string; version: string }[]>>;
  /** Version whose text the file has now, else the latest, else `null`. */
  current(prompt: PromptDocument): Promise<string | null>;
}

export interface AuditService {
  append(entry: {
    type: string;
    subject: Record<string, string | null>;
    data?: Record<string, unknown>;
    artifacts?: Record<string, string>;
    actor?: AuditRecord['actor'];
  }): Promise<AuditRecord>;
  verify(): Promise<AuditDocument>;
  entries(): Promise<AuditRecord[]>;
}

export interface Engine {
  readonly root: string;
  readonly config: ConfigService;
  readonly prompts: PromptService;
  readonly feedback: FeedbackService;
  readonly scoring: ScoreService;
  readonly evaluation: EvaluationService;
  readonly optimizer: OptimizerService;
  readonly versions: VersionService;
  readonly audit: AuditService;
  readonly models: ModelService;
  doctor(signal?: AbortSignal): Promise<DoctorDocument>;
  /** Takes records in over HTTP: give it to `serveCollector`. Throws UNTRUSTED_WORKSPACE, CONFIG_INVALID, IO_FAILED, LOCKED. */
  openCollector(): Promise<Collector>;
  init(options: { dryRun: boolean; files: { path: string; text: string }[] }): Promise<InitDocument>;
  readonly trusted: boolean;
  setTrusted(trusted: boolean): void;
  dispose(): Promise<void>;
}

/** What every service may use of the others; built once in `index.ts`. */
export interface EngineContext {
  readonly root: string;
  readonly options: EngineOptions;
  readonly ports: EnginePorts;
  isTrusted(): boolean;
}
