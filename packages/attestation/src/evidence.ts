/** Evidence as a value: which format, and its parts. */
import type { AzureEvidence } from './azure/verify.ts';
import type { DcapEndorsements } from './dcap/verify.ts';
import type { JwtChecks } from './results/jwt.ts';
import type { SnpEndorsements } from './snp/verify.ts';
import type { TpmQuoteEvidence } from './tpm/quote.ts';
import type { TpmEndorsements } from './tpm/trust.ts';

/** The certificate of a session. */
export interface RaTlsEvidence {
  /** The leaf that the session presented, DER or PEM. */
  readonly certificate: Uint8Array;
  /** SubjectPublicKeyInfo (DER) of the session's leaf, where the certificate was not taken from the session itself. */
  readonly sessionKey?: Uint8Array;
}

/** Evidence of any format, in its parts. `detect` makes it of bytes. */
export type Evidence =
  /** Quote of SGX (version 3) or TDX (versions 4 and 5). */
  | { readonly kind: 'dcap'; readonly quote: Uint8Array }
  /** SNP report of 1184 bytes. */
  | { readonly kind: 'snp'; readonly report: Uint8Array }
  | { readonly kind: 'nitro'; readonly document: Uint8Array }
  | ({ readonly kind: 'tpm' } & TpmQuoteEvidence)
  | ({ readonly kind: 'azure-vtpm' } & AzureEvidence)
  | { readonly kind: 'cca'; readonly token: Uint8Array }
  | { readonly kind: 'psa'; readonly token: Uint8Array }
  | ({ readonly kind: 'ra-tls' } & RaTlsEvidence)
  | { readonly kind: 'ear'; readonly token: string };

/** Everything that vouches for evidence and is not in it. Each format takes what it needs; values are as served. */
export interface Endorsements extends DcapEndorsements, SnpEndorsements, TpmEndorsements {
  /** CCA: key of the platform's instance; PSA: of the instance. SubjectPublicKeyInfo (DER or PEM) or JWK. */
  readonly publicKey?: Uint8Array;
  /** EAR: whose results are taken, and under which conditions. */
  readonly results?: JwtChecks;
}
