/**
 * The tables that are looked for where `tables:` of a `kind: postgres` source names no others. Their columns are what `sql/fields.ts` reads;
 * a view with these columns does as well. A later revision of a record replaces the row:
 * `INSERT … ON CONFLICT (id) DO UPDATE SET … WHERE EXCLUDED.revision >= ratchet_feedback.revision`.
 */
export const postgresLayout = `CREATE TABLE ratchet_interactions (
  id          text PRIMARY KEY,
  revision    bigint NOT NULL DEFAULT 0,
  updated_at  timestamptz,
  time        timestamptz NOT NULL,
  prompt      text,
  version     text,
  sha256      text,               -- of the template, where there is no version
  link        text,               -- exact, hash, metadata, flag, ambiguous, none; NULL = exact
  variant     text,               -- that a feature flag served
  trace_id    text,
  span_id     text,
  user_id     text,
  session_id  text,
  status      text,               -- ok, error
  error_type  text,
  latency_ms  double precision,
  retries     integer,
  variables   jsonb,
  input       text,
  output      text,
  documents   jsonb,              -- [{"id": "…", "score": 0.7, "text": "…"}]
  attributes  jsonb               -- {"plan": "free", …}
);
CREATE INDEX ratchet_interactions_time ON ratchet_interactions (time DESC);
CREATE INDEX ratchet_interactions_trace ON ratchet_interactions (trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE ratchet_feedback (
  id              text PRIMARY KEY,
  revision        bigint NOT NULL DEFAULT 0,
  updated_at      timestamptz,
  time            timestamptz NOT NULL,
  interaction_id  text,
  trace_id        text,           -- finds the interaction where there is no interaction_id
  span_id         text,
  prompt          text,           -- NULL: that of the interaction
  version         text,
  sha256          text,
  link            text,
  signal          text NOT NULL,  -- explicit.thumb, explicit.rating, explicit.comment, review.score, judge.score, …
  actor           text,           -- end_user, expert, llm_judge, code, system; NULL: who gives such a signal
  y               double precision CHECK (y BETWEEN 0 AND 1),
  raw             text,           -- as it was said
  label           text,
  text            text,
  correction      text,
  user_id         text,
  session_id      text,
  stratum         text,           -- random, risk (reviews)
  inclusion_prob  double precision,
  attributes      jsonb
);
CREATE INDEX ratchet_feedback_time ON ratchet_feedback (time DESC);
CREATE INDEX ratchet_feedback_interaction ON ratchet_feedback (interaction_id);
CREATE INDEX ratchet_feedback_user ON ratchet_feedback (user_id);
CREATE INDEX ratchet_feedback_trace ON ratchet_feedback (trace_id) WHERE interaction_id IS NULL AND trace_id IS NOT NULL;
`;
