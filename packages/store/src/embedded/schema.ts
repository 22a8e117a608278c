/**
 * The tables. A sealed value is in two columns: its head, which tells this sealing from all others, and its body. Heads stand before
 * bodies, so that the set of rows can be read without the values: SQLite keeps the rest of a large row on pages of its own.
 */

/** 5: entries are in the order in which they came. */
export const SCHEMA_VERSION = 5;

// Rows of entries are in the order in which they came: those of one time are written together again, and share pages of the write-ahead log.
// A row of `gone` keeps the last version of a deleted key, so that versions are never used twice. It is as small as an entry of an index, and other keys
// have the same version: without an index, no two can change places.
export const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE entry (key BLOB NOT NULL UNIQUE, head BLOB NOT NULL, body BLOB NOT NULL);
  CREATE TABLE gone (key BLOB PRIMARY KEY, head BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE item (seq INTEGER PRIMARY KEY, queue BLOB NOT NULL, id BLOB NOT NULL, token INTEGER NOT NULL,
    until INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL, UNIQUE (queue, id));
  CREATE INDEX item_order ON item (queue, seq);
  CREATE TABLE log (log BLOB NOT NULL, position INTEGER NOT NULL, head BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (log, position)) WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
