/** TeaclaveAuthenticationApi: logging in, and managing users (contract 3.3). */
import { randomUUID } from 'node:crypto';
import type { authentication } from '@gaiwan/protocol';
import { decodeRecord } from '../../domain/codec.ts';
import { keys, type Role, type UserRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, open, query } from '../../pipeline/method.ts';
import type { ApiConventions } from '../../pipeline/pipeline.ts';
import type { CommandCall, Effect, Resource } from '../../pipeline/spec.ts';
import type { AccessResource, Caller } from '../../ports.ts';
import { addressKey } from '../../rpc/errors.ts';
import type { Reading } from '../../state/reading.ts';
import {
  authenticationFailed,
  type Credentials,
  checkNewUserId,
  checkRole,
  checkUserId,
  makeCredentials,
  writeUser,
} from './accounts.ts';
import type { AuthenticationOptions, AuthenticationService } from './authentication.ts';
import { freeLooks, requireOwnLooks } from './look-alikes.ts';

/** Every refusal is of the status 16, also those of access control (W4). Nothing is asked of a role alone: each call has a user. */
export const authenticationConventions: ApiConventions = {
  gate: false,
  codes: { 'access-denied': 'user-access-denied' },
};

const factsOf = ({ id, role }: Pick<UserRecord, 'id' | 'role'>): AccessResource => ({
  type: 'User',
  id,
  role,
});

interface UserRequest {
  readonly id: string;
  readonly role: string;
  readonly attribute: string;
}

const onNewUser: Resource<UserRequest, { readonly id: string; readonly role: Role }> = {
  load: async (read, request) => {
    const id = checkNewUserId(request.id);
    if (await read.record<UserRecord>(keys.user(id)))
      throw refuse('user-exists', `There is a user "${id}" already: choose another id.`);
    await requireOwnLooks(read, id);
    return { id, role: checkRole(request.role, request.attribute) };
  },
  facts: (user) => [factsOf(user)],
};

/** Both what the user is and what it becomes must be the caller's to manage. */
const onChangedUser: Resource<UserRequest, { readonly before: UserRecord; readonly role: Role }> = {
  load: async (read, request) => {
    const id = checkUserId(request.id);
    const before = await read.record<UserRecord>(keys.user(id));
    if (!before) throw refuse('unknown-user', `There is no user "${id}".`);
    return { before, role: checkRole(request.role, request.attribute) };
  },
  facts: ({ before, role }) => [factsOf(before), factsOf({ id: before.id, role })],
};

/** A user that is not there looks like one that is forbidden, so that ids cannot be guessed. */
const onUser: Resource<{ readonly id: string }, UserRecord> = {
  load: async (read, { id }, caller) => {
    const user = await read.record<UserRecord>(keys.user(checkUserId(id)));
    if (user) return user;
    throw refuse('user-access-denied', `${caller.id} may not do this with "${id}".`, {
      policyId: 'deny-by-default',
    });
  },
  facts: (user) => [factsOf(user)],
};

const onSelf: Resource<{ readonly password: string }, UserRecord> = {
  load: async (read, { password }, caller) => {
    if (password === '') throw refuse('empty-password', 'An empty password cannot log in: choose another.');
    return readSelf(read, caller);
  },
  facts: (user) => [factsOf(user)],
};

async function readSelf(read: Reading, { id }: Caller): Promise<UserRecord> {
  const user = await read.record<UserRecord>(keys.user(id));
  if (!user) throw authenticationFailed();
  return user;
}

/** `id`: the group that a manager lists; an administrator lists everyone. */
const onGroup: Resource<{ readonly id: string }, string> = {
  load: (_read, { id }) => {
    if (id === '') throw refuse('bad-user-id', 'Say which group to list.');
    return id;
  },
  facts: (id) => [factsOf({ id, role: { name: 'DataOwner', attribute: id } })],
};

/** A user that somebody else changed or deleted since the call was authorised is left alone. `reply`: of the new password. */
async function changeCredentials<Reply>(
  { tx, once }: Pick<CommandCall<unknown, unknown>, 'tx' | 'once'>,
  before: UserRecord,
  change: { readonly role?: Role; readonly password: string },
  reply: (password: string) => Reply,
): Promise<Effect<Reply>> {
  const judged = await once(async () => ({
    generation: before.generation,
    password: change.password,
    credentials: await makeCredentials(change.password),
  }));
  if (judged.generation !== before.generation) throw authenticationFailed();
  const user = { ...before, role: change.role ?? before.role, ...judged.credentials };
  return { reply: reply(judged.password), event: writeUser(tx, user, 'user-updated') };
}

export function authenticationMethods(
  service: AuthenticationService,
  { store }: Pick<AuthenticationOptions, 'store'>,
): Handlers<typeof authentication.TeaclaveAuthenticationApi, 'userLogin'> {
  return {
    userLogin: open({
      because: 'it makes the session that every other call has',
      run: async ({ id, password }, { values }) => ({
        token: await service.login(id, password, values.get(addressKey)),
      }),
    }),

    userRegister: command({
      action: 'UserRegister',
      resource: onNewUser,
      run: async ({ tx, request, resource: { id, role }, once }) => {
        const credentials: Credentials = await once(() => makeCredentials(request.password));
        return { reply: {}, event: writeUser(tx, { id, role, ...credentials }, 'user-registered') };
      },
    }),

    userUpdate: command({
      action: 'UserUpdate',
      resource: onChangedUser,
      run: (call) => {
        const { before, role } = call.resource;
        return changeCredentials(call, before, { role, password: call.request.password }, () => ({}));
      },
    }),

    userChangePassword: command({
      action: 'UserChangePassword',
      resource: onSelf,
      run: (call) => changeCredentials(call, call.resource, call.request, () => ({})),
    }),

    resetUserPassword: command({
      action: 'ResetUserPassword',
      resource: onUser,
      run: (call) => {
        // 32 lower-case hex digits, as the contract says.
        const change = { password: randomUUID().replaceAll('-', '') };
        return changeCredentials(call, call.resource, change, (password) => ({ password }));
      },
    }),

    deleteUser: command({
      action: 'DeleteUser',
      resource: onUser,
      run: ({ tx, resource: { id } }) => {
        tx.delete(keys.user(id));
        freeLooks(tx, id);
        return { reply: {}, event: { type: 'user-deleted', user: id } };
      },
    }),

    listUsers: query({
      action: 'ListUsers',
      resource: onGroup,
      run: async ({ caller, resource: group }) => {
        const all = caller.role.name === 'PlatformAdmin';
        const ids: string[] = [];
        for await (const { value } of store.entries(keys.users())) {
          const { id, role } = decodeRecord<UserRecord>(value);
          if (all || (role.name === 'DataOwner' && role.attribute === group)) ids.push(id);
        }
        return { ids };
      },
    }),
  };
}
