/** `ratchet suggest --json` and `check --json`: a proposed edit with its certificate, and what was tried. */
import type { Estimate, SourceRange } from './documents.js';

export type Verdict = 'certified' | 'refused' | 'nothing-better' | 'no-headroom' | 'too-few-cases';

export interface SuggestionEdit {
  range: SourceRange;
  before: string;
  after: string;
  why: { theme: string | null; evidence: string[]; proposer: string };
}

export interface Certificate {
  heldOut: { cases: number; repeats: number };
  delta: number;
  lo: number;
  hi: number;
  p: number;
  wins: number;
  losses: number;
  ties: number;
  baseline: Estimate;
  candidate: Estimate;
  alpha: number;
  alphaSpent: number;
  alphaLeft: number;
  regressions: string[];
}

/** A candidate that was tried in the search, with its score on the development cases (not evidence: search saw it). */
export interface TriedCandidate {
  proposer: string;
  summary: string;
  dev: { cases: number; delta: number; se: number } | null;
  outcome: string;
}

export interface SuggestionDocument {
  schema: 'promptratchet.suggestion/1';
  id: string;
  prompt: string;
  file: string;
  parent: { version: string | null; sha256: string };
  verdict: Verdict;
  reason: string;
  diff: string;
  edits: SuggestionEdit[];
  certificate: Certificate | null;
  plan: { mde: number | null; calls: number; heldOut: number; dev: number };
  spent: { calls: number; tokensIn: number | null; tokensOut: number | null; cost: number | null; seconds: number };
  tried: TriedCandidate[];
  seed: number;
  journal: string;
  /** True where a `replay` profile answered. */
  recorded: boolean;
}
