/** Forgetting the oldest entries of a log. What stays of them is their number and a digest. */
import { createHash } from 'node:crypto';
import type { Store } from '@gaiwan/store';
import { keys } from '../domain/index.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { operatorEntry } from '../state/audit/entries.ts';
import { type Forgotten, forgottenOf } from '../state/forgotten.ts';
import { transact } from '../state/transaction.ts';

export interface ForgetOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: string;
  /** What its entries are called in the audit log. */
  readonly what: string;
  /** Whether all that an entry says is from before `until` (ms since the epoch). */
  readonly isBefore: (value: Uint8Array, until: number) => boolean;
  /** Aborted: what is under way is the last step. */
  readonly signal: AbortSignal;
}

/** Forgets what is from before `until`, up to the first entry that is not: some in each commit, which has its audit entry. */
export async function forget(options: ForgetOptions, until: number): Promise<void> {
  while (!options.signal.aborted && (await forgetSome(options, until)));
}

async function forgetSome(
  { store, clock, log, what, isBefore }: ForgetOptions,
  until: number,
): Promise<boolean> {
  const before = await forgottenOf(store, log);
  const most = limits.forgottenAtOnce.value;
  const entries = await store.log(log, { from: before.position, limit: most });
  const values: Uint8Array[] = [];
  for (const { index, value } of entries) {
    // What is before the position may still be there.
    if (index < before.position) continue;
    if (!isBefore(value, until)) break;
    values.push(value);
  }
  if (values.length === 0) return false;
  const after: Forgotten = {
    position: before.position + values.length,
    digest: digestOf(before.digest, values),
  };
  await transact(store, clock, async (tx) => {
    // Of one pass at a time.
    tx.put(keys.forgotten(log), after);
    tx.trim(log, after.position);
    const all = `${after.position} in all, sha256 ${after.digest}`;
    const end = new Date(until).toISOString();
    tx.audit([
      operatorEntry(`retention: ${values.length} ${what} from before ${end} forgotten; ${all}`, tx.now()),
    ]);
  });
  return true;
}

/** SHA-256 (hex) over the digest before and each value, with its length (4 bytes, big-endian) in front. */
export function digestOf(before: string, values: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(Buffer.from(before, 'hex'));
  for (const value of values) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    hash.update(length).update(value);
  }
  return hash.digest('hex');
}
