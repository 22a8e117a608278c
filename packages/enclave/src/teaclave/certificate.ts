/** Certificates of the form that Teaclave's clients take apart (contract, 6.1). */
import { TEACLAVE_REPORT } from '@gaiwan/attestation';
import { issueCertificate, type SigningKey } from '@gaiwan/attestation-kit';

/** What an attestation service says of a machine, as it was received. */
export interface TeaclaveReport {
  /** The exact bytes that were signed. */
  readonly report: Uint8Array;
  /** RSA PKCS #1 v1.5 with SHA-256. */
  readonly signature: Uint8Array;
  /** DER, leaf first. */
  readonly certificates: readonly Uint8Array[];
}

/** As Teaclave's simulated builds have it: nothing to verify, and nothing that verifies. */
export const emptyReport: TeaclaveReport = {
  report: new Uint8Array(),
  signature: new Uint8Array(),
  certificates: [],
};

/** Value of the extension: JSON with arrays of byte values. */
export function reportExtension({ report, signature, certificates }: TeaclaveReport): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      report: [...report],
      signature: [...signature],
      certs: certificates.map((certificate) => [...certificate]),
    }),
  );
}

const DAYS_90 = 90 * 86_400_000;

export interface TeaclaveCertificateOptions {
  readonly key: SigningKey;
  /** `reportExtension`. */
  readonly extension: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly simulated: boolean;
}

/**
 * DER: version 3, serial 1, one extension, 90 days, names of one UTF8String, with the text "CN=" in the subject's as Teaclave
 * writes it.
 */
export async function teaclaveCertificate(options: TeaclaveCertificateOptions): Promise<Uint8Array> {
  const { key, extension, now, simulated } = options;
  const { der } = await issueCertificate({
    subject: simulated ? 'CN=Teaclave SIMULATION' : 'CN=Teaclave',
    issuer: { subject: 'Teaclave', key },
    key,
    from: now,
    to: now + DAYS_90,
    serial: '01',
    extensions: { [TEACLAVE_REPORT]: extension },
  });
  return der;
}
