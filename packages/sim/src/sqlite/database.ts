/** What the product uses of `node:sqlite`, over SQLite in WebAssembly. */
import type { Database, PreparedStatement, Sqlite3Static, SqlValue } from '@sqlite.org/sqlite-wasm';

/** Of Node's builds; that of WebAssembly has another default. */
const PAGE = 4096;

/** The view: this build has no other encoding, and no pragma that would say so. Locked: it has no shared memory, so nothing may be read before. */
const PREPARATION = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA page_size = ${PAGE};
  PRAGMA temp_store = MEMORY;
  CREATE TEMP VIEW pragma_encoding AS SELECT 'UTF-8' AS encoding;`;

/** As Node's errors of SQLite. */
class SqliteError extends Error {
  readonly code = 'ERR_SQLITE_ERROR';
  readonly errcode: number;

  constructor(message: string, errcode: number) {
    super(message);
    this.errcode = errcode;
  }
}

/** As Node's, of an integer that no double can count. */
class OutOfRange extends RangeError {
  readonly code = 'ERR_OUT_OF_RANGE';
}

function asNode<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    // As SQLite in WebAssembly throws them.
    if (error instanceof Error && 'resultCode' in error && typeof error.resultCode === 'number')
      throw new SqliteError(error.message, error.resultCode);
    throw error;
  }
}

class Statement {
  readonly #db: Database;
  readonly #api: Sqlite3Static;
  readonly #statement: PreparedStatement;

  constructor(api: Sqlite3Static, db: Database, sql: string) {
    this.#api = api;
    this.#db = db;
    this.#statement = asNode(() => db.prepare(sql));
  }

  /** They are arrays in any case. */
  setReturnArrays(): void {}

  run(...values: SqlValue[]): { readonly changes: number } {
    this.#bind(values);
    try {
      while (asNode(() => this.#statement.step()));
      return { changes: this.#api.capi.sqlite3_changes(this.#db) };
    } finally {
      this.#reset();
    }
  }

  get(...values: SqlValue[]): unknown {
    for (const row of this.iterate(...values)) return row;
    return undefined;
  }

  all(...values: SqlValue[]): unknown[] {
    return [...this.iterate(...values)];
  }

  *iterate(...values: SqlValue[]): Generator<unknown> {
    this.#bind(values);
    try {
      while (asNode(() => this.#statement.step())) yield this.#row();
    } finally {
      this.#reset();
    }
  }

  finalize(): void {
    this.#statement.finalize();
  }

  #bind(values: readonly SqlValue[]): void {
    this.#statement.reset();
    if (values.length > 0) asNode(() => this.#statement.bind(values));
  }

  #reset(): void {
    // What it throws was thrown by the step.
    try {
      this.#statement.reset();
    } catch {}
  }

  #row(): unknown {
    return Array.from({ length: this.#statement.columnCount }, (_, index) => this.#column(index));
  }

  #column(index: number): unknown {
    const value = this.#statement.get(index);
    if (typeof value === 'bigint') throw new OutOfRange('the value is too large for a number');
    return value;
  }
}

class Connection {
  readonly #api: Sqlite3Static;
  readonly #db: Database;
  readonly #checkpointPages: number;
  readonly #statements = new Set<Statement>();

  constructor(api: Sqlite3Static, path: string, checkpointPages: number) {
    this.#api = api;
    this.#checkpointPages = checkpointPages;
    const db = asNode(() => new api.oo1.DB(path, 'c'));
    this.#db = db;
    try {
      api.capi.sqlite3_extended_result_codes(db, 1);
      asNode(() => db.exec(PREPARATION));
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get isTransaction(): boolean {
    return this.#api.capi.sqlite3_get_autocommit(this.#db) === 0;
  }

  exec(sql: string): void {
    asNode(() => this.#db.exec(sql));
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${this.#checkpointPages}`);
  }

  prepare(sql: string): Statement {
    const statement = new Statement(this.#api, this.#db, sql);
    this.#statements.add(statement);
    return statement;
  }

  close(): void {
    for (const statement of this.#statements) statement.finalize();
    this.#db.close();
  }
}

/**
 * Connections as Node's `DatabaseSync` makes them. `checkpointPages`: after so many the write-ahead log is taken into the database; fewer than
 * the store asks for, so that a short history sees it.
 */
export const connectTo =
  (api: Sqlite3Static, checkpointPages: number) =>
  (path: string): Connection =>
    new Connection(api, path, checkpointPages);
