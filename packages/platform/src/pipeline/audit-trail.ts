/** A line of the audit log for each call (contract 3.11): its words are Teaclave's. */
import type { UserRecord } from '../domain/records.ts';
import { PlatformError } from '../errors.ts';
import type { AuditEntry, AuditLog, Caller, Clock } from '../ports.ts';

/** A method as the log names it: `register_function`. */
export const snakeCase = (name: string): string =>
  name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

/** A method is in snake case, here and below. */
export class AuditTrail {
  readonly #log: AuditLog;
  readonly #clock: Clock;

  constructor(log: AuditLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  notAuthenticated(method: string, address: string): void {
    const message = `authenticate to ${method}: authentication failed`;
    this.#log.record({
      entry: this.#entry(address, { message, result: false }),
      from: 'stranger',
      kind: `${method} ${address}`,
    });
  }

  /** The caller's role may not call this method at all. */
  notAdmitted(method: string, { address, subject }: Caller): Promise<void> {
    // Teaclave shows no user here; whoever searches for the subject finds it.
    const entry = this.#entry(address, { message: `authenticate to ${method}`, result: false, subject });
    return this.#log.write({ entry, from: 'caller', kind: `${method} gate ${address} ${subject}` });
  }

  /** For the commit of what was done. */
  success(method: string, caller: Caller): AuditEntry {
    const { subject, address } = caller;
    return this.#entry(address, { message: method, result: true, subject, user: userOf(caller) });
  }

  /** Of what changed nothing. `wait`: until it is on the disk. */
  async recordSuccess(method: string, caller: Caller, wait: boolean): Promise<void> {
    const kind = `${method} ${caller.address} ${caller.subject}`;
    const line = { entry: this.success(method, caller), from: 'caller', kind } as const;
    if (wait) await this.#log.write(line);
    else this.#log.record(line);
  }

  recordFailure(method: string, caller: Caller, error: unknown): Promise<void> {
    const [code, why] =
      error instanceof PlatformError ? [error.code, error.wire] : ['', 'service internal error'];
    const { subject, address } = caller;
    const message = `${method}:${why}`;
    const entry = this.#entry(address, { message, result: false, subject, user: userOf(caller) });
    return this.#log.write({ entry, from: 'caller', kind: `${method} ${code} ${address} ${subject}` });
  }

  loggedIn(caller: Caller): Promise<void> {
    return this.recordSuccess('user_login', caller, true);
  }

  /** `account`: whose password it was not. A name that nobody has is not written: people type passwords there. */
  notLoggedIn(address: string, account: UserRecord | undefined, error: unknown): void {
    const why = error instanceof PlatformError ? error.wire : 'service internal error';
    const user = account ? `{ user: ${account.id} }` : '';
    const entry = this.#entry(address, { message: `user_login:${why}`, result: false, user });
    this.#log.record({ entry, from: 'stranger', kind: `user_login ${address} ${user}` });
  }

  #entry(
    address: string,
    { user = '', ...rest }: Omit<AuditEntry, 'microsecond' | 'address' | 'user'> & { readonly user?: string },
  ): AuditEntry {
    return { microsecond: this.#clock.now() * 1000, address, user, ...rest };
  }
}

function userOf({ id, role: { name, attribute } }: Caller): string {
  const role = attribute === '' ? name : `${name}("${attribute}")`;
  return `{ user: ${id}, role: ${role} }`;
}
