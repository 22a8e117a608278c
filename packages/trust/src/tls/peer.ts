/** Judging the other side of a connection by its certificate's evidence. */
import { type Cache, type Policy, VerificationCache, type Verified } from '@gaiwan/attestation';
import { judge } from '../judgement/judge.ts';
import type { RootsOfTrust } from '../judgement/roots.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** Whom to believe, and what they may run. */
export interface PeerTrust extends RootsOfTrust {
  /** One of them must accept the evidence. Reference values come from auditors or from an explicit policy, never from the peer. */
  readonly policies: readonly Policy[];
  /**
   * Seconds that evidence may be old where a policy does not say (`maximumAge`). Default: 3600. The time is in what the evidence was
   * made for, so that neither an old key nor a certificate made anew from old evidence lives longer; evidence without it is refused.
   */
  readonly maximumAge?: number;
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

export const MAXIMUM_AGE = 3600;

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
    const { policies, maximumAge = MAXIMUM_AGE, now = Date.now } = this.#trust;
    const complete = policies.map((policy) => ({
      maximumAge,
      ...policy,
      ...(nonce !== undefined && { nonce }),
    }));
    const settings = { at: now(), cache: this.#cache };
    const { verified, simulated, refusal } = await judge(evidence, this.#trust, complete, settings);
    if (refusal !== undefined)
      throw new UntrustedPeer(refusal.reason, refusal.message, { cause: refusal.cause });
    // `verify` answers a certificate with the result for a certificate.
    return { verified: verified as VerifiedCertificate, simulated, certificate };
  }
}
