/** TeaclaveAuthenticationApi: logging in, and managing users (contract 3.3). */
import { randomUUID } from 'node:crypto';
import type { authentication } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { keys, type Role, type UserRecord } from '../../domain/records.ts';
import { limits } from '../../limits.ts';
import { AuditTrail } from '../../pipeline/audit-trail.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, open, query } from '../../pipeline/method.ts';
import type { ApiConventions } from '../../pipeline/pipeline.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import type { Accounts, AuditLog } from '../../ports.ts';
import { callKey } from '../../rpc/call.ts';
import { addressKey } from '../../rpc/errors.ts';
import { readRecord } from '../../state/transaction.ts';
import {
  accountEvent,
  authenticationFailed,
  continuesAfterReset,
  makeCredentials,
  newSubject,
  writeAccount,
} from './accounts.ts';
import type { AuthenticationOptions, AuthenticationService } from './authentication.ts';
import { listedMarks } from './lists.ts';
import { onChangedUser, onGroup, onNewUser, onSelf, onUser } from './resources.ts';

/** Every refusal is of the status 16, also those of access control (W4). Nothing is asked of a role alone: each call has a user. */
export const authenticationConventions: ApiConventions = {
  gate: false,
  codes: { 'access-denied': 'user-access-denied' },
};

interface CredentialsChange {
  readonly before: UserRecord;
  readonly role?: Role;
  readonly password: string;
}

type Call = Pick<CommandCall<unknown, unknown>, 'tx' | 'once' | 'caller'>;

/**
 * A user that somebody else changed or deleted since the call was authorised is left alone. Whoever sets another's password gets
 * another account of the name, with nothing of the former: what it had ends with it. `reply`: of the new password.
 */
async function changeCredentials<Reply>(
  accounts: Pick<Accounts, 'end'>,
  { tx, once, caller }: Call,
  { before, role = before.role, password }: CredentialsChange,
  reply: (password: string) => Reply,
): Promise<Effect<Reply>> {
  const judged = await once(async () => ({
    generation: before.generation,
    password,
    subject: newSubject(before.id),
    credentials: await makeCredentials(password),
  }));
  if (judged.generation !== before.generation) throw authenticationFailed();
  const isSelf = caller.subject === before.subject;
  const continues = isSelf || continuesAfterReset(before);
  const subject = continues ? before.subject : judged.subject;
  // Whoever changes its own password goes on in this session, as with Teaclave; all others of the account end.
  const { session: _, ...rest } = before;
  const session = isSelf && caller.session !== undefined && { session: caller.session };
  const since = continues ? {} : { since: tx.now() };
  const after = { ...rest, ...since, subject, role, ...judged.credentials, ...session };
  await writeAccount(tx, { before, after, by: caller.subject });
  return {
    reply: reply(judged.password),
    event: accountEvent('user-updated', after, before.subject),
    afterwards: () => {
      if (!continues) accounts.end(before.subject);
    },
  };
}

interface MethodsOptions extends Pick<AuthenticationOptions, 'store' | 'clock'> {
  readonly accounts: Pick<Accounts, 'end'>;
  readonly audit: AuditLog;
}

type AccountMethods = Handlers<typeof authentication.TeaclaveAuthenticationApi, 'userLogin'>;

const userRegister: AccountMethods['userRegister'] = command({
  action: 'UserRegister',
  resource: onNewUser,
  run: async ({ tx, caller, request, resource: { id, role, requireFree }, once }) => {
    await requireFree();
    const made = await once(async () => ({
      subject: newSubject(id),
      ...(await makeCredentials(request.password)),
    }));
    const invited = caller.role.name === 'DataOwnerManager' && { invitedTo: caller.role.attribute };
    const after = { id, role, ...made, ...invited, since: tx.now() };
    await writeAccount(tx, { after, by: caller.subject });
    return { reply: {}, event: accountEvent('user-registered', after) };
  },
});

const listUsers = (store: Store): AccountMethods['listUsers'] =>
  query({
    action: 'ListUsers',
    resource: onGroup,
    // All of them in one answer, as in Teaclave; `ListUserIds` has pages.
    run: async ({ caller, resource: group }) => {
      const ids: string[] = [];
      for await (const { key } of store.entries(listedMarks(caller, group))) ids.push(...key.slice(-1));
      return { ids };
    },
  });

export function authenticationMethods(
  service: AuthenticationService,
  { store, clock, accounts, audit }: MethodsOptions,
): AccountMethods {
  const trail = new AuditTrail(audit, clock);
  const accountOf = async (id: string) =>
    id !== '' && id.length <= limits.userId.value ? readRecord<UserRecord>(store, keys.user(id)) : undefined;
  const audited = async (id: string, password: string, address: string) => {
    try {
      const { token, caller } = await service.login(id, password, address);
      await trail.loggedIn(caller);
      return { token };
    } catch (error) {
      // What the login failed of is told, whatever the store says now.
      trail.notLoggedIn(address, await accountOf(id).catch(() => undefined), error);
      throw error;
    }
  };
  return {
    userLogin: open({
      because: 'it makes the session that every other call has',
      run: async ({ id, password }, { values }) => {
        const session = await audited(id, password, values.get(addressKey));
        values.get(callKey)?.know();
        return session;
      },
    }),

    userRegister,
    listUsers: listUsers(store),

    userUpdate: command({
      action: 'UserUpdate',
      resource: onChangedUser,
      run: (call) => {
        const { role } = call.resource;
        const { password } = call.request;
        const before = call.resource.before();
        return changeCredentials(accounts, call, { before, role, password }, () => ({}));
      },
    }),

    userChangePassword: command({
      action: 'UserChangePassword',
      resource: onSelf,
      run: (call) => {
        const { password } = call.request;
        return changeCredentials(accounts, call, { before: call.resource, password }, () => ({}));
      },
    }),

    resetUserPassword: command({
      action: 'ResetUserPassword',
      resource: onUser('ResetUserPassword'),
      run: (call) => {
        // 32 lower-case hex digits, as the contract says.
        const change = { before: call.resource, password: randomUUID().replaceAll('-', '') };
        return changeCredentials(accounts, call, change, (password) => ({ password }));
      },
    }),

    deleteUser: command({
      action: 'DeleteUser',
      resource: onUser('DeleteUser'),
      run: async ({ tx, caller, resource: before }) => {
        await writeAccount(tx, { before, by: caller.subject });
        return {
          reply: {},
          event: accountEvent('user-deleted', before),
          afterwards: () => accounts.end(before.subject),
        };
      },
    }),
  };
}
