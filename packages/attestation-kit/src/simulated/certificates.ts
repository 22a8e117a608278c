/** Certificates and lists of simulated and test machines: whatever is not said is valid for long. */
import { toHex } from '@gaiwan/attestation/bytes';
import { element, tag } from '@gaiwan/attestation/der';
import { keyUsage, SIMULATED_ROOT } from '@gaiwan/attestation/x509';
import * as issue from '../issue/x509.ts';

/** Begin of the validity of everything that does not say otherwise, milliseconds since 1970. */
export const FAKE_FROM = Date.parse('2025-01-01T00:00:00Z');
/** Its end. */
export const FAKE_TO = Date.parse('2045-01-01T00:00:00Z');
/** A time at which everything holds. */
export const FAKE_NOW = Date.parse('2026-06-01T12:00:00Z');

/** Key usage of authorities: certificates and revocation lists. */
export const CA_USAGE = keyUsage.keyCertSign | keyUsage.cRLSign;

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
/** A certificate to make; times and serial number have defaults. */
export type CertificateOptions = Optional<issue.CertificateOptions, 'from' | 'to' | 'serial'>;
/** A revocation list to make; its times have defaults. */
export type CrlOptions = Optional<issue.CrlOptions, 'from' | 'to'>;
/** A root to make. */
export type RootOptions = Omit<CertificateOptions, 'issuer'> & {
  /** Leaves the mark of simulated roots out, as a vendor's root has none: for tests of what such a root makes of evidence. */
  readonly unmarked?: boolean;
};
/** A certificate with its key. */
export type FakeCertificate = issue.IssuedCertificate;

/** What marks the root of simulated machines: the extension's value is NULL. */
const mark = { [SIMULATED_ROOT]: element(tag.null) };

let serials = 0;

/** A certificate that holds from 2025 to 2045 unless said otherwise. */
export function makeCertificate(options: CertificateOptions): Promise<FakeCertificate> {
  const serial = toHex(Uint8Array.of(0x10, ++serials >> 8, serials & 255));
  return issue.issueCertificate({ serial, from: FAKE_FROM, to: FAKE_TO, ...options });
}

/** A root that vouches for simulated machines, and says so. Everything that this kit simulates ends in one. */
export function makeRoot({
  unmarked = false,
  extensions,
  ...options
}: RootOptions): Promise<FakeCertificate> {
  return makeCertificate({
    ca: true,
    keyUsage: CA_USAGE,
    ...options,
    extensions: { ...(!unmarked && mark), ...extensions },
  });
}

/** A list, DER. */
export function makeCrl(options: CrlOptions): Promise<Uint8Array> {
  return issue.issueCrl({ from: FAKE_FROM, to: FAKE_TO, ...options });
}
