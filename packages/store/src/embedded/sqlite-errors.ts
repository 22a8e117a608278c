/** What an SQLite error means for a caller. */
import { systemCode } from '@gaiwan/errors';
import { StoreError } from '../store.ts';

const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
/** A row that was written stands where there was none. */
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;
const IOERR_FSYNC = 1034;
const IOERR_DIR_FSYNC = 1290;

const errcode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;

const damaged = (text: string, cause: unknown) =>
  new StoreError(
    'tampered',
    `the database file is damaged or was changed outside of this store (${text}); restore the data folder from a backup`,
    { cause },
  );

/** What the database itself did not notice. As its own errors: the transaction must be rolled back. */
export class CorruptDatabase extends Error {
  override readonly name = 'CorruptDatabase';
  readonly errcode: number = CORRUPT;
}

/** After a failed fsync nobody knows what is on disk, and asking again may wrongly succeed. */
export function isFailedSync(error: unknown): boolean {
  const code = errcode(error);
  return code === IOERR_FSYNC || code === IOERR_DIR_FSYNC;
}

export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // Node's, of an integer that no double can count: we write none.
  if (systemCode(error) === 'ERR_OUT_OF_RANGE') return damaged(text, error);
  switch ((errcode(error) ?? 0) & 0xff) {
    case BUSY:
    case LOCKED:
      return new StoreError(
        'in-use',
        'the data folder is in use by another process; stop that one first, or choose another folder',
        { cause: error },
      );
    case FULL:
      return new StoreError(
        'disk-full',
        'no space left for the store: nothing of the batch was written; free space on the disk and try again',
        { cause: error },
      );
    case CORRUPT:
    case CONSTRAINT:
    case NOT_A_DATABASE:
      return damaged(text, error);
    default:
      return new StoreError('io', `the store's database failed: ${text}`, { cause: error });
  }
}
