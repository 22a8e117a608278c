/** Everything that a store's file says, in this process: an engine without its thread. */
import { createHash, type KeyObject } from 'node:crypto';
import { systemCode } from '@gaiwan/errors';
import { Database } from '../../../packages/store/src/embedded/database.ts';
import { SealedTables } from '../../../packages/store/src/embedded/sealed-tables.ts';
import { toStoreError } from '../../../packages/store/src/embedded/sqlite-errors.ts';
import { Tables } from '../../../packages/store/src/embedded/tables.ts';
import { type Key, StoreError } from '../../../packages/store/src/store.ts';

/** Of each read, the digest of its answer, or the code of its refusal. */
export type Answers = Readonly<Record<string, string>>;

/** SQLite's errors, and Node's of an integer in a row that no double can count: the store makes its own of both. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error &&
  (('errcode' in error && 'errstr' in error) || systemCode(error) === 'ERR_OUT_OF_RANGE');

/** The code of an error that the store foresees; an exception of the program is none. */
function codeOf(error: unknown): string {
  const foreseen = error instanceof StoreError || isOfDatabase(error);
  const { code } = toStoreError(error);
  return foreseen ? code : `not foreseen: ${String(error)}`;
}

function answer(read: () => unknown): string {
  try {
    const text = JSON.stringify(read(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    );
    return `=${createHash('sha256')
      .update(text ?? 'nothing')
      .digest('hex')
      .slice(0, 16)}`;
  } catch (error) {
    return codeOf(error);
  }
}

/** `held`: how many buckets of rows are in memory; 0 asks the disk each time. */
export function readStore(path: string, root: KeyObject, keys: readonly Key[], held: number): Answers {
  let database: Database | undefined;
  let sealed: SealedTables | undefined;
  try {
    database = new Database(path);
    sealed = new SealedTables(new Tables(database), root, held);
    const store = sealed;
    return {
      'every row': answer(() => store.scan([], 1000)),
      'each row': answer(() => keys.map((key) => store.get(key))),
      'a row that is not there': answer(() => store.get(['user', 'nobody'])),
      'a queue': answer(() => store.queue('tasks', 100)),
      logs: answer(() => ['audit', 'events'].map((log) => [store.logLength(log), store.log(log, 0, 100)])),
      head: answer(() => store.head()),
    };
  } catch (error) {
    return { start: codeOf(error) };
  } finally {
    sealed?.close();
    database?.close();
  }
}

/** The keys of all records. */
export function keysIn(path: string, root: KeyObject): Key[] {
  const database = new Database(path);
  const sealed = new SealedTables(new Tables(database), root);
  const keys = sealed.scan([], 1000).entries.map(({ key }) => key);
  sealed.close();
  database.close();
  return keys;
}
