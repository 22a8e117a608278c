/**
 * The database of a folder: opening it, transactions, statements.
 *
 * It is locked for as long as it is open (`locking_mode=EXCLUSIVE`); the kernel drops the lock with the
 * process. Nothing else in this process may open and close the file: POSIX would drop the lock then, too.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
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

/** What `SCHEMA` makes, as the database tells it. */
function ownLayout(): string {
  const db = new DatabaseSync(':memory:');
  try {
    db.exec(SCHEMA);
    return JSON.stringify(db.prepare(LAYOUT).all());
  } finally {
    db.close();
  }
}

/** Makes the tables in an empty file; refuses what has others, or triggers and views that would act for us. */
function prepareSchema(db: DatabaseSync): void {
  const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
  if (version === 0) db.exec(SCHEMA);
  else if (version !== SCHEMA_VERSION)
    throw new StoreError(
      'format',
      `the data folder has format ${String(version)}, and this version knows format ${SCHEMA_VERSION}: start the version that made it, or choose another folder`,
    );
  if (JSON.stringify(db.prepare(LAYOUT).all()) !== ownLayout())
    throw new StoreError(
      'state-tampered',
      'the database has other tables than this store makes: it was changed outside of this store; restore the data folder from a backup',
    );
}

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `maxPages` caps the file (4 KiB each), for tests of a full disk. Throws SQLite's errors, `format` and `state-tampered`. */
  constructor(path: string, maxPages?: number) {
    this.#db = new DatabaseSync(path, { timeout: 0 });
    try {
      this.#db.exec(`${PRAGMAS} BEGIN EXCLUSIVE;`);
      prepareSchema(this.#db);
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

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  /** As `run`, of what changes one row. Throws `CorruptDatabase` where it was another number. */
  change(sql: string, ...values: SQLInputValue[]): void {
    this.changeRows(1, sql, ...values);
  }

  /** As `change`, of so many rows. */
  changeRows(count: number, sql: string, ...values: SQLInputValue[]): void {
    const { changes } = this.#prepare(sql).run(...values);
    if (Number(changes) !== count)
      throw new CorruptDatabase(`${String(changes)} rows instead of ${String(count)}`);
  }

  row(sql: string, ...values: SQLInputValue[]): Row | undefined {
    const row = this.#prepare(sql).get(...values);
    return row && columnsOf(row);
  }

  /** A row's only column; nothing where there is no row or it is NULL. */
  number(sql: string, ...values: SQLInputValue[]): number | undefined {
    const [value] = this.row(sql, ...values) ?? [];
    return value === undefined || value === null ? undefined : numberIn(value);
  }

  *each<T>(read: (row: Row) => T, sql: string, ...values: SQLInputValue[]): Iterable<T> {
    for (const row of this.#prepare(sql).iterate(...values)) yield read(columnsOf(row));
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
}
