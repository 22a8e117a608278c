/** Sessions: passwords in, tokens out, and who is behind a token (contract 5). Every failure is `16 UNAUTHENTICATED` on the wire (W4). */
import type { Store } from '@gaiwan/store';
import { keys, type UserRecord } from '../../domain/records.ts';
import { roleText } from '../../domain/roles.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Authenticator, Caller, Clock } from '../../ports.ts';
import { readRecord, transact } from '../../state/transaction.ts';
import { authenticationFailed, isBearablePassword, makeCredentials, writeUser } from './accounts.ts';
import { InTurn } from './in-turn.ts';
import { verifyPassword } from './password.ts';
import { Throttle } from './throttle.ts';
import { Tokens } from './tokens.ts';

export interface AuthenticationOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Seconds; default one hour. */
  readonly tokenLifetime?: number;
}

const throttled = () => refuse('throttled', 'Too many failed logins: wait a minute, then try again.');

export class AuthenticationService implements Authenticator {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #byUser: Throttle;
  readonly #byAddress: Throttle;
  readonly #logins = new InTurn();

  private constructor({ store, clock }: AuthenticationOptions, tokens: Tokens) {
    this.#store = store;
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
    if (!(await this.#hasNoUsers())) return false;
    const role = { name: 'PlatformAdmin', attribute: '' } as const;
    const admin: UserRecord = { id: 'admin', role, ...(await makeCredentials(password)) };
    await transact(this.#store, this.#clock, async (tx) => {
      tx.event({ ...writeUser(tx, admin, 'user-registered'), by: admin.id });
    });
    return true;
  }

  async #hasNoUsers(): Promise<boolean> {
    return (await this.#store.scan(keys.users(), { limit: 1 })).entries.length === 0;
  }

  async authenticate(id: string, token: string, address: string): Promise<Caller> {
    if (id === '') throw refuse('missing-user-id', 'Send the user id as metadata "id".');
    if (token === '') throw refuse('missing-token', 'Log in, and send the token as metadata "token".');
    const claims = await this.#tokens.verify(token);
    if (claims?.subject !== id) throw authenticationFailed();
    const user = await readRecord<UserRecord>(this.#store, keys.user(id));
    if (user?.generation !== claims.generation) throw authenticationFailed();
    return { id, role: user.role, address, ...(user.keys && { key: user.keys.current }) };
  }

  /** Guesses at one user's password are checked in turn: sent all at once they would pass the throttle together. */
  login(id: string, password: string, address: string): Promise<string> {
    return this.#logins.run(id.slice(0, limits.userId.value), () => this.#login(id, password, address));
  }

  async #login(id: string, password: string, address: string): Promise<string> {
    if (!this.#byUser.allows(id) || !this.#byAddress.allows(address)) throw throttled();
    const bearable = id !== '' && id.length <= limits.userId.value && isBearablePassword(password);
    const user = bearable ? await readRecord<UserRecord>(this.#store, keys.user(id)) : undefined;
    if (!bearable || !(await verifyPassword(password, user?.password)) || !user) {
      this.#byUser.recordFailure(id.slice(0, limits.userId.value));
      this.#byAddress.recordFailure(address);
      throw authenticationFailed();
    }
    return this.#tokens.issue(id, roleText(user.role), user.generation);
  }
}
