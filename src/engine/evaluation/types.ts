/** Offline evaluation in promptfoo's terms: suites of cases with assertions, run over columns (prompt × provider). */
import type { SourceRange } from '../../shared/documents.js';
import type { EvalDocument } from '../../shared/evalDocument.js';
import type { ModelProfile, Problem } from '../config/types.js';
import type { PromptDocument } from '../prompts/types.js';

/** Code that a suite names: a text that stands in it, or a function of a file. It is run in trusted workspaces only. */
export interface SuiteCode {
  language: 'javascript' | 'python';
  /** Expression or body, as written; absent where it is a file's. */
  text?: string;
  /** Workspace path of the file, which is there. */
  file?: string;
  /** The file's function: the part after `:` in `file://a.js:fn`; absent = its default. */
  name?: string;
  range: SourceRange | null;
  /** Why it cannot be run (the file is missing, another language); what needs it is then not evaluated. */
  problem?: string;
}

export interface Assertion {
  /** Without `not-`. */
  type: string;
  negate: boolean;
  value: unknown;
  threshold: number | null;
  weight: number;
  metric: string | null;
  range: SourceRange | null;
  /** The value is a file's content, so it is no template. */
  fromFile?: boolean;
  /** Items of a list that are files' contents, so no templates. */
  fileItems?: number[];
  /** Why it cannot be evaluated; such an assertion never counts as passed. */
  problem?: string;
  /** Applied to a copy of the answer before this assertion sees it. */
  transform?: SuiteCode;
  /** Makes the context of `context-*` from the answer. */
  contextTransform?: SuiteCode;
  /** Who judges, as written: an id, `{ id, config }`, or `{ text, embedding }`. */
  provider?: unknown;
  /** The judge's prompt, as written: a text or a list of messages; `file://` is read. */
  rubricPrompt?: unknown;
  /** Handed to code as `context.config`. */
  config?: Record<string, unknown>;
  /** Of an `assert-set`: its assertions, which count as one together. */
  parts?: Assertion[];
  /** Of a value `file://x.js` or `.py`: the function that makes the value (or, for types that are code, judges). */
  valueCode?: SuiteCode;
}

export interface EvalCase {
  /** Stable: hash of vars and assertions (12 hex), with `-2`, `-3` for exact duplicates. */
  id: string;
  description: string | null;
  vars: Record<string, unknown>;
  assertions: Assertion[];
  threshold: number | null;
  /** `metadata` of the test: `tags`, `mustPass`, `split` (`train`) are known to the optimizer. */
  metadata: Record<string, unknown>;
  /** `options.prefix` and `options.suffix`: text around the last user message. */
  affix?: { prefix: string; suffix: string };
  /** `options.transform` (older: `postprocess`): applied to the answer after the provider's own transform. */
  transform?: SuiteCode;
  /** The test's, else the default's. Each gets what the one before returned. */
  transformVars?: SuiteCode[];
  /** `assertScoringFunction`: its verdict replaces the weighted mean. */
  scoringFunction?: SuiteCode;
  /** Asked in place of every column's model. */
  provider?: SuiteProvider;
  /** `options.provider`, `options.rubricPrompt` and `options.factuality` (scores of its categories): who judges and how, where the assertion does not say. As written. */
  judge?: { provider?: unknown; rubricPrompt?: unknown; factuality?: Record<string, unknown> };
  /** Goes before the suite's and the request's. */
  repeat?: number;
  /** Labels, ids, `prefix*` or groups of the columns that run this case; absent = all. */
  only?: { prompts?: string[]; providers?: string[] };
  /** The answer, given in the suite: no model is asked. */
  providerOutput?: unknown;
  /** `options.storeOutputAs`: later cases of the suite see the answer as this variable. */
  storeOutputAs?: string;
  /** `options.runSerially`, a variable `_conversation` or `storeOutputAs`: not before the cases above are done. */
  serial?: boolean;
  /** Variables that a function of a file makes, by name. */
  varCode?: Record<string, SuiteCode>;
  /** Why the case cannot be judged whatever the answer is; nothing is asked then. */
  problem?: string;
  /** Where the case stands: file (may be a `file://` CSV) and range. */
  file: string;
  range: SourceRange | null;
}

