/** Users, passwords and tokens (contract 3.3 and 5). Every failure is `16 UNAUTHENTICATED` on the wire (W4). */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Store } from '@gaiwan/store';
import { keys, type Role, type UserRecord } from '../../domain/records.ts';
import { parseRole, roleText } from '../../domain/roles.ts';
import { PlatformError, refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { AccessControl, Authenticator, Caller, Clock } from '../../ports.ts';
import { readRecord, type Transaction, transact } from '../../state/transaction.ts';
import { InTurn } from './in-turn.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { Throttle } from './throttle.ts';
import { Tokens } from './tokens.ts';

export interface AuthenticationOptions {
  readonly store: Store;
  readonly access: AccessControl;
  readonly clock: Clock;
  /** Seconds; default one hour. */
  readonly tokenLifetime?: number;
}

export interface NewUser {
  readonly id: string;
  readonly password: string;
  readonly role: string;
  readonly attribute: string;
}

const failed = () =>
  refuse(
    'authentication-failed',
    'The user, the password or the token is wrong, or the token has expired: log in again.',
  );
const throttled = () => refuse('throttled', 'Too many failed logins: wait a minute, then try again.');

export class AuthenticationService implements Authenticator {
  readonly #store: Store;
  readonly #access: AccessControl;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #byUser: Throttle;
  readonly #byAddress: Throttle;
  readonly #logins = new InTurn();

  private constructor({ store, access, clock }: AuthenticationOptions, tokens: Tokens) {
    this.#store = store;
    this.#access = access;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#byUser = new Throttle(clock, {
      burst: limits.failedLoginsOfUser.value,
      refillMs: limits.failedLoginOfUserRefill.value,
    });
    this.#byAddress = new Throttle(clock, {
      burst: limits.failedLoginsOfAddress.value,
      refillMs: limits.failedLoginOfAddressRefill.value,
    });
  }

  static async open(options: AuthenticationOptions): Promise<AuthenticationService> {
    return new AuthenticationService(
      options,
      await Tokens.open(options.store, options.clock, options.tokenLifetime ?? limits.token.value),
    );
  }

  /** The first start's administrator; false where there are users already. */
  async bootstrapAdmin(password: string): Promise<boolean> {
    if (!(await this.needsAdmin())) return false;
    const admin = await this.#record(
      { id: 'admin', role: { name: 'PlatformAdmin', attribute: '' } },
      password,
    );
    await transact(this.#store, this.#clock, async (tx) => this.#put(tx, admin, 'user-registered', 'admin'));
    return true;
  }

  async needsAdmin(): Promise<boolean> {
    return (await this.#store.scan(['user'], { limit: 1 })).entries.length === 0;
  }

  async authenticate(id: string, token: string, address: string): Promise<Caller> {
    if (id === '') throw refuse('missing-user-id', 'Send the user id as metadata "id".');
    if (token === '') throw refuse('missing-token', 'Log in, and send the token as metadata "token".');
    const claims = await this.#tokens.verify(token);
    if (claims?.subject !== id) throw failed();
    const user = await readRecord<UserRecord>(this.#store, keys.user(id));
    if (user?.generation !== claims.generation) throw failed();
    return { id, role: user.role, address };
  }

  /** Guesses at one user's password are checked in turn: sent all at once they would pass the throttle together. */
  login(id: string, password: string, address: string): Promise<string> {
    return this.#logins.run(id.slice(0, limits.userId.value), () => this.#login(id, password, address));
  }

  async #login(id: string, password: string, address: string): Promise<string> {
    if (!this.#byUser.allows(id) || !this.#byAddress.allows(address)) throw throttled();
    const bearable =
      id !== '' &&
      id.length <= limits.userId.value &&
      password !== '' &&
      password.length <= limits.password.value;
    const user = bearable ? await readRecord<UserRecord>(this.#store, keys.user(id)) : undefined;
    if (!bearable || !(await verifyPassword(password, user?.password)) || !user) {
      this.#byUser.failed(id.slice(0, limits.userId.value));
      this.#byAddress.failed(address);
      throw failed();
    }
    return this.#tokens.issue(id, roleText(user.role), user.generation);
  }

  async register(caller: Caller, user: NewUser): Promise<void> {
    const id = this.#checkId(user.id);
    const exists = () => refuse('user-exists', `There is a user "${id}" already: choose another id.`);
    if (await readRecord<UserRecord>(this.#store, keys.user(id))) throw exists();
    const role = this.#checkRole(user);
    this.#require(caller, 'UserRegister', id, role);
    const record = await this.#record({ id, role }, user.password);
    await transact(this.#store, this.#clock, async (tx) => {
      if (await tx.read<UserRecord>(keys.user(id))) throw exists();
      this.#put(tx, record, 'user-registered', caller.id);
    });
  }

  /** Both what the user is and what it becomes must be the caller's to manage. */
  async update(caller: Caller, user: NewUser): Promise<void> {
    const id = this.#checkId(user.id);
    const before = await readRecord<UserRecord>(this.#store, keys.user(id));
    if (!before) throw refuse('unknown-user', `There is no user "${id}".`);
    const role = this.#checkRole(user);
    this.#require(caller, 'UserUpdate', id, before.role);
    this.#require(caller, 'UserUpdate', id, role);
    await this.#write(before, { role, password: user.password }, caller.id);
  }

  async changePassword(caller: Caller, password: string): Promise<void> {
    if (password === '') throw refuse('empty-password', 'An empty password cannot log in: choose another.');
    const user = await readRecord<UserRecord>(this.#store, keys.user(caller.id));
    await this.#write(user, { password }, caller.id);
  }

  /** The new password: 32 lower-case hex digits. */
  async resetPassword(caller: Caller, id: string): Promise<string> {
    const user = await this.#target(caller, 'ResetUserPassword', id);
    const password = randomUUID().replaceAll('-', '');
    await this.#write(user, { password }, caller.id);
    return password;
  }

  async delete(caller: Caller, id: string): Promise<void> {
    await this.#target(caller, 'DeleteUser', id);
    await transact(this.#store, this.#clock, async (tx) => {
      tx.delete(keys.user(id));
      tx.event({ type: 'user-deleted', user: id, by: caller.id });
    });
  }

  /** `id`: the group that a manager lists; an administrator lists everyone. */
  async list(caller: Caller, id: string): Promise<string[]> {
    if (id === '') throw refuse('bad-user-id', 'Say which group to list.');
    this.#require(caller, 'ListUsers', id, { name: 'DataOwner', attribute: id });
    const users: UserRecord[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.#store.scan(keys.users(), {
        limit: 500,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { key } of page.entries) {
        const user = await readRecord<UserRecord>(this.#store, key);
        if (user) users.push(user);
      }
      cursor = page.next;
      if (cursor === undefined) break;
    }
    const all = caller.role.name === 'PlatformAdmin';
    return users
      .filter(({ role }) => all || (role.name === 'DataOwner' && role.attribute === id))
      .map((user) => user.id);
  }

  async #target(caller: Caller, action: string, id: string): Promise<UserRecord> {
    const user = await readRecord<UserRecord>(this.#store, keys.user(this.#checkId(id)));
    // A missing target looks like a forbidden one, so that ids cannot be guessed.
    if (!user)
      throw refuse('user-access-denied', `${caller.id} may not ${action} on "${id}".`, {
        policyId: 'deny-by-default',
      });
    this.#require(caller, action, id, user.role);
    return user;
  }

  #require(caller: Caller, action: string, id: string, role: Role): void {
    try {
      this.#access.require({ caller, action, resource: { type: 'User', id, role } });
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'access-denied')) throw error;
      throw refuse('user-access-denied', error.message, { policyId: error.policyId });
    }
  }

  #checkId(id: string): string {
    if (id !== '' && id.length <= limits.userId.value && /^[\u0021-\u007e]+$/.test(id)) return id;
    throw refuse('bad-user-id', `A user id has 1 to ${limits.userId.value} visible ASCII characters.`);
  }

  #checkRole({ role: name, attribute }: NewUser): Role {
    const role = parseRole(name, attribute);
    if (role && attribute.length <= limits.userId.value) return role;
    throw refuse(
      'bad-role',
      `"${name.slice(0, 40)}" is no role: use PlatformAdmin, FunctionOwner, DataOwnerManager or DataOwner.`,
    );
  }

  async #record(user: Pick<UserRecord, 'id' | 'role'>, password: string): Promise<UserRecord> {
    if (password.length > limits.password.value)
      throw refuse('password-too-long', `A password has at most ${limits.password.value} characters.`);
    return {
      ...user,
      password: await hashPassword(password),
      generation: randomBytes(9).toString('base64url'),
    };
  }

  /** `before`: what was judged; a user that somebody else changed or deleted in the meantime is left alone. */
  async #write(
    before: UserRecord | undefined,
    change: { readonly role?: Role; readonly password: string },
    by: string,
  ): Promise<void> {
    if (!before) throw failed();
    const record = await this.#record({ id: before.id, role: change.role ?? before.role }, change.password);
    await transact(this.#store, this.#clock, async (tx) => {
      const now = await tx.read<UserRecord>(keys.user(before.id));
      if (now?.generation !== before.generation) throw failed();
      this.#put(tx, record, 'user-updated', by);
    });
  }

  #put(tx: Transaction, user: UserRecord, type: string, by: string): void {
    tx.put(keys.user(user.id), user);
    tx.event({ type, user: user.id, role: roleText(user.role), by });
  }
}
