/** What the parts of the optimizer pass to each other. */
import type { EvalCase } from '../evaluation/types.js';
import type { PromptDocument } from '../prompts/types.js';

/** One change to the parent text. A candidate is a set of hunks that do not overlap, so hunks can be merged and taken away one by one. */
export interface Hunk {
  message: number;
  /** In the text of the parent's message (see `prompts/edit.ts`); equal for an insertion. */
  start: number;
  end: number;
  before: string;
  after: string;
  /** Order of insertions at one place: rules come before examples. */
  order: number;
  /** `examples`: the size cap counts this text apart. */
  region: 'instruction' | 'examples';
  why: { theme: string | null; evidence: string[]; proposer: string };
}

export interface Proposal {
  proposer: string;
  /** What it changes, in a few words a person understands. */
  summary: string;
  hunks: Hunk[];
  /** Edits of one slot say the same in other words and are not combined. */
  slot?: string;
  /** Tried in combination only: alone it cannot help, and would be slow to try. */
  partnerOnly?: boolean;
}

export interface Candidate extends Proposal {
  /** Of the LF-normalised text, as in `PromptDocument.sha256` for whole files. */
  sha: string;
  text: string;
}

/** Cases by role. A cluster of near-duplicates is never split between roles. */
export interface Roles {
  train: EvalCase[];
  dev: EvalCase[];
  heldOut: EvalCase[];
  /** Cluster of each case id. */
  cluster: Map<string, string>;
}

/** An input with the answer it should have: from a correction, from a confirmed output, or from a `train` case. */
export interface Example {
  variables: Record<string, string>;
  output: string;
  evidence: string[];
  /** Corrections and labelled cases before confirmed outputs. */
  corrected: boolean;
}

/** Complaints that say the same, as scoring found them. */
export interface ComplaintTheme {
  id: string;
  label: string;
  users: number;
  evidence: string[];
}

/** What failed on the development cases: enough to choose an edit, without any case text. */
export interface FailureKind {
  type: string;
  negate: boolean;
  failing: number;
  total: number;
  /** Distinct expected values; empty where they are many or no texts. */
  expected: string[];
}

/** Everything a proposer may look at. Neither development nor held-out texts are part of it. */
export interface Evidence {
  document: PromptDocument;
  examples: Example[];
  themes: ComplaintTheme[];
  failures: FailureKind[];
}

/** Value in [0, 1] of one case for each replicate; `null` where it ended in a fault. */
export type CaseValues = Map<string, (number | null)[]>;
