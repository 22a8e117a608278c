/** What belongs to several goes when all of them have said so. */
import type { Subject } from '@gaiwan/protocol';
import { keys } from '../domain/index.ts';
import { isThere } from '../state/accounts.ts';
import type { Transaction } from '../state/transaction.ts';

interface DeletionRecord {
  readonly by: readonly Subject[];
}

export interface Wish {
  readonly id: string;
  /** Whose word it takes: of those who have an account. */
  readonly needs: readonly Subject[];
  readonly by: Subject;
}

/** Notes that somebody agrees; resolves with those whose word is still missing. None: it may go. */
export async function agree(
  tx: Pick<Transaction, 'delete' | 'put' | 'read'>,
  { id, needs, by }: Wish,
): Promise<Subject[]> {
  const key = keys.deletion(id);
  const said = new Set((await tx.read<DeletionRecord>(key))?.by).add(by);
  const missing: Subject[] = [];
  for (const one of needs) if (!said.has(one) && (await isThere(tx, one))) missing.push(one);
  if (missing.length === 0) tx.delete(key);
  else tx.put(key, { by: [...said] } satisfies DeletionRecord);
  return missing;
}
