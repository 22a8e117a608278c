/** Judging the other side of a connection by its certificate's evidence. */
import {
  type Accepted,
  appraise,
  type Cache,
  type Policy,
  type Reason,
  Refusal,
  type Refused,
  VerificationCache,
  type Verified,
  verify,
} from '@gaiwan/attestation';
import type { RootsOfTrust } from '../trust/roots.ts';

/** Whom to believe, and what they may run. */
export interface PeerTrust extends RootsOfTrust {
  /** One of them must accept the evidence. Reference values come from auditors or from an explicit policy, never from the peer. */
  readonly policies: readonly Policy[];
  /** Milliseconds since 1970. Default: the wall clock. */
  readonly now?: () => number;
  readonly cache?: Cache;
}

export type VerifiedCertificate = Extract<Verified, { kind: 'ra-tls' }>;

export interface VerifiedPeer {
  readonly verified: VerifiedCertificate;
  readonly simulated: boolean;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** The other side is not one that the policy accepts. Nothing was sent to it. */
export class UntrustedPeer extends Error {
  override readonly name = 'UntrustedPeer';
  readonly code = 'untrusted-peer';
  readonly reason: Reason | 'no-certificate' | 'no-endorsements';
  constructor(reason: UntrustedPeer['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export class PeerVerifier {
  readonly #trust: PeerTrust;
  readonly #cache: Cache;

  constructor(trust: PeerTrust) {
    this.#trust = trust;
    this.#cache = trust.cache ?? new VerificationCache();
  }

  get simulated(): boolean {
    return this.#trust.simulated === true;
  }

  /**
   * `nonce`: hexadecimal, what the evidence must have been made for. `sessionKey`: SubjectPublicKeyInfo of the session's
   * certificate, where the given one came another way. Rejects with `UntrustedPeer`.
   */
  async verify(
    certificate: Uint8Array,
    { nonce, sessionKey }: { readonly nonce?: string; readonly sessionKey?: Uint8Array } = {},
  ): Promise<VerifiedPeer> {
    const evidence = { kind: 'ra-tls', certificate, ...(sessionKey && { sessionKey }) } as const;
    const { roots, now = Date.now } = this.#trust;
    const endorsements = await this.#trust.endorsements.endorsements(evidence).catch((error: unknown) => {
      if (error instanceof Refusal) throw new UntrustedPeer(error.reason, error.message, { cause: error });
      const why = (error as Error).message;
      throw new UntrustedPeer('no-endorsements', `Nobody vouches for the evidence: ${why}`, { cause: error });
    });
    const verified = await verify(evidence, endorsements, {
      at: now(),
      cache: this.#cache,
      ...(roots && { roots }),
    });
    if (verified.verdict === 'refused') throw new UntrustedPeer(verified.reason, verified.message);
    // `verify` answers a certificate with the result for a certificate.
    const result = verified as VerifiedCertificate;
    this.#appraise(result, nonce);
    return { verified: result, simulated: this.simulated, certificate };
  }

  #appraise(verified: VerifiedCertificate, nonce: string | undefined): void {
    let first: Refused | undefined;
    for (const policy of this.#trust.policies) {
      const verdict: Accepted | Refused = appraise(
        verified,
        nonce === undefined ? policy : { ...policy, nonce },
      );
      if (verdict.verdict === 'accepted') return;
      first ??= verdict;
    }
    throw new UntrustedPeer(
      first?.reason ?? 'policy-measurement',
      first?.message ?? 'No policy was given, so nobody is accepted.',
    );
  }
}
