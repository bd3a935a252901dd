/** `ratchet eval --json`: suites, their cases and assertions. */
import type { Estimate, SourceRange } from './documents.js';

export type CaseStatus = 'pass' | 'fail' | 'error';

export interface AssertionResult {
  type: string;
  metric: string | null;
  pass: boolean;
  score: number;
  reason: string;
  /** False where the assertion could not be evaluated; it then never counts as passed. */
  evaluated: boolean;
  /** What was compared with, where it is a text: lets a host show a diff. */
  expected: string | null;
  /** Why the surroundings (a judge) kept it from being evaluated; the case then ends in this error. */
  error?: { code: string; message: string };
  /** Of assertions that a model judged. */
  judge?: JudgeUse;
}

export interface JudgeUse {
  /** Name of the judge's profile. */
  model: string;
  /** The answer was in the cache, so it tells nothing about whether the judge would say the same again. */
  cached: boolean;
  /** Hash of what the judge was asked: the same for the same question. */
  question: string;
  /** Of a comparison that was asked in both orders: the columns in the first one, and the column chosen in each. */
  orders?: { columns: string[]; chosen: [string, string] };
}

/** What judges of a case or a run took. `null` where it is not known. */
export interface JudgeSpend {
  requests: number;
  tokensIn: number | null;
  tokensOut: number | null;
  cost: number | null;
}

export interface CaseResult {
  id: string;
  description: string | null;
  column: string;
  repeat: number;
  vars: Record<string, unknown>;
  status: CaseStatus;
  score: number | null;
  reason: string;
  output: string | null;
  assertions: AssertionResult[];
  latencyMs: number | null;
  cached: boolean;
  cost: number | null;
  /** `kind`: what failed, where an endpoint did: `auth`, `rate-limit`, `server`, `connection`, `timeout`, `bad-answer`, `too-large` … */
  error: { code: string; message: string; kind?: string } | null;
  /** Of the judges of its assertions; `cost` above is that of the answer alone. */
  judge?: JudgeSpend;
}

export interface EvalColumn {
  id: string;
  prompt: string;
  /** What the suite calls the prompt, where it gives it a name. */
  promptLabel?: string;
  /** `vN`, `working` (the file as it is now) or `inline`. */
  version: string;
  provider: string;
  passRate: Estimate | null;
  /** True where the answers were recorded ones (`replay`). */
  recorded: boolean;
}

export interface EvalStats {
  cases: number;
  passed: number;
  failed: number;
  errored: number;
  cached: number;
  requests: number;
  notEvaluated: number;
  seconds: number;
  tokens: { in: number | null; out: number | null };
  cost: number | null;
  /** What of `requests`, `tokens` and `cost` is that of judges. Absent where none was asked. */
  judge?: JudgeSpend;
}

export interface EvalBaseline {
  ref: string;
  delta: number;
  lo: number;
  hi: number;
  p: number;
  verdict: 'better' | 'worse' | 'no-evidence';
  regressed: string[];
  fixed: string[];
}

export interface Health {
  code: string;
  message: string;
  range?: SourceRange;
  /** Of what stands in a file: an `error` left out a part of the suite. */
  severity?: 'error' | 'warning';
  /** Workspace path; `line` is from 1. */
  file?: string;
  line?: number;
}

export interface SuiteReport {
  suite: string;
  columns: EvalColumn[];
  stats: EvalStats;
  passRate: Estimate | null;
  cases: CaseResult[];
  metrics: Record<string, number>;
  health: Health[];
  baseline: EvalBaseline | null;
}

export interface EvalDocument {
  schema: 'promptratchet.eval/1';
  run: string;
  /** False where the run was cancelled: what is here is what was done. */
  complete: boolean;
  suites: SuiteReport[];
}
