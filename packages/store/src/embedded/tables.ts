/**
 * The raw engine: rows of blinded names and sealed values in SQLite. It knows no keys and no plaintext.
 *
 * The database is locked for as long as it is open (`locking_mode=EXCLUSIVE`); the kernel drops the lock with the
 * process. Nothing else in this process may open and close the file: POSIX would drop the lock then, too.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { BLINDED_BYTES, type Place } from '../sealed.ts';
import { StoreError } from '../store.ts';
import { bytesIn, columnsOf, numberIn, type Row } from './columns.ts';
import { entryPlace, itemPlace, logPlace } from './places.ts';

/** 2: the keys are wrapped under the root key, and have generations. */
const SCHEMA_VERSION = 2;

// A row of `gone` keeps the last version of a deleted key, so that versions are never used twice.
const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE entry (key BLOB NOT NULL UNIQUE, version INTEGER NOT NULL, sealed BLOB NOT NULL);
  CREATE TABLE gone (key BLOB PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE item (seq INTEGER PRIMARY KEY, queue BLOB NOT NULL, id BLOB NOT NULL, token INTEGER NOT NULL,
    until INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE (queue, id));
  CREATE INDEX item_order ON item (queue, seq);
  CREATE TABLE log (log BLOB NOT NULL, position INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE (log, position));
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export type EntryRow = readonly [key: Uint8Array, version: number, sealed: Uint8Array];
export type ItemRow = readonly [
  seq: number,
  id: Uint8Array,
  token: number,
  until: number,
  sealed: Uint8Array,
];
/** A sealed value of any table, with its place. */
export interface SealedRow {
  readonly row: number;
  readonly place: Place;
  readonly sealed: Uint8Array;
}
type TableName = 'entry' | 'item' | 'log';

const SEALED_ROWS = {
  entry: 'SELECT rowid, sealed, key, version FROM entry',
  item: 'SELECT rowid, sealed, queue, seq, id, token, until FROM item',
  log: 'SELECT rowid, sealed, log, position FROM log',
} as const;

export type LogRow = readonly [position: number, sealed: Uint8Array];

const entryIn = ([key, version, sealed]: Row): EntryRow => [bytesIn(key), numberIn(version), bytesIn(sealed)];
const itemIn = ([seq, id, token, until, sealed]: Row): ItemRow => [
  numberIn(seq),
  bytesIn(id),
  numberIn(token),
  numberIn(until),
  bytesIn(sealed),
];
const logIn = ([position, sealed]: Row): LogRow => [numberIn(position), bytesIn(sealed)];

/** What stands in a row of `SEALED_ROWS` beside its number and its sealed value. */
function placeIn(table: TableName, [name, number, id, token, until]: Row): Place {
  const [first, second] = [bytesIn(name), numberIn(number)];
  if (table === 'entry') return entryPlace(first, second);
  if (table === 'log') return logPlace(first, second);
  return itemPlace(first, [second, bytesIn(id), numberIn(token), numberIn(until)]);
}

/** Longer than any key, and after it in the order of bytes. */
const AFTER = Buffer.alloc(BLINDED_BYTES * 16, 0xff);

export class Tables {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #nextSeq: number;

  /** `maxPages` caps the file (4 KiB each), for tests of a full disk. Throws SQLite's errors. */
  constructor(path: string, maxPages?: number) {
    this.#db = new DatabaseSync(path, { timeout: 0 });
    try {
      this.#db.exec(`
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -65536;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA journal_size_limit = 67108864;
        BEGIN EXCLUSIVE;`);
      const version = this.#db.prepare('PRAGMA user_version').get()?.user_version;
      if (version === 0) this.#db.exec(SCHEMA);
      else if (version !== SCHEMA_VERSION)
        throw new StoreError(
          'format',
          `the data folder has format ${String(version)}, and this version knows format ${SCHEMA_VERSION}: start the version that made it, or choose another folder`,
        );
      this.#db.exec('COMMIT');
      if (maxPages) this.#db.exec(`PRAGMA max_page_count = ${maxPages}`);
      this.#nextSeq = (this.#number('SELECT max(seq) FROM item') ?? 0) + 1;
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  begin(): void {
    this.#run('BEGIN IMMEDIATE');
  }

  /** Durable when it returns. */
  commit(): void {
    this.#run('COMMIT');
  }

  /** Some of SQLite's errors have rolled back already. */
  rollback(): void {
    if (this.#db.isTransaction) this.#run('ROLLBACK');
  }

  savepoint(): void {
    this.#run('SAVEPOINT batch');
  }

  releaseSavepoint(): void {
    this.#run('RELEASE batch');
  }

  rollbackToSavepoint(): void {
    this.#run('ROLLBACK TO batch');
    this.#run('RELEASE batch');
  }

  meta(name: string): Uint8Array | undefined {
    const row = this.#row('SELECT sealed FROM meta WHERE name = ?', name);
    return row && bytesIn(row[0]);
  }

  setMeta(name: string, sealed: Uint8Array): void {
    this.#run(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed',
      name,
      sealed,
    );
  }

  isEmpty(): boolean {
    const sql =
      'SELECT EXISTS (SELECT 1 FROM entry UNION ALL SELECT 1 FROM item UNION ALL SELECT 1 FROM log)';
    return this.#number(sql) === 0;
  }

  entry(key: Uint8Array): EntryRow | undefined {
    const sql = 'SELECT key, version, sealed FROM entry WHERE key = ?';
    const row = this.#row(sql, key);
    return row && entryIn(row);
  }

  /** 0 where there is none. */
  version(key: Uint8Array): number {
    return this.#number('SELECT version FROM entry WHERE key = ?', key) ?? 0;
  }

  /** The last version that the key had, also where it is deleted; 0 where it never was. */
  lastVersion(key: Uint8Array): number {
    return this.version(key) || (this.#number('SELECT version FROM gone WHERE key = ?', key) ?? 0);
  }

  insertEntry(key: Uint8Array, version: number, sealed: Uint8Array): void {
    if (version > 1) this.#run('DELETE FROM gone WHERE key = ?', key);
    this.#run('INSERT INTO entry VALUES (?, ?, ?)', key, version, sealed);
  }

  updateEntry(key: Uint8Array, version: number, sealed: Uint8Array): void {
    this.#run('UPDATE entry SET version = ?, sealed = ? WHERE key = ?', version, sealed, key);
  }

  deleteEntry(key: Uint8Array): void {
    const version = this.version(key);
    if (version === 0) return;
    this.#run('DELETE FROM entry WHERE key = ?', key);
    this.#run('INSERT INTO gone VALUES (?, ?)', key, version);
  }

  /** Keys after `after` that have `prefix` and more. */
  entries(prefix: Uint8Array, after: Uint8Array): Iterable<EntryRow> {
    const end = Buffer.concat([prefix, AFTER]);
    const sql = 'SELECT key, version, sealed FROM entry WHERE key > ? AND key < ? ORDER BY key';
    return this.#each(entryIn, sql, after, end);
  }

  newSeq(): number {
    return this.#nextSeq++;
  }

  item(queue: Uint8Array, id: Uint8Array): ItemRow | undefined {
    const sql = 'SELECT seq, id, token, until, sealed FROM item WHERE queue = ? AND id = ?';
    const row = this.#row(sql, queue, id);
    return row && itemIn(row);
  }

  items(queue: Uint8Array): Iterable<ItemRow> {
    const sql = 'SELECT seq, id, token, until, sealed FROM item WHERE queue = ? ORDER BY seq';
    return this.#each(itemIn, sql, queue);
  }

  insertItem(queue: Uint8Array, [seq, id, token, until, sealed]: ItemRow): void {
    this.#run('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)', seq, queue, id, token, until, sealed);
  }

  updateItem([seq, , token, until, sealed]: ItemRow): void {
    this.#run('UPDATE item SET token = ?, until = ?, sealed = ? WHERE seq = ?', token, until, sealed, seq);
  }

  deleteItem(seq: number): void {
    this.#run('DELETE FROM item WHERE seq = ?', seq);
  }

  logLength(log: Uint8Array): number {
    const last = this.#number('SELECT max(position) FROM log WHERE log = ?', log);
    return (last ?? -1) + 1;
  }

  logRows(log: Uint8Array, from: number): Iterable<LogRow> {
    const sql = 'SELECT position, sealed FROM log WHERE log = ? AND position >= ? ORDER BY position';
    return this.#each(logIn, sql, log, from);
  }

  append(log: Uint8Array, position: number, sealed: Uint8Array): void {
    this.#run('INSERT INTO log VALUES (?, ?, ?)', log, position, sealed);
  }

  /** Rows after a row, whatever they are of, in the order of their rows. */
  sealedRows(table: TableName, after: number): Iterable<SealedRow> {
    const sql = `${SEALED_ROWS[table]} WHERE rowid > ? ORDER BY rowid`;
    const sealedIn = ([row, sealed, ...rest]: Row): SealedRow => ({
      row: numberIn(row),
      sealed: bytesIn(sealed),
      place: placeIn(table, rest),
    });
    return this.#each(sealedIn, sql, after);
  }

  setSealed(table: TableName, row: number, sealed: Uint8Array): void {
    this.#run(`UPDATE ${table} SET sealed = ? WHERE rowid = ?`, sealed, row);
  }

  /** All that is committed, as a database of its own in a new file. Nothing is read or written meanwhile. */
  copyTo(path: string): void {
    this.#run('VACUUM INTO ?', path);
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #row(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const row = this.#prepare(sql).get(...values);
    return row && columnsOf(row);
  }

  /** A row's only column; nothing where there is no row or it is NULL. */
  #number(sql: string, ...values: SQLInputValue[]): number | undefined {
    const [value] = this.#row(sql, ...values) ?? [];
    return value === undefined || value === null ? undefined : numberIn(value);
  }

  *#each<T>(read: (row: Row) => T, sql: string, ...values: SQLInputValue[]): Iterable<T> {
    for (const row of this.#prepare(sql).iterate(...values)) yield read(columnsOf(row));
  }
}
