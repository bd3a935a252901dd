/** Tables of the feedback index. It can be rebuilt, so another version is no migration: the file is made anew. */
export const feedbackSchemaVersion = 1;

const common = `
  n INTEGER PRIMARY KEY, id TEXT NOT NULL, file INTEGER NOT NULL, off INTEGER NOT NULL, len INTEGER NOT NULL, line INTEGER NOT NULL,
  live INTEGER NOT NULL, revision REAL NOT NULL, updated REAL NOT NULL, time REAL, digest INTEGER NOT NULL, seq INTEGER NOT NULL,
  prompt INTEGER NOT NULL, only_prompt INTEGER NOT NULL, version INTEGER NOT NULL, link INTEGER NOT NULL, sha256 INTEGER NOT NULL,
  user INTEGER NOT NULL, session INTEGER NOT NULL`;

/**
 * The indexes of ids are made by `RecordTable` when they are first needed: filling an empty table is quicker without.
 * `file.interactions` and `file.feedback` count live records. Losers of a revision stay with `live` 0: they count again when the
 * winner's file goes away.
 */
export const feedbackTables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE file (id INTEGER PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL, off INTEGER NOT NULL, lines INTEGER NOT NULL,
    size INTEGER NOT NULL, mtime REAL NOT NULL, head TEXT NOT NULL, anchor TEXT NOT NULL, fingerprint TEXT NOT NULL, scale TEXT NOT NULL,
    interactions INTEGER NOT NULL DEFAULT 0, feedback INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, path));
  CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE unit (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE rejected (file INTEGER NOT NULL, reason TEXT NOT NULL, tail INTEGER NOT NULL, count INTEGER NOT NULL, first_line INTEGER NOT NULL,
    PRIMARY KEY (file, reason, tail)) WITHOUT ROWID;
  CREATE TABLE interaction (${common},
    variant INTEGER NOT NULL, status INTEGER NOT NULL, retries INTEGER NOT NULL, latency REAL NOT NULL, implied INTEGER NOT NULL);
  CREATE TABLE feedback (${common},
    interaction TEXT, interaction_n INTEGER NOT NULL, signal INTEGER NOT NULL, actor INTEGER NOT NULL, y REAL, flags INTEGER NOT NULL);
  CREATE INDEX interaction_seq ON interaction (seq);
  CREATE INDEX feedback_seq ON feedback (seq);
  CREATE INDEX feedback_dangling ON feedback (interaction) WHERE interaction IS NOT NULL AND interaction_n = -1;
  CREATE VIRTUAL TABLE comment USING fts5(text, correction, tokenize = 'unicode61 remove_diacritics 2');
`;
