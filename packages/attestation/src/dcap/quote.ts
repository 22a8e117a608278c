/** Quotes of Intel's DCAP: SGX version 3, TDX versions 4 and 5 (Intel DCAP quoting library, appendix A). */

import { isZero, Reader, toHex } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import {
  type BodyType,
  bodySize,
  parseSgxReport,
  parseTdReport,
  type SgxReport,
  type TdReport,
} from './body.ts';

const HEADER = 48;
const INTEL_QE = '939a7233f79c4ca9940a0db3957f0607';

interface HeadParts {
  readonly version: 3 | 4 | 5;
  readonly attestationKeyType: number;
  readonly qeSvn: number;
  readonly pceSvn: number;
  /** 20 bytes; the first 16 identify the platform's QE. */
  readonly userData: Uint8Array;
  /** What the attestation key signs: header and body. */
  readonly signed: Uint8Array;
}

/** Header and body: what the attestation key signs. */
type QuoteHead = HeadParts &
  (
    | { readonly tee: 'sgx'; readonly bodyType: 'sgx-enclave'; readonly body: SgxReport }
    | { readonly tee: 'tdx'; readonly bodyType: Exclude<BodyType, 'sgx-enclave'>; readonly body: TdReport }
  );

interface SignatureParts {
  /** r ‖ s. */
  readonly signature: Uint8Array;
  /** x ‖ y. */
  readonly attestationKey: Uint8Array;
  /** 384 bytes. */
  readonly qeReport: Uint8Array;
  readonly qe: SgxReport;
  readonly qeReportSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  /** 5: PEM chain of the PCK; 1 to 3: encrypted or clear platform identity; 4: the PCK leaf. */
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
  /** Bytes of the quote itself; what follows is padding. */
  readonly length: number;
  readonly trailing: Uint8Array;
}

/** A quote taken apart, unverified; `tee` tells the two kinds apart. */
export type Quote = QuoteHead & SignatureParts;

const v5Bodies: Readonly<Record<number, BodyType>> = {
  1: 'sgx-enclave',
  2: 'td-report-1.0',
  3: 'td-report-1.5',
  4: 'td-report-1.5-ex',
};

function bodyTypeOf(reader: Reader, version: number, teeType: number): BodyType {
  if (version === 3) return 'sgx-enclave';
  if (teeType !== 0 && teeType !== 0x81) {
    throw new Refusal('malformed', `TEE type 0x${teeType.toString(16)} is neither SGX nor TDX.`);
  }
  if (version === 4) return teeType === 0 ? 'sgx-enclave' : 'td-report-1.0';
  const type = v5Bodies[reader.u16()];
  const size = reader.u32();
  if (type === undefined || size !== bodySize[type] || (type === 'sgx-enclave') !== (teeType === 0)) {
    throw new Refusal('malformed', 'The body does not have the type and size that its quote declares.');
  }
  return type;
}

interface Certification {
  readonly type: number;
  readonly data: Uint8Array;
}

/** A type, a length, and as many bytes. */
function certification(reader: Reader): Certification {
  const type = reader.u16();
  return { type, data: reader.take(reader.u32()) };
}

interface QePart {
  readonly qeReport: Uint8Array;
  readonly qeReportSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  readonly inner: Certification;
}

function qePart(reader: Reader): QePart {
  const qeReport = reader.take(bodySize['sgx-enclave']);
  const qeReportSignature = reader.take(64);
  const qeAuthData = reader.take(reader.u16());
  return { qeReport, qeReportSignature, qeAuthData, inner: certification(reader) };
}

/** Version 3 has the QE's report in place, later ones inside certification data of type 6. */
function qePartOf(reader: Reader, version: number): QePart {
  if (version === 3) return qePart(reader);
  const outer = certification(reader);
  if (outer.type !== 6)
    throw new Refusal('malformed', `Certification data of type ${outer.type}, not of type 6.`);
  const inside = new Reader(outer.data, 'The QE report certification data');
  const part = qePart(inside);
  inside.end();
  return part;
}

