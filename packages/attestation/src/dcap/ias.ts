/**
 * Attestation verification reports of Intel's IAS (EPID), switched off in April 2025: read for the record. A signature
 * under the report signing certificate says that the service once wrote this, not that anything can be trusted today.
 */
import { fromBase64, text } from '../bytes.ts';
import type { Crypto } from '../crypto/crypto.ts';
import { parseJsonObject } from '../json/scan.ts';
import { Refusal } from '../refusal.ts';
import { parseCertificates } from '../x509/chain.ts';
import { parseEpidQuote } from './epid.ts';

/** What the service said of a quote. */
export interface IasReport {
  readonly isvEnclaveQuoteStatus: string;
  /** ISO 8601 without a zone: UTC. */
  readonly timestamp: string;
  readonly quote: Readonly<Record<string, unknown>>;
}

/** Throws `Refusal` "malformed". */
export function parseIasReport(bytes: Uint8Array): IasReport {
  const json = parseJsonObject(text(bytes));
  const { isvEnclaveQuoteStatus, timestamp, isvEnclaveQuoteBody } = json;
  if (
    typeof isvEnclaveQuoteStatus !== 'string' ||
    typeof timestamp !== 'string' ||
    typeof isvEnclaveQuoteBody !== 'string'
  ) {
    throw new Refusal('malformed', 'The IAS report lacks its status, its time or its quote.');
  }
  return { isvEnclaveQuoteStatus, timestamp, quote: parseEpidQuote(fromBase64(isvEnclaveQuoteBody)) };
}

/** Whether the first of the certificates (PEM, URL-encoded as in IAS's header) signed the report. */
export async function iasSignatureFits(
  report: Uint8Array,
  signatureBase64: Uint8Array,
  certificates: Uint8Array,
  crypto: Crypto,
): Promise<boolean> {
  const [signer] = parseCertificates(new TextEncoder().encode(decodeURIComponent(text(certificates))));
  if (signer === undefined) return false;
  return crypto.verify(
    signer.key,
    { name: 'rsa-pkcs1', hash: 'sha256' },
    fromBase64(text(signatureBase64)),
    report,
  );
}
