/** What the engine needs from outside. Paths are absolute with `/`. Every port has a fake in `test/support`. */
import type { ModelProfile, SourceConfig } from './config/types.js';

export interface FileStat {
  size: number;
  mtimeMs: number;
  isDirectory: boolean;
}

export interface FileSystem {
  /** UTF-8 text as it is on disk (BOM and CRLF kept). Throws IO_FAILED where it is missing or over `maxBytes` (default 20 MiB). */
  read(path: string, maxBytes?: number): Promise<string>;
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Several pieces of one file, which is opened once; a piece is shorter where the file ends before it does. */
  readRanges?(path: string, ranges: readonly { offset: number; length: number }[]): Promise<Uint8Array[]>;
  /** Chunks from `offset` to the end; streams, so a file of any size can be read. */
  stream(path: string, offset?: number): AsyncIterable<Uint8Array>;
  /**
   * Chunks of what a gzip file holds. Throws IO_FAILED for a damaged one, and for one that would unpack to over `maxBytes` or to over
   * 250 times its size (a bomb).
   */
  gunzip(path: string, maxBytes: number): AsyncIterable<Uint8Array>;
  stat(path: string): Promise<FileStat | null>;
  /** Durable replace: temp file + fsync + rename in the same folder; creates parent folders. */
  write(path: string, text: string): Promise<void>;
  /** As `write`, for what is not to be held in memory at once. */
  writeChunks(path: string, chunks: AsyncIterable<string>): Promise<void>;
  /** Fails with IO_FAILED where the file exists. */
  writeNew(path: string, text: string): Promise<void>;
  /** One write of `text` at the end; `sync` waits for fsync. Creates the file and its folders. */
  append(path: string, text: string, options?: { sync?: boolean; mode?: number }): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  remove(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  list(path: string): Promise<{ name: string; isDirectory: boolean; isSymlink: boolean }[]>;
  /** Resolves symbolic links, so that "inside the workspace" can be decided. */
  realpath(path: string): Promise<string>;
}

/** Advisory lock between processes: made by mkdir, with heartbeat, stale after 10 s. */
export interface Locks {
  /** Throws LOCKED where another holder does not give it up within `waitMs` (default 30 s). */
  withLock<T>(path: string, work: () => Promise<T>, signal?: AbortSignal, waitMs?: number): Promise<T>;
}

/** A small JSON document (lowdb underneath): read fresh, changed under a lock, written durably. */
export interface JsonDocument<T> {
  read(): Promise<T>;
  update<R>(change: (data: T) => R | Promise<R>): Promise<R>;
}

export interface Documents {
  /** `fallback` is what a missing file reads as; a damaged one is kept aside as `<name>.damaged-<time>` and reported by IO_FAILED. */
  open<T extends object>(path: string, fallback: () => T): JsonDocument<T>;
}

export interface GitCommitRequest {
  /** Workspace-relative paths; only these are committed (`git commit --only`), the user's index stays as it is. */
  paths: string[];
  message: string;
}

export interface Git {
  /** `null` where the workspace is in no repository or git is missing. */
  root(): Promise<string | null>;
  /** Name of the operation in progress (`merge`, `rebase`, `cherry-pick`, `revert`, `bisect`), else `null`. */
  busy(): Promise<string | null>;
  /** Returns the new commit's hash. Hooks and signing stay on. Throws GIT_FAILED with git's own words. */
  commit(request: GitCommitRequest): Promise<string>;
  userName(): Promise<string | null>;
  /**
   * Text of a workspace file as it was at a commit, branch or tag (also of `origin`); `null` where it was not there. Throws BAD_USAGE where git
   * does not know the name, saying so if the clone is a shallow one.
   */
  fileAt?(ref: string, path: string): Promise<string | null>;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Whole request; default 30 s. */
  timeoutMs?: number;
  /** Default 64 MiB. */
  maxBytes?: number;
}

export interface HttpResponse {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Why no answer came: what a user has to mend is different for each. */
export type HttpFault = 'name' | 'refused' | 'unreachable' | 'tls' | 'timeout' | 'closed' | 'tooLarge' | 'redirect';

/**
 * Requests to sources. Any status is an answer; redirects are followed within the origin only and never take a key elsewhere.
 * Without an answer SOURCE_FAILED is thrown with `details.fault: HttpFault`. UNTRUSTED_WORKSPACE and ORIGIN_NOT_CONFIRMED as for models.
 */
export interface Http {
  request(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  /** Key of a source for an origin: its `${env:NAME}`, else the one given for that origin; `null` where there is none. Throws CONFIG_INVALID for a literal. */
  key(source: { name: string; key?: string }, origin: string): string | null;
  /** Value of a setting that may be `${env:NAME}`, such as a user's name; `null` where that variable is not set. */
  expand(value: string): string | null;
}

/** Value of a statement's parameter: `$1` in PostgreSQL, `{p1:…}` in ClickHouse. */
export type SqlParam = string | number | readonly string[] | readonly number[];

export interface SqlStatement {
  text: string;
  params: SqlParam[];
}

/** Values in the order of the columns; numbers may come as texts. */
export type SqlRow = readonly unknown[];

/** One database of a team. Every statement runs alone in a read-only transaction (or as a read-only user) with a time limit on the server. */
export interface SqlDatabase {
  /**
   * Throws SOURCE_FAILED with `details.step` (`name`, `connect`, `tls`, `auth`, `permission`, `data`), TIMEOUT, KEY_MISSING, CONFIG_INVALID,
   * UNTRUSTED_WORKSPACE, ORIGIN_NOT_CONFIRMED and CANCELLED.
   */
  query(statement: SqlStatement, signal?: AbortSignal): Promise<SqlRow[]>;
}

export interface Databases {
  /** Connects at the first statement. Clients are shared by source; the port closes them. */
  open(source: SourceConfig): SqlDatabase;
  close(): Promise<void>;
}

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

/** As chat endpoints name the parts of a message that is more than its text. */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | { type: 'file'; file: { filename?: string; file_data?: string; file_id?: string } };

export interface ToolCall {
  id: string;
  type: 'function';
  /** `arguments`: JSON as the model wrote it, which may not be valid. */
  function: { name: string; arguments: string };
}

export interface ChatMessage {
  role: Role;
  /** The text; of a message of several parts that of its text parts. */
  content: string;
  /** Where there is more than text: all parts, in order. */
  parts?: ContentPart[];
  /** Of an assistant's message that called tools. */
  toolCalls?: ToolCall[];
  /** Of a tool's message: the call that it answers. */
  toolCallId?: string;
  name?: string;
}

export interface ChatRequest {
  messages: ChatMessage[];
  /** Sampling and length parameters as the endpoint names them (`temperature`, `max_tokens`, `seed`, …). */
  params: Record<string, unknown>;
  /** Which of several repeats: part of the cache key, so that repeats are separate draws. */
  repeat?: number;
  timeoutMs?: number;
  /** The case's variables, for providers that make their request themselves; an endpoint of models does not get them. */
  vars?: Record<string, unknown>;
}

export interface ChatResponse {
  text: string;
  /** The answer where it is not its text: calls of tools, data that fits a schema, an object of the suite's own provider. Assertions of code see it. */
  output?: unknown;
  toolCalls?: ToolCall[];
  /** The text is a refusal, as the endpoint says. */
  isRefusal?: boolean;
  /** Natural logarithms of the probabilities of the answer's tokens. */
  logprobs?: number[];
  /** What the provider itself says that it cost. */
  cost?: number;
  metadata?: Record<string, unknown>;
  finishReason: string | null;
  tokensIn: number | null;
  tokensOut: number | null;
  latencyMs: number;
  /** True where the answer came from a recording. */
  recorded: boolean;
}

export interface ModelClient {
  readonly profile: ModelProfile;
  /** The same request always gets the same answer (greedy local model, replay, echo). */
  readonly deterministic: boolean;
  /** Faults are EngineErrors (MODEL_FAILED, TIMEOUT, KEY_MISSING, REPLAY_MISS …) with `details.retryAfterMs` where the server said so. */
  chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatResponse>;
  /** Vectors of the texts, in their order. Absent: the model makes none. */
  embed?(texts: readonly string[], signal?: AbortSignal): Promise<Embeddings>;
  close(): Promise<void>;
}

export interface Embeddings {
  vectors: number[][];
  tokensIn: number | null;
}

export interface Models {
  /** Throws MODEL_NOT_CONFIGURED, UNTRUSTED_WORKSPACE, ORIGIN_NOT_CONFIRMED, KEY_MISSING. Clients are shared; the port closes them. */
  client(profile: ModelProfile): Promise<ModelClient>;
  /** Is it reachable right now? For `doctor` and *Test Connection*. */
  probe(profile: ModelProfile, signal?: AbortSignal): Promise<{ ok: boolean; detail: string; todo: string | null }>;
  /** Ids of the models that an endpoint lists. Throws as `client` does, and as a request would. */
  list?(profile: ModelProfile, signal?: AbortSignal): Promise<string[]>;
  /** Servers already running on this machine that speak OpenAI's protocol; asked for their models only. */
  localServers?(signal?: AbortSignal): Promise<LocalServer[]>;
  close(): Promise<void>;
}

export interface LocalServer {
  /** Whose usual port it is; another program may use it as well. */
  name: string;
  baseUrl: string;
  models: string[];
}

export interface ResponseCache {
  get(key: string): Promise<ChatResponse | null>;
  set(key: string, value: ChatResponse): Promise<void>;
  /** When the answer was kept, in milliseconds since 1970. */
  createdMs?(key: string): Promise<number | null>;
  close(): Promise<void>;
}

export type CodeLanguage = 'javascript' | 'python';

/**
 * What code of a suite is for. It decides which function is called where none is named, and under which names code in the suite itself sees
 * its arguments:
 * - `assertion` (output, context), `get_assert`
 * - `transform` (output, context, process), `get_transform`; of variables (vars, context), of a context for a judge as well
 * - `provider` (prompt, context, options) in JavaScript, (prompt, options, context) in Python: `call_api`; a class of a module is made with
 *   `{ id, config }` from the first argument of `setup`, and its `callApi` is called
 * - `prompt` ({ vars, provider, config }), the default export, or the only function of a Python file
 * - `vars` (name, prompt, vars, provider), `get_var`
 * - `tests` (config), `generate_tests`
 * - `scoring` (namedScores, context), `get_score`
 * - `http`: what `parameters` names, such as (json, text, context)
 * - `data`: no function but what the module exports; called with the arguments where that is a function
 */
export type CodePurpose = 'assertion' | 'transform' | 'provider' | 'prompt' | 'vars' | 'tests' | 'scoring' | 'http' | 'data';

/** Code as it stands in a suite (`text`), or a file (workspace path, checked by whoever read the suite) with the name of a function in it. */
export interface CodeReference {
  language: CodeLanguage;
  text?: string;
  file?: string;
  name?: string;
}

export interface CodeCall {
  code: CodeReference;
  purpose: CodePurpose;
  /** Plain data, as JSON has it; an argument may be `undefined`. */
  args: readonly unknown[];
  /** Names of the arguments for code in the suite itself, where they differ from the usual ones of the purpose. */
  parameters?: readonly string[];
  /** What a provider is made with: the id and config of the suite. */
  setup?: { id: string; config: Record<string, unknown> };
  /** Of the call alone; loading a file or starting Python has its own limit. */
  timeoutMs: number;
  /** Workspace folder that relative paths of the code start from: the suite's. Default: the workspace. */
  folder?: string;
  /** The Python to run, where the suite or config.yaml names one. */
  executable?: string;
}

export interface ProgramCall {
  /** Words with spaces stand in quotes. */
  command: string;
  /** Added at its end. */
  args: readonly string[];
  timeoutMs: number;
  folder?: string;
}

export interface ProgramResult {
  stdout: string;
  /** Its last 2,000 characters. */
  stderr: string;
  code: number;
}

/**
 * Runs code of suites apart from everything else: in processes that are killed with all that they started when their time is over, and
 * that see no keys. Only in trusted workspaces.
 */
export interface CodeRunner {
  /**
   * What the code returned, as plain data; `undefined` where it returned nothing. Throws an Error that is no EngineError where the code threw;
   * SUITE_INVALID where it cannot be compiled or loaded, or has no such function; TIMEOUT where it was killed, or is not run any more because
   * it took too long three times; CODE_ENDED where its process ended; ANSWER_TOO_LARGE; UNTRUSTED_WORKSPACE; CANCELLED.
   */
  call(call: CodeCall, signal?: AbortSignal): Promise<unknown>;
  /** A program of a suite, without a shell and without keys. Throws SUITE_INVALID where it cannot be started, and as `call`. */
  program(call: ProgramCall, signal?: AbortSignal): Promise<ProgramResult>;
  /** JavaScript of an assertion: `call` knows more. */
  javascript(
    code: string,
    context: { output: string; vars: Record<string, unknown>; prompt?: string },
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<unknown>;
  /** A regular expression from a suite may backtrack for ever, hence it runs here as well. */
  regex(pattern: string, flags: string, text: string, timeoutMs: number): Promise<boolean>;
  /**
   * Values against a JSON Schema (draft 7, 2019-09 or 2020-12): `null` for each that fits, else its first fault as a sentence. Runs here
   * for the same reason. Throws SUITE_INVALID where the schema is none or says what is not understood.
   */
  jsonSchema?(schema: unknown, values: readonly unknown[], timeoutMs: number, signal?: AbortSignal): Promise<(string | null)[]>;
  close(): Promise<void>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary start; only differences mean something. */
  monotonic(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

/** `randomHex(16)` = 32 hex digits from the system's generator. Seeded randomness lives in `stats/random.ts`. */
export interface Entropy {
  randomHex(bytes: number): string;
}
