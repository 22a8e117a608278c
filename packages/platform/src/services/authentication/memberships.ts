/** What rests on how many accounts there are: groups are there as long as they have members, and one administrator always is. */
import { nameOf, type Subject } from '@gaiwan/protocol';
import { groupOf, withMember, withoutMember } from '../../domain/group.ts';
import { type AdministratorsRecord, type GroupRecord, keys, type UserRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { Transaction } from '../../state/transaction.ts';
import { freeGroupLooks, takeGroupLooks } from './look-alikes.ts';

type Writes = Pick<Transaction, 'read' | 'put' | 'delete'>;

/** What becomes of an account; undefined before it begins and after its end. */
export interface AccountChange {
  readonly before?: UserRecord;
  readonly after?: UserRecord;
  /** Who does it. */
  readonly by: Subject;
}

/** Throws `PlatformError`: group-looks-alike, last-administrator. */
export async function countMembers(tx: Writes, change: AccountChange): Promise<void> {
  await countAdministrators(tx, change);
  const { before, after, by } = change;
  const [left, entered] = [before && groupOf(before.role), after && groupOf(after.role)];
  if (left === entered) return;
  if (left !== undefined) await leave(tx, left);
  if (entered !== undefined) await enter(tx, entered, by);
}

async function leave(tx: Writes, name: string): Promise<void> {
  const rest = withoutMember(await tx.read<GroupRecord>(keys.group(name)));
  if (rest) {
    tx.put(keys.group(name), rest);
    return;
  }
  tx.delete(keys.group(name));
  freeGroupLooks(tx, name);
}

async function enter(tx: Writes, name: string, by: Subject): Promise<void> {
  const group = await tx.read<GroupRecord>(keys.group(name));
  if (!group) await takeGroupLooks(tx, name);
  const maker = group ? undefined : await tx.read<UserRecord>(keys.user(nameOf(by)));
  tx.put(keys.group(name), withMember(group, by, maker?.subject === by && isAdministrator(maker)));
}

const isAdministrator = (user: UserRecord | undefined): boolean => user?.role.name === 'PlatformAdmin';

async function countAdministrators(tx: Writes, { before, after }: AccountChange): Promise<void> {
  const more = Number(isAdministrator(after)) - Number(isAdministrator(before));
  if (more === 0) return;
  const { members } = (await tx.read<AdministratorsRecord>(keys.administrators())) ?? { members: 0 };
  if (members + more < 1)
    throw refuse(
      'last-administrator',
      `${before?.id} is the only administrator: register another one first.`,
    );
  tx.put(keys.administrators(), { members: members + more });
}
