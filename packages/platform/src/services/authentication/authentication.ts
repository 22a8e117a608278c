/** Sessions: passwords in, tokens out, and who is behind a token (contract 5). Every failure is `16 UNAUTHENTICATED` on the wire (W4). */
import type { Store } from '@gaiwan/store';
import { keys, type UserRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Authenticator, Caller, SystemClock } from '../../ports.ts';
import { sourceOf } from '../../rpc/source.ts';
import { Turns } from '../../rpc/turns.ts';
import { operatorEntry } from '../../state/audit/entries.ts';
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
  readonly clock: SystemClock;
  /** Seconds for which a token holds; default: Teaclave's 24 hours. */
  readonly tokenLife?: number | undefined;
}

function requireTokenLife(seconds: number): void {
  const [least, most] = [limits.tokenShortest.value, limits.tokenLongest.value];
  if (Number.isSafeInteger(seconds) && seconds >= least && seconds <= most) return;
  throw refuse(
    'bad-token-life',
    `A token cannot hold for ${seconds} s: name whole seconds from ${least} to ${most}.`,
  );
}

/** What a login makes. */
export interface Session {
  readonly token: string;
  /** Whose it is. */
  readonly caller: Caller;
}

const callerOf = ({ id, subject, role, keys: held }: UserRecord, address: string): Caller => ({
  id,
  subject,
  role,
  address,
  ...(held && { key: held.current }),
});

export class AuthenticationService implements Authenticator {
  readonly #store: Store;
  readonly #clock: SystemClock;
  readonly #tokens: Tokens;
  readonly #guesses: Guesses;
  /** By address: whoever guesses waits for its own guesses, and others for one of them. */
  readonly #logins = new Turns(limits.passwordHashes.value, limits.passwordHashesWaiting.value, {
    what: 'a login',
  });

  private constructor({ store, clock }: AuthenticationOptions, tokens: Tokens) {
    this.#store = store;
    this.#clock = clock;
    this.#tokens = tokens;
    this.#guesses = new Guesses(clock);
  }

  /** @throws PlatformError bad-token-life */
  static async open(options: AuthenticationOptions): Promise<AuthenticationService> {
    const { store, clock, tokenLife = limits.token.value } = options;
    requireTokenLife(tokenLife);
    return new AuthenticationService(options, await Tokens.open(store, clock, tokenLife));
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
      const admin: UserRecord = { id: 'admin', subject, role, ...credentials, since: tx.now() };
      tx.mark(keys.firstAdministrator());
      await writeAccount(tx, { after: admin, by: subject });
      tx.event({ ...accountEvent('user-registered', admin), by: subject });
      const message = 'user_register: admin, the first administrator';
      tx.audit([{ ...operatorEntry(message, this.#clock.now()), subject }]);
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
    const { session } = claims;
    if (
      user?.subject !== claims.subject ||
      !(user.generation === claims.generation || user.session === session)
    )
      throw authenticationFailed();
    return { ...callerOf(user, address), session };
  }

  /** Rejects with `PlatformError`: throttled, before a hash is computed; busy; authentication-failed. */
  async login(id: string, password: string, address: string): Promise<Session> {
    const guess = this.#guesses.of(id, address);
    // Not after having waited for a turn that others can use.
    guess.require();
    const bearable = id !== '' && id.length <= limits.userId.value && isBearablePassword(password);
    if (!bearable) {
      guess.take();
      throw authenticationFailed();
    }
    const user = await readRecord<UserRecord>(this.#store, keys.user(id));
    const verify = () => verifyPassword(password, user?.password, guess.take);
    if (!(await this.#logins.take(verify, sourceOf(address))) || !user) throw authenticationFailed();
    guess.right();
    return { token: await this.#tokens.issue(user), caller: callerOf(user, address) };
  }
}
