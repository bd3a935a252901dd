/** `.ratchet/config.yaml`, parsed and checked. See the README for every key. */
import type { SourceRange } from '../../shared/documents.js';

/** A canonical field's value: a JSON path into the record, or a constant. */
export type FieldMapping = string | { const: string | number | boolean | null };

export interface SourceConfig {
  name: string;
  kind: string;
  /** File sources: workspace-relative or absolute, may be a glob. */
  path?: string;
  /** Servers and databases. Never holds a password: that is `key`. */
  url?: string;
  /** Project (Phoenix, LangSmith, Opik, Langfuse), experiment (MLflow). Name or id. */
  project?: string;
  /** Only ever a reference such as `${env:NAME}`; a literal key is refused with CONFIG_INVALID. */
  key?: string;
  /** Name beside the key: Langfuse's public key, a database user, MLflow's Basic user, Opik's workspace, LangSmith's tenant. May be `${env:NAME}`. */
  user?: string;
  /**
   * Canonical field by JSON path or constant. Not needed for the fields of known shapes, nor for short words in other columns of a plain log or table
   * (`plan`, `country`), which are attributes by themselves; needed for attributes that could be a person, a time or a text.
   */
  map?: Record<string, FieldMapping>;
  /** By metric name as the source has it: who says it and on which range, where the source cannot say so itself. `*` is every other metric. */
  scores?: Record<string, ScoreMeaning>;
  /** Shape of the records, where it must not be guessed from their keys; see the README for the names. */
  format?: string;
  /** First pull of a server goes back so far: `90d`, `24h` or a time. Default 90d. */
  since?: string;
  /** A server is asked again for so much of what was read, for late changes: `15m`, `7d`. Default 7d. */
  lookback?: string;
  /** PostgreSQL and ClickHouse: names of tables or views, and which column holds which canonical field. */
  tables?: TableMapping;
}

export interface ScoreMeaning {
  /** As in the canonical schema, e.g. `explicit.thumb`. `ignore` leaves the metric out. */
  signal?: string;
  actor?: 'end_user' | 'expert' | 'llm_judge' | 'code' | 'system';
  min?: number;
  max?: number;
  higherIsBetter?: boolean;
}

export interface TableMapping {
  interactions?: { table: string; columns?: Record<string, string> };
  feedback: { table: string; columns?: Record<string, string> };
}

export interface ModelProfile {
  name: string;
  /**
   * `openai`: any compatible endpoint; `vscode`: a model that VS Code offers, in the editor only; `http`: an endpoint of one's own shape;
   * `code`: a function or program of a suite.
   */
  provider: 'openai' | 'llama' | 'replay' | 'echo' | 'vscode' | 'http' | 'code';
  model: string;
  /** Of `openai`; default `chat`. A profile for `embeddings` makes vectors only. */
  api?: 'chat' | 'responses' | 'completions' | 'embeddings';
  baseUrl?: string;
  /** Only ever a reference such as `${env:NAME}`; a literal key is refused with CONFIG_INVALID. */
  key?: string;
  /** Header that takes the key as it is, where an endpoint wants it otherwise than as a bearer token (`api-key`). */
  keyHeader?: string;
  /** Further headers of each request. Values may be or hold `${env:NAME}`. */
  headers?: Record<string, string>;
  /** Sent where neither the prompt nor the profile says otherwise. */
  defaults?: Record<string, unknown>;
  /** Of `http`. */
  http?: HttpModel;
  /** Of `code`. */
  code?: CodeModel;
  /** Added to each request's address. */
  query?: Record<string, string>;
  /** Recorded answers of a `replay` profile; workspace-relative JSONL. */
  file?: string;
  params: Record<string, unknown>;
  /** Per million tokens. */
  price?: { in: number; out: number };
  concurrency?: number;
  timeoutMs?: number;
  /** Requests and tokens a minute that the endpoint allows. */
  rpm?: number;
  tpm?: number;
  /** Every answer is appended to `file`, from which a `replay` profile gives it again. */
  record?: boolean;
}

/** A provider that a suite writes itself: a file, or a program. */
export interface CodeModel {
  /** As the suite names it, and what it gives it. */
  id: string;
  config: Record<string, unknown>;
  /** Workspace path of JavaScript, TypeScript or Python, and the function in it. */
  file?: string;
  name?: string;
  /** A program with its arguments. */
  command?: string;
  /** Workspace folder that it starts in; default the workspace. */
  folder?: string;
  /** The Python to run. */
  executable?: string;
}

/** A request of a suite's own shape. Texts are templates: `{{prompt}}`, and the case's variables. */
export interface HttpModel {
  method: string;
  /** A value is put into a template of JSON as JSON. Absent where the method has no body. */
  body?: unknown;
  /** Workspace folder that `file://` starts from; default the workspace. */
  folder?: string;
  /** Expression, function or `file://` that makes the answer of `json`, `text` and `context`. */
  transformResponse?: string;
  /** Expression over `status`; default 200 to 299. */
  validateStatus?: string;
}

/** What is taken out of texts before they are stored or shown. All built-in kinds are on where config.yaml says nothing. */
export interface RedactionConfig {
  /** `email`, `phone`, `card`, `iban`, `ip`, `key`. */
  kinds: string[];
  /** Own patterns: regular expressions (RE2's subset: no backreference, no look-around) by name. */
  patterns: { name: string; pattern: string }[];
}

/** Days; `null` = kept. Counts from a record's time; for segments only, never for the user's own files. */
export interface RetentionConfig {
  /** Texts of interactions (input, output, documents); numbers stay as long as feedback does. */
  interactionDays: number | null;
  feedbackDays: number | null;
}

export interface WorkspaceConfig {
  version: 1;
  threshold: number;
  /** Globs; `null` = every file of a known format outside ignored folders. */
  prompts: string[] | null;
  sources: SourceConfig[];
  redaction: RedactionConfig;
  retention: RetentionConfig;
  models: ModelProfile[];
  /** The Python that runs code of suites; default `PROMPTFOO_PYTHON` of the environment, else `python3`. */
  python?: string;
  defaults: { model?: string; judge?: string; reflection?: string; embedding?: string };
}

/** Something wrong in a file that a user can mend; `range` says where. */
export interface Problem {
  severity: 'error' | 'warning' | 'info';
  code: string;
  message: string;
  file: string;
  range: SourceRange | null;
  /** From 1, where whoever reported it knew the text. */
  line?: number;
}
