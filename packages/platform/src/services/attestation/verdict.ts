/** Judging evidence that somebody sent. */
import {
  appraise,
  detect,
  type Endorsements,
  type Evidence,
  type Policy,
  type Reason,
  Refusal,
  VerificationCache,
  type Verified,
  verify,
} from '@gaiwan/attestation';
import { SourceError } from '@gaiwan/attestation/sources';
import type { RootsOfTrust } from '@gaiwan/enclave';

export interface Judged {
  readonly evidence: Evidence;
  /** Absent: not genuine. */
  readonly verified?: Verified;
  /** Absent: accepted. */
  readonly refusal?: { readonly reason: Reason | 'no-endorsements'; readonly message: string };
}

export interface JudgeOptions {
  readonly trust: RootsOfTrust;
  readonly now: () => number;
}

export class Judge {
  readonly #trust: RootsOfTrust;
  readonly #now: () => number;
  readonly #cache = new VerificationCache();

  constructor({ trust, now }: JudgeOptions) {
    this.#trust = trust;
    this.#now = now;
  }

  get simulated(): boolean {
    return this.#trust.simulated === true;
  }

  /** `given`: endorsements that came along; they must lead to the same roots. Throws `Refusal` "malformed" for what is no evidence. */
  async judge(bytes: Uint8Array, policy: Policy, given?: Endorsements): Promise<Judged> {
    const evidence = detect(bytes);
    try {
      const endorsements = given ?? (await this.#trust.endorsements.endorsements(evidence));
      const { roots } = this.#trust;
      const verified = await verify(evidence, endorsements, {
        at: this.#now(),
        cache: this.#cache,
        ...(roots && { roots }),
      });
      if (verified.verdict === 'refused') return { evidence, refusal: verified };
      const appraisal = appraise(verified, policy);
      return appraisal.verdict === 'accepted'
        ? { evidence, verified }
        : { evidence, verified, refusal: appraisal };
    } catch (error) {
      if (error instanceof Refusal) return { evidence, refusal: error };
      if (!(error instanceof SourceError)) throw error;
      return { evidence, refusal: { reason: 'no-endorsements', message: error.message } };
    }
  }
}
