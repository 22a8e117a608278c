/** The raw engine: rows of blinded names and sealed values in SQLite. It knows no keys and no plaintext. */
import { bytesIn, numberIn, type Row, tampered } from './columns.ts';
import type { Database } from './database.ts';
import { CHUNK_ROWS, type SetTable } from './rows.ts';

export type EntryRow = readonly [key: Uint8Array, head: Uint8Array, body: Uint8Array];
export type ItemRow = readonly [
  seq: number,
  id: Uint8Array,
  token: number,
  until: number,
  head: Uint8Array,
  body: Uint8Array,
];
/** Without its value. */
export type ItemHead = readonly [
  queue: Uint8Array,
  seq: number,
  id: Uint8Array,
  token: number,
  until: number,
  head: Uint8Array,
];
export type LogRow = readonly [position: number, head: Uint8Array, body: Uint8Array];
export type LogHead = readonly [log: Uint8Array, position: number, head: Uint8Array];

/** How many rows there are, and all of them, in a form of the table's own. */
export interface Heads {
  readonly count: number;
  readonly bytes: Buffer;
}

const entryIn = ([key, head, body]: Row): EntryRow => [bytesIn(key), bytesIn(head), bytesIn(body)];
const itemIn = ([seq, id, token, until, head, body]: Row): ItemRow => [
  numberIn(seq),
  bytesIn(id),
  numberIn(token),
  numberIn(until),
  bytesIn(head),
  bytesIn(body),
];
const itemHeadIn = ([queue, seq, id, token, until, head]: Row): ItemHead => [
  bytesIn(queue),
  numberIn(seq),
  bytesIn(id),
  numberIn(token),
  numberIn(until),
  bytesIn(head),
];
const logIn = ([position, head, body]: Row): LogRow => [numberIn(position), bytesIn(head), bytesIn(body)];
const logHeadIn = ([log, position, head]: Row): LogHead => [bytesIn(log), numberIn(position), bytesIn(head)];

const NONE = Buffer.alloc(0);
function headsIn(row: Row | undefined): Heads {
  const bytes = row?.[1];
  if (bytes === null || bytes === undefined) return { count: numberIn(row?.[0]), bytes: NONE };
  const all = bytesIn(bytes);
  return { count: numberIn(row?.[0]), bytes: Buffer.from(all.buffer, all.byteOffset, all.length) };
}

/** As `rows.ts` reads it. One string of all rows: reading them one by one takes several times longer. */
const ROWS =
  "count(*), CAST(group_concat(concat(char(length(key) / 16, length(key) % 16, length(head)), key, head), '') AS BLOB)";

/** How rows stand in their tables. A row's number is told as text: somebody else may have given it one that is none of JavaScript's. */
const ORDERS = {
  entry: {
    place: 'rowid',
    as: (number: string) => `CAST(${number} AS TEXT)`,
    is: (text: string) => `CAST(${text} AS INTEGER)`,
  },
  gone: { place: 'key', as: (key: string) => key, is: (key: string) => key },
} as const;

/** Longer than any key, and after it in the order of bytes. */
const AFTER = Buffer.alloc(256, 0xff);

export class Tables {
  readonly #db: Database;
  #nextSeq: number;

  constructor(db: Database) {
    this.#db = db;
    this.#nextSeq = (this.#db.number('SELECT max(seq) FROM item') ?? 0) + 1;
  }

  begin(): void {
    this.#db.run('BEGIN IMMEDIATE');
  }

  /** Durable when it returns. */
  commit(): void {
    this.#db.run('COMMIT');
  }

