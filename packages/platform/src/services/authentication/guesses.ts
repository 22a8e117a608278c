/**
 * How many passwords may be tried: of one user, from one address. What a guess costs is taken before its hash is computed, and given back
 * where it was right.
 *
 * Where a user has logged in before, from there it has a bucket of its own: neither those who guess its password elsewhere nor its
 * neighbours who guess others' are in its way (docs/decisions/060-guesses.md).
 */
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Stopwatch } from '../../ports.ts';
import { sourceOf } from '../../rpc/source.ts';
import { Throttle } from './throttle.ts';

const MOST = limits.throttledNames.value;

export interface Guess {
  /** @throws PlatformError throttled, with the time to wait */
  readonly require: () => void;
  /** As `require`; takes what the guess costs. */
  readonly take: () => void;
  /** The guess was right: gives it back, and remembers who logs in from where. */
  readonly right: () => void;
}

export class Guesses {
  readonly #byUser: Throttle;
  readonly #byAddress: Throttle;
  readonly #atHome: Throttle;
  /** Pairs of user and address, the last that logged in last. */
  readonly #homes = new Set<string>();

  constructor(clock: Stopwatch) {
    const ofUser = {
      burst: limits.failedLoginsOfUser.value,
      refillMs: limits.failedLoginOfUserRefill.value,
    };
    this.#byUser = new Throttle(clock, ofUser);
    this.#atHome = new Throttle(clock, ofUser);
    this.#byAddress = new Throttle(clock, {
      burst: limits.failedLoginsOfAddress.value,
      refillMs: limits.failedLoginOfAddressRefill.value,
    });
  }

  /** Nothing is taken yet. `address`: as sockets give it. */
  of(id: string, address: string): Guess {
    const source = sourceOf(address);
    const name = id.slice(0, limits.userId.value);
    // No source has a space.
    const home = `${source} ${name}`;
    const costs: readonly (readonly [Throttle, string])[] = this.#homes.has(home)
      ? [[this.#atHome, home]]
      : [
          [this.#byUser, name],
          [this.#byAddress, source],
        ];
    const require = () => {
      const wait = Math.max(...costs.map(([throttle, key]) => throttle.wait(key)));
      if (wait > 0)
        throw refuse(
          'throttled',
          `Too many failed logins: wait ${Math.ceil(wait / 1000)} s, then try again.`,
          { retryAfterMs: wait },
        );
    };
    return {
      require,
      take: () => {
        require();
        for (const [throttle, key] of costs) throttle.take(key);
      },
      right: () => {
        for (const [throttle, key] of costs) throttle.giveBack(key);
        this.#remember(home);
      },
    };
  }

  #remember(home: string): void {
    this.#homes.delete(home);
    this.#homes.add(home);
    const [oldest] = this.#homes;
    if (oldest !== undefined && this.#homes.size > MOST) this.#homes.delete(oldest);
  }
}
