/** Sessions: passwords in, tokens out, and who is behind a token (contract 5). Every failure is `16 UNAUTHENTICATED` on the wire (W4). */
import type { Store } from '@gaiwan/store';
import { keys, type UserRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Authenticator, Caller, Clock } from '../../ports.ts';
import { readRecord, transact } from '../../state/transaction.ts';
import {
  accountEvent,
  authenticationFailed,
  isBearablePassword,
  makeCredentials,
  newSubject,
  writeAccount,
} from './accounts.ts';
import { Guesses } from './guesses.ts';
import { verifyPassword } from './password.ts';
import { Tokens } from './tokens.ts';

export interface AuthenticationOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Seconds; default one hour. */
  readonly tokenLifetime?: number;
}

export class AuthenticationService implements Authenticator {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #tokens: Tokens;
  readonly #guesses: Guesses;

  private constructor({ store, clock }: AuthenticationOptions, tokens: Tokens) {
    this.#store = store;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#guesses = new Guesses(clock);
  }

  static async open(options: AuthenticationOptions): Promise<AuthenticationService> {
    return new AuthenticationService(
      options,
      await Tokens.open(options.store, options.clock, options.tokenLifetime ?? limits.token.value),
    );
  }

  /**
   * The first start's administrator, who is made once in the life of a data folder; false where that was done.
   *
   * @throws PlatformError (administrators-gone) where it was done, and nobody is there any more
   */
  async bootstrapAdmin(password: string): Promise<boolean> {
    if (!(await this.isNew())) return false;
    const role = { name: 'PlatformAdmin', attribute: '' } as const;
    const subject = newSubject('admin');
    const credentials = await makeCredentials(password);
    return transact(this.#store, this.#clock, async (tx) => {
      if (await tx.has(keys.firstAdministrator())) return false;
      const admin: UserRecord = { id: 'admin', subject, role, ...credentials };
      tx.mark(keys.firstAdministrator());
      await writeAccount(tx, { after: admin, by: subject });
      tx.event({ ...accountEvent('user-registered', admin), by: subject });
      return true;
    });
  }

  /**
   * Has nobody been here yet?
   *
   * @throws PlatformError (administrators-gone): a folder that had an administrator has nobody, and gets nobody by itself
   */
  async isNew(): Promise<boolean> {
    const [made, users] = await Promise.all([
      this.#store.get(keys.firstAdministrator()),
      this.#store.scan(keys.users(), { limit: 1 }),
    ]);
    const isEmpty = users.entries.length === 0;
    if ((made === undefined) === isEmpty) return isEmpty;
    throw refuse(
      'administrators-gone',
      made
        ? 'The data folder had an administrator, and has no users any more: restore it from a copy that you trust, or begin with an empty folder.'
        : 'The data folder has users, and no trace of its first administrator: restore it from a copy that you trust.',
    );
  }

  async authenticate(id: string, token: string, address: string): Promise<Caller> {
    if (id === '') throw refuse('missing-user-id', 'Send the user id as metadata "id".');
    if (token === '') throw refuse('missing-token', 'Log in, and send the token as metadata "token".');
    const claims = await this.#tokens.verify(token);
    if (claims?.id !== id) throw authenticationFailed();
    const user = await readRecord<UserRecord>(this.#store, keys.user(id));
    if (user?.generation !== claims.generation || user.subject !== claims.subject)
      throw authenticationFailed();
    const { subject, role, keys: held } = user;
    return { id, subject, role, address, ...(held && { key: held.current }) };
  }

  /** A token. Rejects with `PlatformError`: throttled, before a hash is computed; busy; authentication-failed. */
  async login(id: string, password: string, address: string): Promise<string> {
    const guess = this.#guesses.of(id, address);
    // Not after having waited for a turn that others can use.
    guess.require();
    const bearable = id !== '' && id.length <= limits.userId.value && isBearablePassword(password);
    if (!bearable) {
      guess.take();
      throw authenticationFailed();
    }
    const user = await readRecord<UserRecord>(this.#store, keys.user(id));
    if (!(await verifyPassword(password, user?.password, guess.take)) || !user) throw authenticationFailed();
    guess.right();
    return this.#tokens.issue(user);
  }
}