export interface SuitePrompt {
  /** Workspace path of a prompt file, else `null` for an inline prompt. */
  file: string | null;
  id: string;
  /** The `id` that stands beside `raw`: another name for it. */
  name?: string;
  label: string | null;
  text: string | null;
  range: SourceRange | null;
  /** The prompt itself where it stands in the suite: with ranges of the suite, and `entry`. */
  document?: PromptDocument;
  /** Parameters for the model that stand with the prompt. */
  config?: Record<string, unknown>;
  /** A function that makes the prompt. */
  code?: SuiteCode;
  /** Why it cannot be sent; its columns end in this. */
  problem?: string;
}

export interface SuiteProvider {
  /** As written: profile name, or a promptfoo id such as `echo`. */
  id: string;
  label: string | null;
  config: Record<string, unknown>;
  range: SourceRange | null;
  /** Labels, ids, `prefix*` or groups of the prompts that it is asked; absent = all. */
  prompts?: string[];
  /** Applied to every answer of this provider, before a test's own. */
  transform?: SuiteCode;
  /** Milliseconds between its requests. */
  delay?: number;
  /** Why its answers cannot be judged; its columns end in this. */
  problem?: string;
}

export interface Suite {
  /** Workspace-relative path. */
  file: string;
  description: string | null;
  prompts: SuitePrompt[];
  providers: SuiteProvider[];
  cases: EvalCase[];
  options: { maxConcurrency: number | null; repeat: number; cache: boolean; timeoutMs: number | null; delayMs: number };
  /** Unknown keys and assertion types, bad references. A suite with errors still lists the cases that could be read. */
  problems: Problem[];
  /** `env`: what `{{ env.NAME }}` stands for in its texts. */
  env?: Record<string, string>;
  /** In order; each is computed over the sums of a column's metrics, and later ones see earlier ones. */
  derivedMetrics?: { name: string; value: string; range: SourceRange | null }[];
  /** Filters of its own for templates. */
  nunjucksFilters?: Record<string, SuiteCode>;
  /** Hooks around the run, as written. */
  extensions?: SuiteCode[];
}

export interface EvalRequest {
  /** Suite paths; empty = all. */
  suites: string[];
  /** Only suites and columns of this prompt. */
  prompt?: string;
  /** Text or `/regex/` on the case's description or id. */
  filter?: string;
  /** Exact case ids, for Test Explorer. */
  cases?: string[];
  repeat?: number;
  concurrency?: number;
  noCache?: boolean;
  timeoutMs?: number;
  /** Other text for the prompt (an open buffer, a candidate), by prompt id. */
  override?: Record<string, { text: string; version: string }>;
  /** Profile to use in place of the suite's providers. */
  provider?: ModelProfile;
  /**
   * A version (`v1`) to run side by side and compare with, or a git ref: then the suite's blessed baseline of that ref, else the prompts'
   * texts of that ref side by side.
   */
  baseline?: string;
  /** Runs every column twice and compares it with itself: how much two equal things differ here. */
  aa?: boolean;
  /** An earlier report to compare with, and what it is called. `byVars`: its case ids are not ours, so cases are paired by their variables. */
  baselineReport?: { ref: string; document: EvalDocument; byVars?: boolean };
  /** Most that the requests of this run may cost; needs a price on every model that costs. */
  maxCost?: number;
  /** Keep the results as the suites' baselines under `.ratchet/baselines`, if the run is complete. */
  bless?: boolean;
  /** Id of an interrupted run, or `last`: cases that it finished are taken from its journal. */
  resume?: string;
  /** How long an endpoint that says that it is too much is waited for; default 10 minutes. */
  maxWaitMs?: number;
}

export interface EvalProgress {
  suite: string;
  done: number;
  total: number;
  cached: number;
  failed: number;
  errored: number;
  /** Why nothing happens at the moment. */
  waiting?: string;
}
