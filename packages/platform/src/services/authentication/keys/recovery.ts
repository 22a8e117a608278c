/** Recovery codes as the platform keeps them: a memory-hard hash, and few guesses. */
import { refuse } from '../../../errors.ts';
import { limits } from '../../../limits.ts';
import type { Stopwatch } from '../../../ports.ts';
import { hashPassword, verifyPassword } from '../password.ts';
import { Throttle } from '../throttle.ts';
import { makeRecoveryCode, readRecoveryCode } from './recovery-code.ts';

export interface NewRecovery {
  /** Shown once; the platform keeps the hash only. */
  readonly code: string;
  readonly hash: string;
}

export async function newRecovery(): Promise<NewRecovery> {
  const code = makeRecoveryCode();
  return { code, hash: await hashPassword(code) };
}

export class Recoveries {
  readonly #throttle: Throttle;

  constructor(clock: Stopwatch) {
    this.#throttle = new Throttle(clock, {
      burst: limits.failedRecoveries.value,
      refillMs: limits.failedRecoveryRefill.value,
    });
  }

  /** @throws PlatformError recovery-throttled before the hash is computed, recovery-refused for a wrong code */
  async require(subject: string, typed: string, hash: string | undefined): Promise<void> {
    const take = () => {
      const wait = this.#throttle.wait(subject);
      if (wait > 0)
        throw refuse(
          'recovery-throttled',
          `Too many recoveries of this account have failed: wait ${Math.ceil(wait / 1000)} s, then try again.`,
          { retryAfterMs: wait },
        );
      this.#throttle.take(subject);
    };
    const code = readRecoveryCode(typed);
    if (code === undefined) take();
    else if (await verifyPassword(code, hash, take)) return this.#throttle.giveBack(subject);
    throw refuse(
      'recovery-refused',
      'The recovery code is not the one that this account has now, or the account has no key.',
    );
  }
}
