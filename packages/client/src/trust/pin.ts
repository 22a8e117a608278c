/**
 * Trust in exactly one certificate. It is the only trust anchor, and the server must present it as its own: names and
 * other authorities play no part, so no public authority and nobody in between can stand in for the platform.
 */
import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import { GaiwanError } from '../errors.ts';
import { untrusted } from '../network-errors.ts';

export interface Pin {
  /** PEM. */
  readonly certificate: string;
  /** SHA-256 of the DER, 32 bytes. */
  readonly fingerprint: Buffer;
}

/** Throws `GaiwanError` (bad-connection-options) unless the text holds exactly one certificate. */
export function pinCertificate(pem: string): Pin {
  if ((pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0) !== 1) {
    throw new GaiwanError(
      'bad-connection-options',
      "The certificate must be PEM text with exactly one certificate: the platform's tls-cert.pem.",
    );
  }
  try {
    return pinOf(new X509Certificate(pem));
  } catch (cause) {
    throw new GaiwanError('bad-connection-options', 'The certificate cannot be read: is the file complete?', {
      cause,
    });
  }
}

export function pinOf(certificate: X509Certificate): Pin {
  return { certificate: certificate.toString(), fingerprint: sha256(certificate.raw) };
}

/** Hex with or without colons. Throws `GaiwanError` (bad-connection-options). */
export function parseFingerprint(text: string): Buffer {
  const hex = text.replaceAll(':', '').trim();
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new GaiwanError(
      'bad-connection-options',
      `A fingerprint is the SHA-256 of the certificate: 64 hex digits, colons allowed. This has ${hex.length} characters.`,
    );
  }
  return Buffer.from(hex, 'hex');
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** TLS options that accept this certificate and no other. */
export function tlsOptions({ certificate, fingerprint }: Pin): ConnectionOptions {
  return {
    ca: certificate,
    // The pinned certificate is the anchor whether or not it signed itself.
    allowPartialTrustChain: true,
    // Said aloud, so that no environment variable can say otherwise.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    checkServerIdentity: (host: string, peer: PeerCertificate) =>
      peer.raw && timingSafeEqual(sha256(peer.raw), fingerprint)
        ? undefined
        : untrusted(host, 'it presents another certificate'),
  };
}
