/**
 * The public JSON documents of the command line (`ratchet … --json`), and what every host shows.
 * Numbers are JSON numbers, unknown is `null` (never 0), times are RFC 3339 UTC, paths are workspace-relative with `/`.
 */

/** Half-open span of UTF-16 offsets in the file as it is on disk (or in the editor's buffer). */
export interface SourceRange {
  start: number;
  end: number;
}

/** A proportion-like estimate in [0, 1] with a two-sided interval. */
export interface Estimate {
  mean: number;
  lo: number;
  hi: number;
}

/** Quality of one prompt version in one channel. `nEff` is Kish's effective sample size. */
export interface ScoreValue extends Estimate {
  level: number;
  nEff: number;
  users: number;
  events: number;
}

/** `low`: interval's upper end under the threshold; `watch`: mean under it, interval not; `insufficient`: too few users. */
export type QualityStatus = 'low' | 'watch' | 'good' | 'insufficient';

export interface SystemChannel {
  interactions: number;
  errorRate: Estimate | null;
  retryRate: Estimate | null;
  latencyMs: { p50: number; p95: number } | null;
}

export interface TrendPoint {
  from: string;
  to: string;
  mean: number | null;
  lo: number | null;
  hi: number | null;
  users: number;
}

/** A group of complaints that say the same; `segments` are the places in the prompt that they point to. */
export interface Theme {
  id: string;
  label: string;
  users: number;
  /** Share of the complaining users that this theme covers. */
  share: number;
  examples: string[];
  segments: { range: SourceRange; /** Users whose comments say so. */ users?: number }[];
}

export interface VersionScore {
  /** `null`: prompt known, version not. A score of the prompt as served, never of a version. */
  version: string | null;
  sha256: string | null;
  status: QualityStatus;
  /** Channel of the headline score; `null` where no channel has any usable feedback. */
  channel: 'explicit' | 'expert' | null;
  score: ScoreValue | null;
  channels: {
    explicit: ScoreValue | null;
    expert: ScoreValue | null;
    judge: ScoreValue | null;
    implicit: Record<string, ScoreValue>;
    system: SystemChannel;
  };
  responseRate: Estimate | null;
  /** Worst case over users who did not answer (Manski bounds). */
  bounds: { lo: number; hi: number } | null;
  /** UTC days, at most 28, oldest first; a day without anybody has `null`. */
  trend: TrendPoint[];
  /** Users of the last seven days less those of the seven before, who count once a week; `null` under ten users in either. */
  week?: { delta: number; lo: number; hi: number; users: number; usersBefore: number } | null;
  /** Quality fell (or rose) and the evidence holds however often one looks: e-process. `null`: no evidence of a change. */
  change?: { since: string; direction: 'down' | 'up'; before: number; after: number; logE: number; level: number } | null;
  /** How the headline was made: `ppi` has experts' labels and a proxy combined. */
  method?: 'mean' | 'hajek' | 'ppi';
  themes: Theme[];
  /**
   * `rest`: the version's other feedback. `p`: one-sided, that the segment is not worse than the rest, adjusted by Holm for the segments looked at;
   * `null` where one of the two is too small to be tested. `worse`: `p` is under 0.05.
   */
  segments: { key: string; value: string; score: ScoreValue; rest?: ScoreValue | null; p?: number | null; worse?: boolean }[];
}

export interface PromptScore {
  prompt: string;
  /** Version whose text the working file has, else the registry's latest, else `null`. */
  current: string | null;
  versions: VersionScore[];
  /**
   * With `--segment`: users of `value` would be served better by `version` than by the one they have now (`instead`); a proposal for a rollout,
   * applied by nobody yet. `p` and interval are adjusted for all comparisons that were made.
   */
  targeting?: { key: string; value: string; version: string; instead: string; delta: number; lo: number; hi: number; p: number }[];
}

export interface Rejected {
  source: string;
  reason: string;
  count: number;
  firstLine: number;
}

/** A database that could not be asked: what it holds is in no number here. */
export interface FailedSource {
  source: string;
  code: string;
  message: string;
}

