/**
 * The database of a folder: opening it, transactions, statements.
 *
 * It is locked for as long as it is open (`locking_mode=EXCLUSIVE`); the kernel drops the lock with the
 * process. Nothing else in this process may open and close the file: POSIX would drop the lock then, too.
 */
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { columnsOf, numberIn, type Row } from './columns.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { CorruptDatabase } from './sqlite-errors.ts';

const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;`;

/** Tables and all that hangs on them; in another encoding SQLite would give bytes back as other text. */
const LAYOUT = `SELECT type, name, tbl_name, sql FROM sqlite_schema
  UNION ALL SELECT encoding, NULL, NULL, NULL FROM pragma_encoding ORDER BY 1, 2`;

type SqlValue = null | number | bigint | string | Uint8Array;

/** What is used of a statement, as `StatementSync` has it. */
export interface Statement {
  setReturnArrays(enabled: boolean): void;
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): Iterable<unknown>;
}

/** What is used of a connection to a database, as `DatabaseSync` has it. Errors have SQLite's extended code in `errcode`. */
export interface Connection {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** Makes the file where it does not exist; `:memory:` for none. */
export type Connect = (path: string) => Connection;

const connectByNode: Connect = (path) => new DatabaseSync(path, { timeout: 0 });

/** What `SCHEMA` makes, as the database tells it. */
function ownLayout(connect: Connect): string {
  const db = connect(':memory:');
  try {
    db.exec(SCHEMA);
    return JSON.stringify(db.prepare(LAYOUT).all());
  } finally {
    db.close();
  }
}

/** Makes the tables in an empty file; refuses what has others, or triggers and views that would act for us. */
function prepareSchema(db: Connection, connect: Connect): void {
  const statement = db.prepare('PRAGMA user_version');
  statement.setReturnArrays(true);
  const [version] = columnsOf(statement.get());
  if (version === 0) db.exec(SCHEMA);
  else if (version !== SCHEMA_VERSION)
    throw new StoreError(
      'format',
      `the data folder has format ${String(version)}, and this version knows format ${SCHEMA_VERSION}: start the version that made it, or choose another folder`,
    );
  if (JSON.stringify(db.prepare(LAYOUT).all()) !== ownLayout(connect))
    throw new StoreError(
      'state-tampered',
      'the database has other tables than this store makes: it was changed outside of this store; restore the data folder from a backup',
    );
}

export class Database {
  readonly #db: Connection;
  readonly #statements = new Map<string, Statement>();

  /**
   * `maxPages` caps the file (4 KiB each), for tests of a full disk; `connect` is Node's SQLite, but where a disk is simulated. Throws
   * SQLite's errors, `format` and `state-tampered`.
   */
  constructor(path: string, maxPages?: number, connect = connectByNode) {
    this.#db = connect(path);
    try {
      this.#db.exec(`${PRAGMAS} BEGIN EXCLUSIVE;`);
      prepareSchema(this.#db, connect);
      this.#db.exec('COMMIT');
      if (maxPages) this.#db.exec(`PRAGMA max_page_count = ${maxPages}`);
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  get isTransaction(): boolean {
    return this.#db.isTransaction;
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#prepare(sql).run(...values);
  }

  /** As `run`, of what changes one row. Throws `CorruptDatabase` where it was another number. */
  change(sql: string, ...values: SqlValue[]): void {
    this.changeRows(1, sql, ...values);
  }

  /** As `change`, of so many rows. */
  changeRows(count: number, sql: string, ...values: SqlValue[]): void {
    const { changes } = this.#prepare(sql).run(...values);
    if (Number(changes) !== count)
      throw new CorruptDatabase(`${String(changes)} rows instead of ${String(count)}`);
  }

  row(sql: string, ...values: SqlValue[]): Row | undefined {
    const row = this.#prepare(sql).get(...values);
    return row === undefined ? undefined : columnsOf(row);
  }

  /** A row's only column; nothing where there is no row or it is NULL. */
  number(sql: string, ...values: SqlValue[]): number | undefined {
    const [value] = this.row(sql, ...values) ?? [];
    return value === undefined || value === null ? undefined : numberIn(value);
  }

  *each<T>(read: (row: Row) => T, sql: string, ...values: SqlValue[]): Iterable<T> {
    for (const row of this.#prepare(sql).iterate(...values)) yield read(columnsOf(row));
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
