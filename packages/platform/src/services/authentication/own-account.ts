/** The caller's own account, which policies let everybody work on. */
import { keys, type UserRecord } from '../../domain/records.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { AccessResource, Caller } from '../../ports.ts';
import type { Reading } from '../../state/reading.ts';
import { authenticationFailed } from './accounts.ts';

/** What policies know of a user. */
export const factsOf = ({ id, role }: Pick<UserRecord, 'id' | 'role'>): AccessResource => ({
  type: 'User',
  id,
  role,
});

export async function readSelf(read: Reading, { id }: Caller): Promise<UserRecord> {
  const user = await read.record<UserRecord>(keys.user(id));
  if (!user) throw authenticationFailed();
  return user;
}

export const onOwnAccount: Resource<unknown, UserRecord> = {
  load: (read, _request, caller) => readSelf(read, caller),
  facts: (user) => [factsOf(user)],
};
