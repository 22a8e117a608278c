/** Certificates whose evidence vouches for their key. */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { TAGGED_EVIDENCE, TEACLAVE_REPORT } from '@gaiwan/attestation';
import {
  bindKey,
  ecKey,
  issueCertificate,
  type SigningKey,
  sequence,
  taggedEvidence,
} from '@gaiwan/attestation-kit';
import type { Attester } from '../attester/attester.ts';
import { keyUsages, subjectAlternativeNames } from './extensions.ts';

export interface AttestedCertificate {
  /** PEM (PKCS #8). */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
  readonly der: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

export interface CertificateSettings {
  readonly attester: Attester;
  /** Names and addresses in the certificate; nobody relies on them. */
  readonly hosts?: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly lifetime: number;
  /** Default: a new one. */
  readonly key?: SigningKey;
  /** Goes into the evidence's claims. */
  readonly nonce?: Uint8Array;
  /** Likewise: what binds it to one connection (`connectionBinding` of `@gaiwan/trust`). */
  readonly connection?: Uint8Array;
  /** Likewise: what names a key that signs for connections (`sessionSigningClaim` there). */
  readonly sessionSigningKey?: Uint8Array;
  /** SHA-256 of the program's configuration, hexadecimal: likewise. */
  readonly configuration?: string;
  /** Teaclave's JSON (contract, 6.1) for this key, beside the evidence. */
  readonly teaclave?: Uint8Array;
}

/** For clocks that are a little behind ours. */
export const SKEW_MS = 60_000;
const SIMULATION = 'O=SIMULATION, CN=Gaiwan';

const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

/** Rejects with `AttesterError`. */
export async function attestedCertificate(settings: CertificateSettings): Promise<AttestedCertificate> {
  const { attester, hosts = [], now, lifetime, configuration, teaclave } = settings;
  const { nonce, connection, sessionSigningKey } = settings;
  const key = settings.key ?? (await ecKey('P-256'));
  const { claimsBuffer, reportData } = await bindKey(key.spki, {
    issuedAt: now,
    ...(nonce && { nonce }),
    ...(connection && { connection }),
    ...(sessionSigningKey && { sessionSigningKey }),
    ...(configuration !== undefined && { configuration: Buffer.from(configuration, 'hex') }),
  });
  const { evidence } = await attester.evidence(reportData);
  const notAfter = now + lifetime * 1000;
  const { der } = await issueCertificate({
    subject: attester.kind === 'simulation' ? SIMULATION : 'Gaiwan',
    key,
    from: now - SKEW_MS,
    to: notAfter,
    // 16 bytes, positive.
    serial: Buffer.concat([Buffer.of(0x40), randomBytes(15)]).toString('hex'),
    // Not by the option, which puts them first.
    criticalExtensions: { '2.5.29.19': sequence() },
    extensions: {
      // First, for Teaclave's clients read the first extension and no other (contract, 2.2).
      ...(teaclave && { [TEACLAVE_REPORT]: teaclave }),
      [TAGGED_EVIDENCE]: taggedEvidence(evidence, claimsBuffer),
      ...keyUsages(),
      ...subjectAlternativeNames(['localhost', '127.0.0.1', '::1', ...hosts], isIP),
    },
  });
  return certificateWith(key, der, notAfter);
}

/** A certificate of this key in the forms that it is asked for in. */
export async function certificateWith(
  key: SigningKey,
  der: Uint8Array,
  notAfter: number,
): Promise<AttestedCertificate> {
  return {
    key: pemOf('PRIVATE KEY', await key.export()),
    certificate: pemOf('CERTIFICATE', der),
    der,
    spki: key.spki,
    notAfter,
  };
}
