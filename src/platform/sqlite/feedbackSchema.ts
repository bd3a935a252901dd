/** Tables of the feedback index. It can be rebuilt, so another version is no migration: the file is made anew. */
export const feedbackSchemaVersion = 5;

/**
 * Records lie in blocks of up to 1024 rows of one file and kind, each a few columns of numbers behind one another: `hot` is what scores and
 * lists ask of every row, `refs` by what a row finds its trace, `cold` the rest (place, id, rank). That is a tenth of the size and of the time of
 * a table row a record. A row's number is that of its block times 1024 plus its place there; a block's is `rowid >> 1`, its kind `rowid & 1` (0
 * interactions, 1 feedback). `names` are ids that are no 32 hex digits.
 *
 * `interaction_id` and `feedback_id` find rows by 53 bits of their id: those that count. `…_other` has rows that do not count (an older revision, which
 * counts again when the file of the newer one goes away), and ids that happen to share their bits. Entries may point to rows that are
 * there no more: whoever looks compares the id. `id_run` has keys in order for as long as the tables of ids are not written. `open` counts feedback that waits for the interaction it names, `traced` feedback that names a
 * trace alone. `file.interactions` and `file.feedback` count the rows that count.
 */
export const feedbackTables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE file (id INTEGER PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL, off INTEGER NOT NULL, lines INTEGER NOT NULL,
    size INTEGER NOT NULL, mtime REAL NOT NULL, head TEXT NOT NULL, anchor TEXT NOT NULL, fingerprint TEXT NOT NULL, scale TEXT NOT NULL,
    interactions INTEGER NOT NULL DEFAULT 0, feedback INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, path));
  CREATE TABLE rejected (file INTEGER NOT NULL, reason TEXT NOT NULL, tail INTEGER NOT NULL, count INTEGER NOT NULL, first_line INTEGER NOT NULL,
    PRIMARY KEY (file, reason, tail)) WITHOUT ROWID;
  CREATE TABLE block (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, count INTEGER NOT NULL, seq INTEGER NOT NULL,
    open INTEGER NOT NULL, traced INTEGER NOT NULL, hot BLOB NOT NULL, refs BLOB NOT NULL, cold BLOB NOT NULL, names TEXT);
  CREATE INDEX block_seq ON block (seq);
  CREATE INDEX block_file ON block (file);
  CREATE INDEX block_open ON block (id) WHERE open > 0;
  CREATE INDEX block_traced ON block (id) WHERE traced > 0;
  CREATE TABLE grp (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
  CREATE TABLE unit (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);
  CREATE TABLE attribute (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, crowded INTEGER NOT NULL);
  CREATE TABLE attribute_value (attribute INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (attribute, id)) WITHOUT ROWID;
  CREATE TABLE block_attribute (attribute INTEGER NOT NULL, block INTEGER NOT NULL, rows INTEGER NOT NULL, data BLOB NOT NULL);
  CREATE UNIQUE INDEX block_attribute_block ON block_attribute (block, attribute);
  CREATE INDEX block_attribute_attribute ON block_attribute (attribute, rows);
  CREATE TABLE interaction_id (h INTEGER PRIMARY KEY, n INTEGER NOT NULL);
  CREATE TABLE feedback_id (h INTEGER PRIMARY KEY, n INTEGER NOT NULL);
  CREATE TABLE interaction_other (h INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (h, n)) WITHOUT ROWID;
  CREATE TABLE feedback_other (h INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (h, n)) WITHOUT ROWID;
  CREATE TABLE id_run (kind INTEGER NOT NULL, run INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, run, part));
  CREATE VIRTUAL TABLE comment USING fts5(text, correction, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2');
`;
