/** The caller's own account, which policies let everybody work on. */
import { keys, type UserRecord } from '../../domain/records.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { AccountFacts, Caller } from '../../ports.ts';
import type { Reading } from '../../state/reading.ts';
import { authenticationFailed } from './accounts.ts';

type Described = Pick<UserRecord, 'id' | 'role' | 'invitedTo'> & Partial<Pick<UserRecord, 'subject'>>;

/** What policies know of an account; one that is to be made has no subject yet. */
export const factsOf = ({ id, subject, role, invitedTo }: Described): AccountFacts => ({
  type: 'Account',
  id,
  role,
  ...(subject && { subject }),
  ...(invitedTo !== undefined && { invitedTo }),
});

export async function readSelf(read: Reading, { id, subject }: Caller): Promise<UserRecord> {
  const user = await read.record<UserRecord>(keys.user(id));
  if (user?.subject !== subject) throw authenticationFailed();
  return user;
}

export const onOwnAccount: Resource<unknown, UserRecord> = {
  load: (read, _request, caller) => readSelf(read, caller),
  facts: (user) => [factsOf(user)],
};
