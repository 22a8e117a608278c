/** Telling what bytes inside a file are. Stricter than `detect`, which is asked about whole files: here any value may come by. */

import { parsePsaToken } from '../arm/psa.ts';
import { toHex } from '../bytes.ts';
import { looksLikeQuote } from '../dcap/quote.ts';
import type { Evidence } from '../evidence.ts';
import { parseNitroDocument } from '../nitro/document.ts';
import { embeddedEvidence, openEnclaveQuote } from '../ratls/extract.ts';
import { Refusal, unlessRefused } from '../refusal.ts';
import { REPORT_SIZE } from '../snp/report.ts';
import { parseCertificateTable } from '../snp/table.ts';
import { parseCertificates } from '../x509/chain.ts';

const reads = (parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean =>
  unlessRefused(() => {
    parse(bytes);
    return true;
  }) ?? false;

const startsWith = (bytes: Uint8Array, hex: string): boolean =>
  toHex(bytes.subarray(0, hex.length / 2)) === hex;

/** Zeros are a table, too: one without a certificate. */
const hasCertificates = (table: Uint8Array): boolean =>
  reads((bytes) => {
    if (Object.keys(parseCertificateTable(bytes)).length === 0)
      throw new Refusal('malformed', 'The table is empty.');
  }, table);

/** A report, alone or with the host's certificate table behind it, as an extended report is kept. */
function snpReportIn(bytes: Uint8Array): Uint8Array | undefined {
  const version = bytes[0] ?? 0;
  if (
    bytes.length < REPORT_SIZE ||
    version === 0 ||
    version >= 16 ||
    !startsWith(bytes.subarray(1), '000000')
  )
    return undefined;
  const rest = bytes.subarray(REPORT_SIZE);
  return rest.length === 0 || hasCertificates(rest) ? bytes.subarray(0, REPORT_SIZE) : undefined;
}

/** The host's certificates behind a report; undefined where there are none. */
export function certificatesBehindReport(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length > REPORT_SIZE && snpReportIn(bytes) !== undefined
    ? bytes.subarray(REPORT_SIZE)
    : undefined;
}

/** Evidence that stands for itself; undefined for everything else. */
export function evidenceIn(bytes: Uint8Array): Evidence | undefined {
  if (looksLikeQuote(bytes)) return { kind: 'dcap', quote: bytes };
  const quote = openEnclaveQuote(bytes);
  if (quote !== undefined) return { kind: 'dcap', quote };
  const report = snpReportIn(bytes);
  if (report !== undefined) return { kind: 'snp', report };
  if (startsWith(bytes, 'd9018f') || startsWith(bytes, 'd9038b')) return { kind: 'cca', token: bytes };
  const first = bytes[0];
  if (first !== 0xd2 && first !== 0xd1 && first !== 0x84) return undefined;
  if (reads(parseNitroDocument, bytes)) return { kind: 'nitro', document: bytes };
  return reads(parsePsaToken, bytes) ? { kind: 'psa', token: bytes } : undefined;
}

/** Whether bytes are a certificate (DER or PEM) whose leaf has evidence about its key. */
export function isRaTls(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x30 && bytes[0] !== 0x2d) return false;
  const count = unlessRefused(() => parseCertificates(bytes).slice(0, 1).flatMap(embeddedEvidence).length);
  return count !== undefined && count > 0;
}

/** A TPMS_ATTEST, bare or with its size before it (TPM2B_ATTEST). */
export function attestIn(bytes: Uint8Array): Uint8Array | undefined {
  if (startsWith(bytes, 'ff544347')) return bytes;
  const size = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  return startsWith(bytes.subarray(2), 'ff544347') && size === bytes.length - 2
    ? bytes.subarray(2)
    : undefined;
}

/** Whether bytes are what Azure keeps in its vTPM about the hardware. */
export const isHclReport = (bytes: Uint8Array): boolean => startsWith(bytes, '48434c41');
