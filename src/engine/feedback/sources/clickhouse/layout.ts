/**
 * The tables that are looked for where `tables:` of a `kind: clickhouse` source names no others; a view with these columns does as well. An
 * empty text is none. A later revision is another row with a higher `revision`: it has the time of the first, because only rows of the
 * asked time are read.
 */
export const clickhouseLayout = `CREATE TABLE ratchet_interactions (
  id          String,
  revision    UInt64 DEFAULT 0,
  updated_at  Nullable(DateTime64(3, 'UTC')),
  time        DateTime64(3, 'UTC'),
  prompt      LowCardinality(String),
  version     LowCardinality(String),
  sha256      String,
  link        LowCardinality(String),
  variant     LowCardinality(String),
  trace_id    String,
  span_id     String,
  user_id     String,
  session_id  String,
  status      LowCardinality(String),
  error_type  LowCardinality(String),
  latency_ms  Nullable(Float64),
  retries     Nullable(UInt32),
  variables   Map(LowCardinality(String), String),
  input       String,
  output      String,
  documents   String,
  attributes  Map(LowCardinality(String), String),
  INDEX ratchet_id id TYPE bloom_filter GRANULARITY 1
) ENGINE = ReplacingMergeTree(revision) PARTITION BY toYYYYMM(time) ORDER BY (prompt, version, time, id);

CREATE TABLE ratchet_feedback (
  id              String,
  revision        UInt64 DEFAULT 0,
  updated_at      Nullable(DateTime64(3, 'UTC')),
  time            DateTime64(3, 'UTC'),
  interaction_id  String,
  trace_id        String,
  span_id         String,
  prompt          LowCardinality(String),
  version         LowCardinality(String),
  sha256          String,
  link            LowCardinality(String),
  signal          LowCardinality(String),
  actor           LowCardinality(String),
  y               Nullable(Float64),
  raw             String,
  label           LowCardinality(String),
  text            String,
  correction      String,
  user_id         String,
  session_id      String,
  stratum         LowCardinality(String),
  inclusion_prob  Nullable(Float64),
  attributes      Map(LowCardinality(String), String),
  INDEX ratchet_id id TYPE bloom_filter GRANULARITY 1
) ENGINE = ReplacingMergeTree(revision) PARTITION BY toYYYYMM(time) ORDER BY (prompt, version, time, id);
`;
