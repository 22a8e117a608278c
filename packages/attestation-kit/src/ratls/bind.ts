/** The producer's side of RA-TLS: what evidence must be made over, and the extension that carries it. */

import { type Evidence, RATLS_MEDIA_TYPE } from '@gaiwan/attestation';
import { concat, utf8Bytes } from '@gaiwan/attestation/bytes';
import { type Cbor, encodeCbor, Tagged } from '@gaiwan/attestation/cbor';
import { digest } from '../digest.ts';

const QUOTE = 60000;
const SHA256 = 1;

/** What vouches for a key: claims, and the report data that evidence must be made over. */
export interface KeyBinding {
  /** CBOR map: "pubkey-hash", and what was given of "nonce", "issued-at" (seconds since 1970), "configuration", "connection" and "session-signing-key". */
  readonly claimsBuffer: Uint8Array;
  /** 64 bytes: SHA-256 of the claims buffer, then zeros. */
  readonly reportData: Uint8Array;
}

/** What evidence is to vouch for beside the key. */
export interface BoundClaims {
  readonly nonce?: Uint8Array;
  /** Milliseconds since 1970. Without it nobody can tell how old the evidence is. */
  readonly issuedAt?: number;
  /** SHA-256 of the program's configuration, for machines that have no register for it. */
  readonly configuration?: Uint8Array;
  /** What binds the evidence to one connection. Never what a peer chose: it is no nonce. */
  readonly connection?: Uint8Array;
  /** What names a key that signs for connections in its place. Likewise. */
  readonly sessionSigningKey?: Uint8Array;
}

/**
 * What evidence must be made over to vouch for a key: make it over `reportData`, and put `claimsBuffer` beside it (`taggedEvidence`).
 *
 * @param spki SubjectPublicKeyInfo of the key, DER
 */
export async function bindKey(
  spki: Uint8Array,
  { nonce, issuedAt, configuration, connection, sessionSigningKey }: BoundClaims = {},
): Promise<KeyBinding> {
  const claims = new Map<string, Cbor>([
    ['pubkey-hash', encodeCbor([SHA256, await digest('sha256', spki)])],
    ...(nonce === undefined ? [] : ([['nonce', nonce]] as const)),
    ...(issuedAt === undefined ? [] : ([['issued-at', Math.floor(issuedAt / 1000)]] as const)),
    ...(configuration === undefined ? [] : ([['configuration', configuration]] as const)),
    ...(connection === undefined ? [] : ([['connection', connection]] as const)),
    ...(sessionSigningKey === undefined ? [] : ([['session-signing-key', sessionSigningKey]] as const)),
  ]);
  const claimsBuffer = encodeCbor(claims);
  return {
    claimsBuffer,
    reportData: concat(await digest('sha256', claimsBuffer), new Uint8Array(32)),
  };
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/**
 * Bytes of evidence from which `detect` makes the same evidence again.
 *
 * @throws {TypeError} for a kind that cannot stand in a certificate
 */
export function evidenceBytes(evidence: Evidence): Uint8Array {
  switch (evidence.kind) {
    case 'dcap':
      return evidence.quote;
    case 'snp':
      return evidence.report;
    case 'nitro':
      return evidence.document;
    case 'cca':
      return evidence.token;
    case 'tpm': {
      const fields = Object.entries(evidence).map(([name, value]): [string, unknown] => [
        name,
        value instanceof Uint8Array ? base64(value) : value,
      ]);
      return utf8Bytes(JSON.stringify(Object.fromEntries(fields)));
    }
    default:
      throw new TypeError(`evidence of the kind "${evidence.kind}" cannot stand in a certificate`);
  }
}

/**
 * Value of the extension 2.23.133.5.4.9: the CCC's tag 60000 for quotes, a CMW record (RFC 9999) for everything else.
 *
 * @throws {TypeError} for a kind that cannot stand in a certificate
 *
 * @example
 * const { claimsBuffer, reportData } = await bindKey(key.spki);
 * const extensions = { [TAGGED_EVIDENCE]: taggedEvidence(await attest(reportData), claimsBuffer) };
 */
export function taggedEvidence(evidence: Evidence, claimsBuffer: Uint8Array): Uint8Array {
  const pair = [evidenceBytes(evidence), claimsBuffer];
  return encodeCbor(
    evidence.kind === 'dcap' ? new Tagged(QUOTE, pair) : [RATLS_MEDIA_TYPE, encodeCbor(pair)],
  );
}
