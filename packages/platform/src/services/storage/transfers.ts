/** What requests about files may hold: those of one user, those of one address without a right, and all together. */
import { limits } from '../../limits.ts';
import { type Allowance, Budget, type Place } from '../../rpc/budget.ts';
import type { Grant } from './capability.ts';

type Bounds = readonly [each: Allowance, all: Allowance];

export interface TransfersOptions {
  /** Of those who have a capability, by subject. Bytes are those that are in memory for as long as the request lasts. */
  readonly users: Bounds;
  /** Of those who have none, by address. */
  readonly strangers: Bounds;
}

const usual: TransfersOptions = {
  users: [
    { calls: limits.filesPerUser.value, bytes: limits.contentPerUser.value },
    { calls: limits.files.value, bytes: limits.content.value },
  ],
  strangers: [
    { calls: limits.strangersCallsPerAddress.value, bytes: 0 },
    { calls: limits.strangersCalls.value, bytes: 0 },
  ],
};

export class Transfers {
  readonly #users: Budget;
  readonly #strangers: Budget;

  constructor({ users, strangers }: TransfersOptions = usual) {
    this.#users = new Budget(...users);
    this.#strangers = new Budget(...strangers);
  }

  /**
   * A place for one request; dispose of it when its answer has ended. Undefined for a worker, whose requests are as many as its leases
   * want: refusing one would fail a task.
   *
   * @param source of those without a grant: see `sourceOf`
   * @throws PlatformError too-many-calls
   */
  enter(grant: Grant | undefined, source: string): Place | undefined {
    if (grant === undefined) return this.#strangers.enter(source);
    return grant.lease === '' ? this.#users.enter(grant.holder) : undefined;
  }
}
