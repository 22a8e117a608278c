/** Certificates and revocation lists of any shape, good and bad (RFC 5280). */
import { concat, fromHex, utf8Bytes } from '@gaiwan/attestation/bytes';
import { element, integer, tag } from '@gaiwan/attestation/der';
import { bits, boolean, explicit, int, octets, oid, sequence, set, time, utf8 } from './der.ts';
import type { SigningKey } from './keys.ts';

const attribute = (id: string, value: string): Uint8Array => set(sequence(oid(id), utf8(value)));

/** "O=SIMULATION, CN=Root": an organization before the common name, or the common name alone. */
export function name(subject: string): Uint8Array {
  if (subject === '') return sequence();
  const [, organization, commonName = subject] = /^O=([^,]+), CN=(.*)$/.exec(subject) ?? [];
  return sequence(
    ...(organization === undefined ? [] : [attribute('2.5.4.10', organization)]),
    attribute('2.5.4.3', commonName),
  );
}

/** A certificate with its key: an issuer of others. */
export interface IssuedCertificate {
  readonly der: Uint8Array;
  readonly subject: string;
  readonly key: SigningKey;
  /** Hexadecimal. */
  readonly serial: string;
}

/** A certificate to issue. Nothing is checked: tests need bad ones, too. */
export interface CertificateOptions {
  readonly subject: string;
  readonly key: SigningKey;
  /** Absent: self-signed. */
  readonly issuer?: { readonly subject: string; readonly key: SigningKey };
  /** Absent: no basic constraints at all. */
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** First byte of the key usage bits. */
  readonly keyUsage?: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Hexadecimal. */
  readonly serial: string;
  /** Value by object identifier. */
  readonly extensions?: Readonly<Record<string, Uint8Array>>;
  readonly criticalExtensions?: Readonly<Record<string, Uint8Array>>;
}

const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

function extensionsOf(options: CertificateOptions): Uint8Array[] {
  const { ca, pathLength, keyUsage, extensions = {}, criticalExtensions = {} } = options;
  const list: Uint8Array[] = [];
  if (ca !== undefined) {
    const constraints = ca ? [boolean(true), ...(pathLength === undefined ? [] : [int(pathLength)])] : [];
    list.push(extension('2.5.29.19', true, sequence(...constraints)));
  }
  if (keyUsage !== undefined)
    list.push(extension('2.5.29.15', true, element(tag.bitString, Uint8Array.of(0, keyUsage))));
  for (const [id, value] of Object.entries(extensions)) list.push(extension(id, false, value));
  for (const [id, value] of Object.entries(criticalExtensions)) list.push(extension(id, true, value));
  return list;
}

/**
 * Issues a certificate (RFC 5280) of exactly this content, good or bad.
 *
 * @throws {Refusal} `malformed` for a serial number that is not hexadecimal
 *
 * @example
 * const key = await ecKey('P-256');
 * const root = await issueCertificate({ subject: 'Root', key, ca: true, serial: '01', from, to });
 */
export async function issueCertificate(options: CertificateOptions): Promise<IssuedCertificate> {
  const { subject, key, issuer = { subject, key }, from, to, serial } = options;
  const extensions = extensionsOf(options);
  const tbs = sequence(
    explicit(0, int(2)),
    integer(fromHex(serial)),
    issuer.key.algorithm,
    name(issuer.subject),
    sequence(time(from), time(to)),
    name(subject),
    key.spki,
    ...(extensions.length > 0 ? [explicit(3, sequence(...extensions))] : []),
  );
  const der = sequence(tbs, issuer.key.algorithm, bits(await issuer.key.signDer(tbs)));
  return { der, subject, key, serial };
}

/** A revocation list to issue. */
export interface CrlOptions {
  readonly issuer: { readonly subject: string; readonly key: SigningKey };
  /** Serial numbers, hexadecimal. */
  readonly revoked?: readonly string[];
  readonly from: number;
  /** null: a list without next update. */
  readonly to: number | null;
}

/**
 * Issues a revocation list (RFC 5280, 5), DER.
 *
 * @throws {Refusal} `malformed` for a serial number that is not hexadecimal
 */
export async function issueCrl({ issuer, revoked = [], from, to }: CrlOptions): Promise<Uint8Array> {
  const entries = revoked.map((serial) => sequence(integer(fromHex(serial)), time(from)));
  const tbs = sequence(
    int(1),
    issuer.key.algorithm,
    name(issuer.subject),
    time(from),
    ...(to === null ? [] : [time(to)]),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  );
  return sequence(tbs, issuer.key.algorithm, bits(await issuer.key.signDer(tbs)));
}

/** PEM text of certificates. */
export function pem(...certificates: readonly Uint8Array[]): Uint8Array {
  const blocks = certificates.map((der) => {
    const base64 = btoa(String.fromCharCode(...der)).replace(/.{1,64}/g, '$&\n');
    return utf8Bytes(`-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`);
  });
  return concat(...blocks);
}
