/** A line of the audit log for each call (contract 3.11): its words are Teaclave's. */
import { PlatformError } from '../errors.ts';
import type { AuditLog, Caller, Clock } from '../ports.ts';

/** A method as the log names it: `register_function`. */
export const snakeCase = (name: string): string =>
  name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

export class AuditTrail {
  readonly #log: AuditLog;
  readonly #clock: Clock;

  constructor(log: AuditLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `method` in snake case, here and below. */
  notAuthenticated(method: string, address: string): void {
    this.#record(address, undefined, `authenticate to ${method}: authentication failed`, false);
  }

  /** The caller's role may not call this method at all. */
  notAdmitted(method: string, address: string): void {
    this.#record(address, undefined, `authenticate to ${method}`, false);
  }

  recordSuccess(method: string, caller: Caller): void {
    this.#record(caller.address, caller, method, true);
  }

  recordFailure(method: string, caller: Caller, error: unknown): void {
    const why = error instanceof PlatformError ? error.wire : 'service internal error';
    this.#record(caller.address, caller, `${method}:${why}`, false);
  }

  #record(address: string, caller: Caller | undefined, message: string, result: boolean): void {
    const who = caller ? { user: userOf(caller), subject: caller.subject } : { user: '' };
    this.#log.record({ microsecond: this.#clock.now() * 1000, address, ...who, message, result });
  }
}

function userOf({ id, role: { name, attribute } }: Caller): string {
  const role = attribute === '' ? name : `${name}("${attribute}")`;
  return `{ user: ${id}, role: ${role} }`;
}