  /** Some of SQLite's errors have rolled back already. */
  rollback(): void {
    if (this.#db.isTransaction) this.#db.run('ROLLBACK');
  }

  savepoint(): void {
    this.#db.run('SAVEPOINT batch');
  }

  releaseSavepoint(): void {
    this.#db.run('RELEASE batch');
  }

  rollbackToSavepoint(): void {
    this.#db.run('ROLLBACK TO batch');
    this.#db.run('RELEASE batch');
  }

  meta(name: string): Uint8Array | undefined {
    const row = this.#db.row('SELECT sealed FROM meta WHERE name = ?', name);
    return row && bytesIn(row[0]);
  }

  setMeta(name: string, sealed: Uint8Array): void {
    this.#db.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, sealed);
  }

  isEmpty(): boolean {
    const sql =
      'SELECT EXISTS (SELECT 1 FROM meta UNION ALL SELECT 1 FROM entry UNION ALL SELECT 1 FROM gone UNION ALL SELECT 1 FROM item UNION ALL SELECT 1 FROM log)';
    return this.#db.number(sql) === 0;
  }

  /** Rows of keys from `from` on and before `to`, or to the end, in their order: that of the index, which is named so that no other way is taken. */
  rows(table: SetTable, from: Uint8Array, to: Uint8Array | undefined): Heads {
    const sql = `SELECT ${ROWS} FROM ${table} INDEXED BY sqlite_autoindex_${table}_1 WHERE key >= ?`;
    return headsIn(to ? this.#db.row(`${sql} AND key < ?`, from, to) : this.#db.row(sql, from));
  }

  /** All rows, in the order in which they stand, at most `CHUNK_ROWS` at once. Throws `tampered` where its pages lead back to rows before. */
  *allRows(table: SetTable): Iterable<Heads> {
    const { place, as, is } = ORDERS[table];
    const page = (where: string) =>
      `SELECT ${ROWS}, ${as('max(place)')}, max(place) > ${is('?1')} FROM
        (SELECT ${place} AS place, key, head FROM ${table} ${where} ORDER BY ${place} LIMIT ${CHUNK_ROWS})`;
    let last: Row[number] = null;
    for (let sql = page(''); ; sql = page(`WHERE ${place} > ${is('?1')}`)) {
      const row: Row | undefined = this.#db.row(sql, last);
      const heads = headsIn(row);
      if (heads.count === 0) return;
      if (row?.[3] === 0) throw tampered('a place before others that came before it');
      yield heads;
      last = row?.[2] ?? null;
    }
  }

  /** Whether there are rows whose key or name is of another type than bytes: no other query finds them. */
  hasOtherTypes(): boolean {
    const before = ['entry', 'gone'].map((table) => `SELECT 1 FROM ${table} WHERE key < x''`);
    const sql = `SELECT EXISTS (${before.join(' UNION ALL ')} UNION ALL SELECT 1 FROM log WHERE log < x'')`;
    return this.#db.number(sql) !== 0;
  }

  /** The sealed value of a key without its head. */
  body(key: Uint8Array): Uint8Array | undefined {
    const row = this.#db.row('SELECT body FROM entry WHERE key = ?', key);
    return row && bytesIn(row[0]);
  }

  insertEntry(key: Uint8Array, head: Uint8Array, body: Uint8Array): void {
    this.#db.run('INSERT INTO entry VALUES (?, ?, ?)', key, head, body);
  }

  updateEntry(key: Uint8Array, head: Uint8Array, body: Uint8Array): void {
    this.#db.change('UPDATE entry SET head = ?, body = ? WHERE key = ?', head, body, key);
  }

  deleteEntry(key: Uint8Array): void {
    this.#db.change('DELETE FROM entry WHERE key = ?', key);
  }

  putGone(key: Uint8Array, head: Uint8Array): void {
    this.#db.run('INSERT INTO gone VALUES (?, ?)', key, head);
  }

  deleteGone(key: Uint8Array): void {
    this.#db.change('DELETE FROM gone WHERE key = ?', key);
  }

  /** Keys after `after` that have `prefix` and more, each with its sealed value without the head. */
  bodies(prefix: Uint8Array, after: Uint8Array): Iterable<readonly [key: Uint8Array, body: Uint8Array]> {
    const end = Buffer.concat([prefix, AFTER]);
    const sql = 'SELECT key, body FROM entry WHERE key > ? AND key < ? ORDER BY key';
    return this.#db.each(([key, body]) => [bytesIn(key), bytesIn(body)] as const, sql, after, end);
  }

  newSeq(): number {
    return this.#nextSeq++;
  }

  item(queue: Uint8Array, id: Uint8Array): ItemRow | undefined {
    const sql = 'SELECT seq, id, token, until, head, body FROM item WHERE queue = ? AND id = ?';
    const row = this.#db.row(sql, queue, id);
    return row && itemIn(row);
  }

  items(queue: Uint8Array): Iterable<ItemRow> {
    const sql = 'SELECT seq, id, token, until, head, body FROM item WHERE queue = ? ORDER BY seq';
    return this.#db.each(itemIn, sql, queue);
  }

  itemHeads(): Iterable<ItemHead> {
    return this.#db.each(itemHeadIn, 'SELECT queue, seq, id, token, until, head FROM item ORDER BY seq');
  }

  insertItem(queue: Uint8Array, [seq, id, token, until, head, body]: ItemRow): void {
    this.#db.run('INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?)', seq, queue, id, token, until, head, body);
  }

  updateItem([seq, , token, until, head, body]: ItemRow): void {
    const sql = 'UPDATE item SET token = ?, until = ?, head = ?, body = ? WHERE seq = ?';
    this.#db.change(sql, token, until, head, body, seq);
  }

  deleteItem(seq: number): void {
    this.#db.change('DELETE FROM item WHERE seq = ?', seq);
  }

  /** The number of the last row of a log; -1 where there is none. */
  lastPosition(log: Uint8Array): number {
    return this.#db.number('SELECT max(position) FROM log WHERE log = ?', log) ?? -1;
  }

  logRows(log: Uint8Array, from: number): Iterable<LogRow> {
    const sql = 'SELECT position, head, body FROM log WHERE log = ? AND position >= ? ORDER BY position';
    return this.#db.each(logIn, sql, log, from);
  }

  /** Heads alone, one after the other, of the positions from `from` on and before `to`. */
  logChunk(log: Uint8Array, from: number, to: number): Heads {
    const sql =
      "SELECT count(*), CAST(group_concat(head, '') AS BLOB) FROM log WHERE log = ? AND position >= ? AND position < ?";
    return headsIn(this.#db.row(sql, log, from, to));
  }

  logHeads(): Iterable<LogHead> {
    return this.#db.each(logHeadIn, 'SELECT log, position, head FROM log ORDER BY log, position');
  }

  append(log: Uint8Array, position: number, head: Uint8Array, body: Uint8Array): void {
    this.#db.run('INSERT INTO log VALUES (?, ?, ?, ?)', log, position, head, body);
  }

  /** Removes the rows before a position, so many. */
  trimLog(log: Uint8Array, before: number, count: number): void {
    this.#db.changeRows(count, 'DELETE FROM log WHERE log = ? AND position < ?', log, before);
  }

  setLogRow(log: Uint8Array, position: number, head: Uint8Array, body: Uint8Array): void {
    const sql = 'UPDATE log SET head = ?, body = ? WHERE log = ? AND position = ?';
    this.#db.change(sql, head, body, log, position);
  }

  /** Rows of `entry` after a key. */
  entryRowsAfter(key: Uint8Array): Iterable<EntryRow> {
    return this.#db.each(entryIn, 'SELECT key, head, body FROM entry WHERE key > ? ORDER BY key', key);
  }

  /** Items of all queues after a number, each with its queue. */
  itemRowsAfter(seq: number): Iterable<readonly [queue: Uint8Array, item: ItemRow]> {
    const sql = 'SELECT queue, seq, id, token, until, head, body FROM item WHERE seq > ? ORDER BY seq';
    return this.#db.each(([queue, ...item]) => [bytesIn(queue), itemIn(item)] as const, sql, seq);
  }

  /** Rows of all logs after one, each with its log. */
  logRowsAfter(log: Uint8Array, position: number): Iterable<readonly [log: Uint8Array, row: LogRow]> {
    const sql =
      'SELECT log, position, head, body FROM log WHERE (log, position) > (?, ?) ORDER BY log, position';
    return this.#db.each(([name, ...row]) => [bytesIn(name), logIn(row)] as const, sql, log, position);
  }

  /** All that is committed, as a database of its own in a new file. Nothing is read or written meanwhile. */
  copyTo(path: string): void {
    this.#db.run('VACUUM INTO ?', path);
  }

  close(): void {
    this.#db.close();
  }
}
