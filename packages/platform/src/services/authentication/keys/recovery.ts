/** Recovery codes as the platform keeps them: a memory-hard hash, and few guesses. */
import { refuse } from '../../../errors.ts';
import { limits } from '../../../limits.ts';
import type { Stopwatch } from '../../../ports.ts';
import { InTurn } from '../in-turn.ts';
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
  readonly #attempts = new InTurn();

  constructor(clock: Stopwatch) {
    this.#throttle = new Throttle(clock, {
      burst: limits.failedRecoveries.value,
      refillMs: limits.failedRecoveryRefill.value,
    });
  }

  /**
   * Looks at one guess at a time: sent all at once they would pass the throttle together.
   *
   * @throws PlatformError recovery-throttled before the hash is computed, recovery-refused for a wrong code
   */
  require(subject: string, typed: string, hash: string | undefined): Promise<void> {
    return this.#attempts.run(subject, async () => {
      if (!this.#throttle.allows(subject))
        throw refuse(
          'recovery-throttled',
          'Too many recoveries of this account have failed: wait, then try again.',
        );
      const code = readRecoveryCode(typed);
      if (code !== undefined && (await verifyPassword(code, hash))) return;
      this.#throttle.recordFailure(subject);
      throw refuse(
        'recovery-refused',
        'The recovery code is not the one that this account has now, or the account has no key.',
      );
    });
  }
}