function headOf(bytes: Uint8Array, reader: Reader): QuoteHead {
  const version = reader.u16();
  if (version !== 3 && version !== 4 && version !== 5) {
    throw new Refusal('unsupported-version', `A quote of version ${version}; 3, 4 and 5 are supported.`);
  }
  const attestationKeyType = reader.u16();
  // Reserved in version 3, and not zero in the field.
  const teeType = reader.u32();
  const qeSvn = reader.u16();
  const pceSvn = reader.u16();
  const vendor = toHex(reader.take(16));
  const userData = reader.take(20);
  if (vendor !== INTEL_QE)
    throw new Refusal('malformed', `The quoting enclave is not Intel's: vendor ${vendor}.`);
  if (attestationKeyType !== 2) {
    throw new Refusal(
      'unsupported-key-type',
      `Attestation key type ${attestationKeyType}; only 2, ECDSA P-256, is in use.`,
    );
  }
  const bodyType = bodyTypeOf(reader, version, teeType);
  const bodyBytes = reader.take(bodySize[bodyType]);
  const signed = bytes.subarray(0, reader.at);
  const parts: HeadParts = { version, attestationKeyType, qeSvn, pceSvn, userData, signed };
  return bodyType === 'sgx-enclave'
    ? { ...parts, tee: 'sgx', bodyType, body: parseSgxReport(bodyBytes) }
    : { ...parts, tee: 'tdx', bodyType, body: parseTdReport(bodyBytes) };
}

function readerOf(bytes: Uint8Array): Reader {
  if (bytes.length > limits.quote.value) throw new Refusal('malformed', `A quote of ${bytes.length} bytes.`);
  return new Reader(bytes, 'The quote');
}

/**
 * Takes a quote apart. `Quote.tee` tells enclaves of SGX from trust domains.
 *
 * @throws {Refusal} `malformed`, `unsupported-version`, `unsupported-key-type`
 *
 * @example
 * const quote = parseQuote(bytes);
 * if (quote.tee === 'tdx') console.log(quote.body.mrTd);
 */
export function parseQuote(bytes: Uint8Array): Quote {
  const reader = readerOf(bytes);
  const head = headOf(bytes, reader);
  const data = new Reader(reader.take(reader.u32()), 'The signature data');
  const signature = data.take(64);
  const attestationKey = data.take(64);
  const { qeReport, qeReportSignature, qeAuthData, inner } = qePartOf(data, head.version);
  data.end();
  return {
    ...head,
    signature,
    attestationKey,
    qeReport,
    qe: parseSgxReport(qeReport),
    qeReportSignature,
    qeAuthData,
    certificationType: inner.type,
    certificationData: inner.data,
    length: reader.at,
    trailing: bytes.subarray(reader.at),
  };
}

/** What header and body say, of a quote whose signature data cannot be read. Throws `Refusal`. */
export function quoteHeadClaims(bytes: Uint8Array): Record<string, unknown> {
  return headClaims(headOf(bytes, readerOf(bytes)));
}

/** Whether the bytes could be a quote: version, key type and vendor stand where they should. */
export function looksLikeQuote(bytes: Uint8Array): boolean {
  return bytes.length > HEADER && toHex(bytes.subarray(12, 28)) === INTEL_QE;
}

function headClaims(head: QuoteHead): Record<string, unknown> {
  return {
    quoteVersion: head.version,
    teeType: head.tee,
    bodyType: head.bodyType,
    attestationKeyType: head.attestationKeyType,
    headerQeSvn: head.qeSvn,
    headerPceSvn: head.pceSvn,
    userData: toHex(head.userData),
    ...head.body,
  };
}

/** What the bytes say, before anything was verified. */
export function quoteClaims(quote: Quote): Record<string, unknown> {
  return {
    ...headClaims(quote),
    quoteLength: quote.length,
    qe: {
      mrSigner: quote.qe.mrSigner,
      isvProdId: quote.qe.isvProdId,
      isvSvn: quote.qe.isvSvn,
      attributes: quote.qe.attributes,
      miscSelect: quote.qe.miscSelect,
    },
    certificationDataType: quote.certificationType,
    certificationDataLength: quote.certificationData.length,
    ...(quote.trailing.length > 0 && {
      trailingBytes: { length: quote.trailing.length, allZero: isZero(quote.trailing) },
    }),
  };
}
