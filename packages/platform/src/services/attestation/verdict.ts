/** Judging evidence that somebody sent. */
import {
  detect,
  type Endorsements,
  type Evidence,
  type Policy,
  VerificationCache,
} from '@gaiwan/attestation';
import { type Judgement, judge, type RootsOfTrust } from '@gaiwan/trust';
import { ServiceRefusal } from './refusal.ts';

export interface Judged extends Judgement {
  readonly evidence: Evidence;
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

  /**
   * `given`: endorsements that came along. They count only where the service's own source has none: else a caller could leave out a
   * revocation, or bring an older TCB Info that still holds. Throws `Refusal` "malformed" for what is no evidence, and `ServiceRefusal`
   * "no-endorsements" where nobody can be asked, which says nothing about the evidence.
   */
  async judge(bytes: Uint8Array, policy: Policy, given?: Endorsements): Promise<Judged> {
    const evidence = detect(bytes);
    const settings = { at: this.#now(), cache: this.#cache, ...(given && { given }) };
    const judged = await judge(evidence, this.#trust, [{ requireRevocation: true, ...policy }], settings);
    if (judged.refusal?.reason === 'no-endorsements')
      throw new ServiceRefusal('no-endorsements', judged.refusal.message);
    return { ...judged, evidence };
  }
}
