/** Offline evaluation in promptfoo's terms: suites of cases with assertions, run over columns (prompt × provider). */
import type { SourceRange } from '../../shared/documents.js';
import type { EvalDocument } from '../../shared/evalDocument.js';
import type { ModelProfile, Problem } from '../config/types.js';

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
  /** Why it cannot be evaluated; such an assertion never counts as passed. */
  problem?: string;
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
  /** Where the case stands: file (may be a `file://` CSV) and range. */
  file: string;
  range: SourceRange | null;
}

export interface SuitePrompt {
  /** Workspace path of a prompt file, else `null` for an inline prompt. */
  file: string | null;
  id: string;
  label: string | null;
  text: string | null;
  range: SourceRange | null;
}

export interface SuiteProvider {
  /** As written: profile name, or a promptfoo id such as `echo`. */
  id: string;
  label: string | null;
  config: Record<string, unknown>;
  range: SourceRange | null;
}

export interface Suite {
  /** Workspace-relative path. */
  file: string;
  description: string | null;
  prompts: SuitePrompt[];
  providers: SuiteProvider[];
  cases: EvalCase[];
  options: { maxConcurrency: number | null; repeat: number; cache: boolean; timeoutMs: number | null };
  /** Unknown keys and assertion types, bad references. A suite with errors still lists the cases that could be read. */
  problems: Problem[];
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
  /** A version (`v1`) to run side by side and compare with. */
  baseline?: string;
  /** An earlier report to compare with, and what it is called. */
  baselineReport?: { ref: string; document: EvalDocument };
  /** Most that the requests of this run may cost; needs a price on every model that costs. */
  maxCost?: number;
  /** Keep the results as the suites' baselines under `.ratchet/baselines`, if the run is complete. */
  bless?: boolean;
  /** Id of an interrupted run: cases that it finished are taken from its journal. */
  resume?: string;
}

export interface EvalProgress {
  suite: string;
  done: number;
  total: number;
  cached: number;
  failed: number;
  errored: number;
}
