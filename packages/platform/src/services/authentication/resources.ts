/** The accounts that requests name, and what policies are asked about them. */
import type { Subject } from '@gaiwan/protocol';
import { groupOf } from '../../domain/group.ts';
import { type GroupRecord, keys, type Role, type UserRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { Resource } from '../../pipeline/spec.ts';
import { refuseUnknownAccount } from '../../policy/denial.ts';
import type { AccountFacts, Caller } from '../../ports.ts';
import type { Reading } from '../../state/reading.ts';
import { authenticationFailed, checkNewUserId, checkRole, checkUserId } from './accounts.ts';
import { requireOwnLooks } from './look-alikes.ts';

type Described = Pick<UserRecord, 'id' | 'role' | 'invitedTo'> & Partial<Pick<UserRecord, 'subject'>>;

const factsOf = ({ id, subject, role, invitedTo }: Described): AccountFacts => ({
  type: 'Account',
  id,
  role,
  ...(subject && { subject }),
  ...(invitedTo !== undefined && { invitedTo }),
});

interface UserRequest {
  readonly id: string;
  readonly role: string;
  readonly attribute: string;
}

interface NewUser {
  readonly id: string;
  readonly role: Role;
  readonly groupMadeBy?: Subject;
  /** Rejects where the id is taken, or looks like one that is: to be asked once the caller may register this user. */
  readonly requireFree: () => Promise<void>;
}

export const onNewUser: Resource<UserRequest, NewUser> = {
  load: async (read, request) => {
    const id = checkNewUserId(request.id);
    const requireFree = async () => {
      if (await read.record<UserRecord>(keys.user(id)))
        throw refuse('user-exists', `There is a user "${id}" already: choose another id.`);
      await requireOwnLooks(read, id);
    };
    const role = checkRole(request.role, request.attribute);
    const name = groupOf(role);
    const group = name === undefined ? undefined : await read.record<GroupRecord>(keys.group(name));
    return { id, role, requireFree, ...(group && { groupMadeBy: group.madeBy }) };
  },
  facts: ({ groupMadeBy, id, role }) => [{ ...factsOf({ id, role }), ...(groupMadeBy && { groupMadeBy }) }],
};

interface ChangedUser {
  /** Throws `unknown-user` where there is none: once the caller may change it, so that nobody else learns of it. */
  readonly before: () => UserRecord;
  readonly facts: readonly AccountFacts[];
  readonly role: Role;
}

/** Both what the user is and what it becomes must be the caller's to manage. */
export const onChangedUser: Resource<UserRequest, ChangedUser> = {
  load: async (read, request) => {
    const id = checkUserId(request.id);
    const before = await read.record<UserRecord>(keys.user(id));
    const role = checkRole(request.role, request.attribute);
    if (before) return { before: () => before, role, facts: [factsOf(before), factsOf({ ...before, role })] };
    const unknown = () => {
      throw refuse('unknown-user', `There is no user "${id}".`);
    };
    return { before: unknown, role, facts: [factsOf({ id, role })] };
  },
  facts: ({ facts }) => facts,
};

/** A user that is not there looks like one that is forbidden, so that ids cannot be guessed. */
export const onUser = (action: string): Resource<{ readonly id: string }, UserRecord> => ({
  load: async (read, { id }, caller) => {
    const user = await read.record<UserRecord>(keys.user(checkUserId(id)));
    if (user) return user;
    throw refuseUnknownAccount(caller, action, id);
  },
  facts: (user) => [factsOf(user)],
});

export const onSelf: Resource<{ readonly password: string }, UserRecord> = {
  load: async (read, { password }, caller) => {
    if (password === '') throw refuse('empty-password', 'An empty password cannot log in: choose another.');
    return readSelf(read, caller);
  },
  facts: (user) => [factsOf(user)],
};

async function readSelf(read: Reading, { id, subject }: Caller): Promise<UserRecord> {
  const user = await read.record<UserRecord>(keys.user(id));
  if (user?.subject !== subject) throw authenticationFailed();
  return user;
}

/** `id`: the group that a manager lists; an administrator lists everyone. */
export const onGroup: Resource<{ readonly id: string }, string> = {
  load: (_read, { id }) => {
    if (id === '') throw refuse('bad-user-id', 'Say which group to list.');
    return id;
  },
  facts: (id) => [factsOf({ id, role: { name: 'DataOwner', attribute: id } })],
};

/** The caller's own account, which policies let everybody work on. */
export const onOwnAccount: Resource<unknown, UserRecord> = {
  load: (read, _request, caller) => readSelf(read, caller),
  facts: (user) => [factsOf(user)],
};
