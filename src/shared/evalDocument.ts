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
  /** Scores by name that code returned besides its own. */
  namedScores?: Record<string, number>;
  /** Of an `assert-set`, or of what code returned: the results that this one is made of. */
  parts?: AssertionResult[];
}

export interface JudgeUse {
  /** Name of the judge's profile. */
  model: string;
  /** The answer was in the cache, so it tells nothing about whether the judge would say the same again. */
  cached: boolean;
  /** Hash of what the judge was asked: the same for the same question. */
  question: string;
  /** Of a comparison that was asked in both orders: the columns in the first one, the column chosen in each, and the one with the longest answer. */
  orders?: { columns: string[]; chosen: [string, string]; longest: string | null };
  /** Whether people passed the same answer, where they said. */
  human?: boolean;
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
  /** Scores by metric: the weighted mean of the assertions with it, and of scores by name that code returned. Absent where there is none. */
  namedScores?: Record<string, number>;
  /** Of the judges of its assertions; `cost` above is that of the answer alone. */
  judge?: JudgeSpend;
}

export interface EvalColumn {
  id: string;
  prompt: string;
  /** What the suite calls the prompt, where it gives it a name. */
  promptLabel?: string;
  /** `vN`, `working` (the file as it is now), `inline`, or the git ref of a baseline. */
  version: string;
  provider: string;
  passRate: Estimate | null;
  /** Mean score of its cases; errors are left out. */
  score?: Estimate | null;
  /** True where the answers were recorded ones (`replay`). */
  recorded: boolean;
  /** What the provider's profile asks for. */
  model?: string;
  /** Of the prompt's text. */
  sha256?: string;
  /** Runs the baseline's text beside the column of this id; it counts in none of the suite's own numbers. */
  baselineOf?: string;
  /** How it stands against the baseline, where there is one for this column. */
  baseline?: EvalComparison;
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

/** One column against the baseline: pairs by case, repeats of a case averaged. */
export interface EvalComparison {
  /** Change of the pass rate over the pairs. */
  delta: number;
  /** 95 % interval of `delta`; `null` where the pairs are too few for one. */
  lo: number | null;
  hi: number | null;
  /** Of a two-sided sign-flip test. */
  p: number;
  verdict: 'better' | 'worse' | 'no-evidence';
  /** Ids of cases that passed less, and more, often than before. */
  regressed: string[];
  fixed: string[];
  /** Cases on both sides. */
  pairs?: number;
  /** Change of the mean score; `null` where the baseline has no scores. */
  score?: { delta: number; lo: number | null; hi: number | null } | null;
  /** Cases that are on one side only: edited since, added, taken away, or ended in an error here or there. */
  unpaired?: { changed: number; added: number; gone: number; errored: number };
  /** What a reader has to know beside it: another model, the same text, too few pairs and how many it takes. Whole sentences. */
  notes?: string[];
}

/** Of all columns: `delta` is their mean, `p` is corrected for their number, and `verdict` is `worse` where one column is. */
export interface EvalBaseline extends EvalComparison {
  ref: string;
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
  /** The same with 95 % intervals; a case is one unit. */
  metricEstimates?: Record<string, Estimate>;
  health: Health[];
  baseline: EvalBaseline | null;
  /** Why there is no comparison (of all columns, or of some), where one was wanted. Whole sentences. */
  notCompared?: string[];
  /** Of the columns that ran the baseline's text; `stats` is of the others alone, but for requests, tokens and cost. */
  baselineStats?: EvalStats;
}

export interface EvalDocument {
  schema: 'promptratchet.eval/1';
  run: string;
  /** False where the run was cancelled: what is here is what was done. */
  complete: boolean;
  suites: SuiteReport[];
}
