/** The canonical schema: interactions and feedback, one JSON object a line. `promptratchet.interaction/1` and `promptratchet.feedback/1`. */

export type Link = 'exact' | 'hash' | 'metadata' | 'flag' | 'ambiguous' | 'none';

export type Signal =
  | 'explicit.thumb'
  | 'explicit.rating'
  | 'explicit.comment'
  | 'explicit.correction'
  | 'implicit.click'
  | 'implicit.dwell'
  | 'implicit.copy'
  | 'implicit.accept'
  | 'implicit.edit'
  | 'implicit.regenerate'
  | 'implicit.abandon'
  | 'implicit.followup'
  | 'review.score'
  | 'review.label'
  | 'judge.score'
  | 'code.score'
  | 'system.error'
  | 'system.retry'
  | 'system.latency'
  | 'system.guardrail';

export type ActorKind = 'end_user' | 'expert' | 'llm_judge' | 'code' | 'system';

export interface PromptRef {
  name: string;
  version: string | null;
  sha256?: string;
  link: Link;
  /** The record's shape has no place for a prompt: where the workspace has one prompt only, it is that one. */
  or_only?: boolean;
}

export interface SourceRef {
  kind: string;
  instance?: string;
  project?: string;
  record_type?: string;
  record_id?: string;
  updated_at?: string;
  url?: string;
  line?: number;
}

interface Base {
  id: string;
  time: string;
  observed_time: string;
  revision: number;
  trace_id?: string;
  span_id?: string;
  attributes: Record<string, string | number | boolean | null>;
  source: SourceRef;
  user?: string;
  session?: string;
}

export interface RetrievedDocument {
  id: string;
  score?: number;
  rank?: number;
  chunk?: string;
  text?: string;
}

export interface InteractionV1 extends Base {
  schema: 'promptratchet.interaction/1';
  prompt: PromptRef;
  /** Made from a line that was written because somebody rated: says nothing about those who did not. */
  implied?: boolean;
  rollout?: { flag_key: string; variant: string; rollout_id?: string; step?: number };
  input?: { variables?: Record<string, string>; messages?: unknown };
  output?: { text?: string; messages?: unknown };
  retrieval?: { query?: string; top_k?: number; documents: RetrievedDocument[] };
  system?: {
    status: 'ok' | 'error';
    error_type?: string;
    latency_ms?: number;
    ttfc_ms?: number;
    retries?: number;
    input_tokens?: number;
    output_tokens?: number;
    cost_usd?: number;
    finish_reasons?: string[];
  };
}

export interface FeedbackScore {
  raw: number | string | boolean | null;
  min?: number;
  max?: number;
  /** (raw - min) / (max - min), flipped where lower is better; `null` where the range is unknown. */
  y: number | null;
  higher_is_better: boolean;
}

export interface FeedbackV1 extends Base {
  schema: 'promptratchet.feedback/1';
  interaction_id: string | null;
  prompt: PromptRef;
  signal: Signal;
  actor: { kind: ActorKind; id?: string; model?: string };
  score?: FeedbackScore;
  label?: string;
  text?: string;
  correction?: string;
  review?: { queue?: string; reason?: string; stratum: 'random' | 'risk'; inclusion_prob: number };
}

export interface FeedbackQuery {
  prompt?: string;
  version?: string | null;
  /** y < 0.5 or a complaint. */
  low?: boolean;
  signal?: string;
  /** Raw id as the user types it; compared by pseudonym. */
  user?: string;
  search?: string;
  since?: string;
  until?: string;
  /** y within these bounds, both included. */
  minY?: number;
  maxY?: number;
  /** Value of an attribute of the feedback or of its interaction. */
  segment?: { key: string; value: string };
  source?: string;
  limit?: number;
  cursor?: string;
  /** Rows to leave out before the first one, instead of a cursor: for a list that is scrolled to any place. */
  offset?: number;
}

/** What a record of a source is read as; the preview of *Connect a Feedback Source…*. */
export interface SourcePreview {
  kind: string;
  path: string;
  detected: string;
  records: {
    line: number;
    prompt: string | null;
    version: string | null;
    signal: string | null;
    score: number | null;
    comment: string | null;
    problem: string | null;
  }[];
  /** JSON paths that occur in the records, for the mapping step. */
  fields: string[];
  /** By JSON path: the first value there, as short plain text. */
  examples?: Record<string, string>;
  /** Metrics whose meaning the source cannot tell (no `scores:` entry, no declared kind): a person is asked who says it and on which range. */
  metrics?: { name: string; count: number; examples: string[] }[];
  problems: string[];
}
