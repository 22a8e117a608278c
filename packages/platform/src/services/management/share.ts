/** Whose share of the workers a caller's tasks use, as things are. */
import type { Store } from '@gaiwan/store';
import { groupOf } from '../../domain/group.ts';
import { type GroupRecord, keys } from '../../domain/index.ts';
import { type Share, shareOf } from '../../fairness/share.ts';
import type { Caller } from '../../ports.ts';
import { readRecord } from '../../state/transaction.ts';

/** Read outside of the transaction: a group that gets a member meanwhile must not hold up what its members invoke. */
export async function shareOfCaller(store: Store, { subject: creator, role }: Caller): Promise<Share> {
  const group = groupOf(role);
  const record = group === undefined ? undefined : await readRecord<GroupRecord>(store, keys.group(group));
  return shareOf({ creator, group, ...(record && !record.byAdministrator && { broughtBy: record.madeBy }) });
}
