/** No two users have ids that people could take for each other, and no two groups names. */
import { looksOf } from '../../domain/names.ts';
import { keys } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { Reading } from '../../state/reading.ts';
import type { Transaction } from '../../state/transaction.ts';

/** Throws `PlatformError` where another user's id looks like this one. */
export async function requireOwnLooks(read: Reading, id: string): Promise<void> {
  for (const look of looksOf(id)) {
    const other = await read.record<{ readonly id: string }>(keys.look(look));
    if (other !== undefined)
      throw refuse(
        'user-looks-alike',
        `"${id}" looks like the user "${other.id}": choose an id that does not.`,
      );
  }
}

export function takeLooks(tx: Pick<Transaction, 'put'>, id: string): void {
  for (const look of looksOf(id)) tx.put(keys.look(look), { id });
}

export function freeLooks(tx: Pick<Transaction, 'delete'>, id: string): void {
  for (const look of looksOf(id)) tx.delete(keys.look(look));
}

/** Throws `PlatformError` where another group's name looks like this one, which begins. */
export async function takeGroupLooks(tx: Pick<Transaction, 'read' | 'put'>, name: string): Promise<void> {
  for (const look of looksOf(name)) {
    const other = await tx.read<{ readonly id: string }>(keys.groupLook(look));
    // Its own: it has begun since it was looked for, and the commit will be a conflict.
    if (other !== undefined && other.id !== name)
      throw refuse(
        'group-looks-alike',
        `"${name}" looks like the group "${other.id}": choose a name that does not.`,
      );
    tx.put(keys.groupLook(look), { id: name });
  }
}

export function freeGroupLooks(tx: Pick<Transaction, 'delete'>, name: string): void {
  for (const look of looksOf(name)) tx.delete(keys.groupLook(look));
}
