/** What a disk that fails to confirm a write leads to: the transaction may be there after a crash, or not. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bytes } from '../testing/cases.ts';
import { requireNewest } from './anchoring.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import type { StoreHead } from './head.ts';
import { SealedTables } from './sealed-tables.ts';
import { Tables } from './tables.ts';

/** SQLITE_IOERR_FSYNC */
const FAILED_SYNC = 1034;

/** A sync that fails after the transaction has reached the disk: SQLite undoes it in memory, and finds it at the next start. */
class FailingTables extends Tables {
  fails = false;

  override commit(): void {
    super.commit();
    if (this.fails) throw Object.assign(new Error('disk I/O error'), { errcode: FAILED_SYNC });
  }
}

const root = createSecretKey(randomBytes(32));
let folder: string;
let tables: FailingTables;
let sealed: SealedTables;
let group: GroupCommit;
const path = () => join(folder, 'store.sqlite');
const put = (value: string) => group.commit([{ put: [{ key: ['k'], value: bytes(value) }] }]);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-group-'));
  tables = new FailingTables(new Database(path()));
  sealed = new SealedTables(tables, root);
  group = new GroupCommit(sealed);
});
afterEach(async () => {
  tables.close();
  await rm(folder, { recursive: true });
});

/** As an anchor that takes whatever it is asked to. */
function ask(confirmed: StoreHead | undefined): StoreHead | undefined {
  try {
    return group.askAnchor(confirmed);
  } catch {
    return confirmed;
  }
}

it('is a state that follows from what was anchored, since nothing is anchored after it', () => {
  const first = ask(undefined);
  put('1');
  const anchored = ask(first);
  expect(anchored?.commits).toBe(1);
  put('2');
  tables.fails = true;
  expect(put('3')).toMatchObject([{ code: 'sync-failed' }]);
  // A tick, a commit that waits, or the end of the store.
  const last = ask(anchored);
  tables.close();

  tables = new FailingTables(new Database(path()));
  const after = new SealedTables(tables, root);
  expect(after.head().commits).toBe(3);
  requireNewest(last, { head: after.head(), tickets: after.tickets });
});

it('takes no more writes and no more advances', () => {
  const first = ask(undefined);
  tables.fails = true;
  put('1');
  tables.fails = false;
  expect(put('2')).toMatchObject([{ code: 'sync-failed' }]);
  expect(() => group.askAnchor(first)).toThrow(expect.objectContaining({ code: 'sync-failed' }));
  expect(() => group.write(() => undefined)).toThrow(expect.objectContaining({ code: 'sync-failed' }));
});