export interface ScoreDocument {
  schema: 'promptratchet.score/1';
  asOf: string;
  threshold: number;
  prompts: PromptScore[];
  unattributed: { none: number; ambiguous: number };
  rejected: Rejected[];
  /** Absent where all were asked. */
  failed?: FailedSource[];
}

export interface PullCounts {
  new: number;
  updated: number;
  total: number;
}

export interface PullSource {
  name: string;
  kind: string;
  ok: boolean;
  interactions: PullCounts;
  feedback: PullCounts;
  rejected: { reason: string; count: number; firstLine: number }[];
  /** What was noticed and how it was read, e.g. "ratings over 1 were read as 1 to 5". */
  notes: string[];
  /** Texts that were taken out, by kind (`email`, `phone`, …); in this pull. */
  redacted?: Record<string, number>;
  cursor: string | null;
  seconds: number;
  error: string | null;
}

export interface PullDocument {
  schema: 'promptratchet.pull/1';
  sources: PullSource[];
}

/** `ratchet collect`: the first line, once it listens. */
export interface CollectDocument {
  schema: 'promptratchet.collect/1';
  /** `http://127.0.0.1:4410` */
  address: string;
  host: string;
  port: number;
  pid: number;
  /** A bearer token is asked for. */
  token: boolean;
  cors: string[];
}

export interface PurgeDocument {
  schema: 'promptratchet.purge/1';
  dryRun: boolean;
  /** Workspace-relative paths; records whose text was taken out or that were removed whole. */
  segments: { file: string; source: string; rewritten: number; removed: number }[];
  /** The user's own files that still hold records of that person: they are never changed by us. */
  ownFiles: { file: string; source: string; lines: number }[];
  rewritten: number;
  removed: number;
  /** What else to do, e.g. delete lines of an own file. */
  notes: string[];
}

/** `ratchet export otlp`: one file a signal, each line a request. */
export interface ExportDocument {
  schema: 'promptratchet.export/1';
  what: 'otlp';
  /** Workspace-relative where they are inside. */
  files: { file: string; signal: 'traces' | 'logs'; lines: number; records: number }[];
  interactions: number;
  feedback: number;
  /** Records that cannot be written. */
  skipped: number;
  /** Texts taken out, by kind; `null` where it was not asked for. */
  redacted: Record<string, number> | null;
}

export interface FeedbackRow {
  id: string;
  time: string;
  source: string;
  line: number | null;
  prompt: string | null;
  version: string | null;
  link: string;
  signal: string;
  actor: string;
  /** HMAC pseudonym, never the raw id. */
  user: string | null;
  y: number | null;
  raw: number | string | boolean | null;
  label: string | null;
  text: string | null;
  correction: string | null;
  interaction: string | null;
}

export interface FeedbackDocument {
  schema: 'promptratchet.feedback/1';
  rows: FeedbackRow[];
  total: number;
  nextCursor: string | null;
  /** Absent where all were asked. */
  failed?: FailedSource[];
}

/** One interaction with everything said about it: what the detail pane shows. */
export interface FeedbackDetail {
  row: FeedbackRow;
  interaction: {
    id: string;
    time: string;
    variables: Record<string, string>;
    input: string | null;
    output: string | null;
    documents: { id: string; score: number | null; text: string | null }[];
    latencyMs: number | null;
    error: string | null;
  } | null;
  others: FeedbackRow[];
  /** Address of the record at its source, as the source gave it: not to be trusted. */
  url?: string | null;
  /** The user's own log in which the record stands, where it is read in place: absolute or workspace-relative. */
  file?: string | null;
}

export interface InitDocument {
  schema: 'promptratchet.init/1';
  created: string[];
  kept: string[];
  dryRun: boolean;
}

export interface DoctorCheck {
  name: string;
  ok: boolean;
  detail: string;
  todo: string | null;
}

export interface DoctorDocument {
  schema: 'promptratchet.doctor/1';
  checks: DoctorCheck[];
}
