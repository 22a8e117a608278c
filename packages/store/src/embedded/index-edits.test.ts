/** Tables whose indexes are not theirs, rows under numbers that nobody gave them, and pages that lead astray. */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootKeyHandle, unwrapKeys } from '../key-ring.ts';
import { Sealer } from '../sealed.ts';
import type { Batch } from '../store.ts';
import { bytes, text } from '../testing/cases.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import { SealedTables } from './sealed-tables.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

const INDEX = 'sqlite_autoindex_entry_1';
const PAGE = 4096;
const root = rootKeyHandle(randomBytes(32));
const ids = Array.from({ length: 200 }, (_, index) => String(index));
let folder: string;
let db: Database;
let sealed: SealedTables;
let group: GroupCommit;
let key: (id: string) => Buffer;

const path = () => join(folder, 'store.sqlite');
/** Holds no rows, so that each read goes to the disk. */
function start(): void {
  db = new Database(path());
  const tables = new Tables(db);
  sealed = new SealedTables(tables, root, 0);
  group = new GroupCommit(sealed);
  const sealer = new Sealer(unwrapKeys(root, tables.meta('keys') ?? new Uint8Array()));
  key = (id) => sealer.blindKey(['user', id]);
}
const commit = (batch: Batch) => group.commit([batch])[0];
const put = (id: string, value: string) => ({ key: ['user', id], value: bytes(value) });
const values = () => sealed.scan(['user'], 1000).entries.map((entry) => text(entry.value) ?? '');
const textOf = (id: string) => text(sealed.get(['user', id])?.value) ?? '';
const sorted = (all: readonly string[]) => [...all].sort();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-index-'));
  start();
  commit({ put: ids.map((id) => put(id, id)) });
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

/** What somebody does to the file of a store that is closed. */
function edit<T>(act: (other: DatabaseSync) => T): T {
  db.close();
  const other = new DatabaseSync(path(), { defensive: false });
  try {
    return act(other);
  } finally {
    other.close();
  }
}

const pageOf = (other: DatabaseSync, name: string): number =>
  Number(other.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.['rootpage']);

/** Edits the index of entries as if it were a table; one without row numbers whose key is both columns has the same pages. */
function editIndex(other: DatabaseSync, sql: string, ...parameters: Uint8Array[]): void {
  other.exec('CREATE TABLE forged (key BLOB, row INTEGER, PRIMARY KEY (key, row)) WITHOUT ROWID');
  other.exec('INSERT INTO forged SELECT key, rowid FROM entry NOT INDEXED');
  other.prepare(sql).run(...parameters);
  const [forged, own] = [pageOf(other, 'forged'), pageOf(other, INDEX)];
  other.exec(`
    PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET rootpage = ${forged} WHERE name = '${INDEX}';
    UPDATE sqlite_schema SET rootpage = ${own} WHERE name = 'forged';
    PRAGMA writable_schema = RESET;
    DROP TABLE forged`);
}

const caught = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return toStoreError(error);
  }
};
const TAMPERED = expect.objectContaining({ code: expect.stringMatching(/tampered$/) });
/** The first one after a key. */
const keyAfter = (id: string) => Buffer.concat([key(id), Buffer.alloc(16)]);

describe('an index that is not that of its table is noticed where it is read: where', () => {
  it.each([
    [
      'an entry is missing',
      (other: DatabaseSync) => editIndex(other, 'DELETE FROM forged WHERE key = ?', key('3')),
    ],
    [
      'two are swapped',
      (other: DatabaseSync) =>
        editIndex(
          other,
          'UPDATE forged SET row = (SELECT sum(row) FROM forged WHERE key IN (?1, ?2)) - row WHERE key IN (?1, ?2)',
          key('3'),
          key('4'),
        ),
    ],
    [
      'there is one more for a row',
      (other: DatabaseSync) =>
        editIndex(
          other,
          'INSERT INTO forged SELECT ?, row FROM forged WHERE key = ?',
          keyAfter('3'),
          key('3'),
        ),
    ],
    [
      'one has another key',
      (other: DatabaseSync) =>
        editIndex(other, 'UPDATE forged SET key = ? WHERE key = ?', keyAfter('3'), key('3')),
    ],
    [
      'one points at no row',
      (other: DatabaseSync) => editIndex(other, 'UPDATE forged SET row = 77777 WHERE key = ?', key('3')),
    ],
  ])('%s', (_, act) => {
    edit(act);
    start();
    expect(caught(() => textOf('3'))).toEqual(TAMPERED);
    expect(caught(values)).toEqual(TAMPERED);
    expect(commit({ put: [put('3', 'on top')] })).toEqual(TAMPERED);
    expect(commit({ delete: [['user', '3']] })).toEqual(TAMPERED);
    expect(commit({ expect: [{ key: ['user', '3'], version: 0 }] })).toEqual(TAMPERED);
  });
});

describe('a row under any number is where its key says', () => {
  it.each([-(2n ** 63n), -(2n ** 53n), -1n, 2n ** 53n - 2n, 2n ** 53n, 2n ** 63n - 1n])('%i', (number) => {
    edit((other) => other.prepare('UPDATE entry SET rowid = ? WHERE key = ?').run(number, key('3')));
    start();
    expect(sorted(values())).toEqual(sorted(ids));
    for (const id of ['3', 'new', 'newer', 'newest'])
      expect(commit({ put: [put(id, 'new')] })).toHaveLength(1);
    db.close();
    start();
    expect(['3', 'new', 'newer', 'newest'].map(textOf)).toEqual(['new', 'new', 'new', 'new']);
    expect(values()).toHaveLength(203);
  });

  it.each([-(2n ** 63n), 2n ** 63n - 1n])('but none is there twice: %i', (number) => {
    edit((other) => {
      const copy =
        'INSERT INTO entry (rowid, key, head, body) SELECT ?, key, head, body FROM entry NOT INDEXED WHERE +key = ?';
      editIndex(other, 'DELETE FROM forged WHERE key = ?', key('3'));
      other.prepare(copy).run(number, key('3'));
    });
    expect(start).toThrow(expect.objectContaining({ code: 'state-tampered' }));
  });
});

it('a table whose pages lead back to its first rows ends the start', () => {
  const page = edit((other) => pageOf(other, 'entry'));
  const file = openSync(path(), 'r+');
  const tree = Buffer.alloc(PAGE);
  const at = (page - 1) * PAGE;
  readSync(file, tree, 0, PAGE, at);
  const INTERIOR = 5;
  expect(tree[0]).toBe(INTERIOR);
  const cells = Array.from({ length: tree.readUInt16BE(3) }, (_, index) => tree.readUInt16BE(12 + index * 2));
  const first = tree.readUInt32BE(cells[0]);
  for (const child of [8, ...cells]) tree.writeUInt32BE(first, child);
  writeSync(file, tree, 0, PAGE, at);
  closeSync(file);
  expect(start).toThrow(TAMPERED);
});

it('keys longer than any are none of this store', () => {
  edit((other) => other.prepare("INSERT INTO entry VALUES (?, zeroblob(32), x'')").run(randomBytes(9 * 16)));
  expect(start).toThrow(
    expect.objectContaining({ code: 'state-tampered', message: expect.stringContaining('of the tables') }),
  );
});
