/** Judging the other side of a connection by its certificate's evidence. */
import { type Cache, type Policy, VerificationCache, type Verified } from '@gaiwan/attestation';
import { judge } from '../judgement/judge.ts';
import type { RootsOfTrust } from '../judgement/roots.ts';
import { limits } from '../limits.ts';
import { type AboutConnection, isSigned, requireConnection } from './about-connection.ts';
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

/** What verification finds in a certificate with evidence. */
export type VerifiedCertificate = Extract<Verified, { kind: 'ra-tls' }>;

/** Who is at the other end of a connection. */
export interface VerifiedPeer {
  /** Genuine and accepted. */
  readonly verified: VerifiedCertificate;
  readonly simulated: boolean;
  /** DER. */
  readonly certificate: Uint8Array;
}

/** What a certificate is held to beside trust and policies. */
export interface CertificateChecks {
  /** Hexadecimal: what the evidence must have been made for. */
  readonly nonce?: string;
  /** The connection that the evidence must be about, or that a key which it names must have signed for. */
  readonly connection?: AboutConnection;
  /** SubjectPublicKeyInfo (DER) of the session's certificate, where the given one came another way. */
  readonly sessionKey?: Uint8Array;
}

/** Seconds that evidence may be old where neither policy nor settings say. */
export const MAXIMUM_AGE: number = limits.evidenceAge.value;

/** Judges certificates of peers, by roots of trust and policies that its owner chose. */
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
   * Judges a certificate (DER) by the evidence in it.
   *
   * @throws {UntrustedPeer}
   */
  async verify(
    certificate: Uint8Array,
    { nonce, connection, sessionKey }: CertificateChecks = {},
  ): Promise<VerifiedPeer> {
    const evidence = { kind: 'ra-tls', certificate, ...(sessionKey && { sessionKey }) } as const;
    const { policies, maximumAge = MAXIMUM_AGE, now = Date.now } = this.#trust;
    // A signature is about this moment, and the evidence behind it is not: that may be less old than evidence in a certificate.
    const oldest = connection && isSigned(connection) ? limits.sessionSigningAge.value : Infinity;
    const complete = policies.map((policy) => ({
      ...policy,
      maximumAge: Math.min(policy.maximumAge ?? maximumAge, oldest),
      ...(nonce !== undefined && { nonce }),
    }));
    const at = now();
    const settings = { at, cache: this.#cache };
    const { verified, simulated, refusal } = await judge(evidence, this.#trust, complete, settings);
    if (refusal !== undefined)
      throw new UntrustedPeer(refusal.reason, refusal.message, { cause: refusal.cause });
    if (verified?.kind !== 'ra-tls')
      throw new UntrustedPeer('malformed', 'The certificate was verified as evidence of another kind.');
    if (connection !== undefined) requireConnection(verified, connection, at);
    return { verified, simulated, certificate };
  }
}
