/** Bytes of SGX and TDX quotes of any content (Intel's DCAP quoting library, appendix A). Little-endian. */
import { concat, fromHex } from '@gaiwan/attestation/bytes';
import { digest } from '../digest.ts';
import type { SigningKey } from '../issue/keys.ts';

const QE_VENDOR = '939a7233f79c4ca9940a0db3957f0607';
/** Signer of the simulated quoting enclave. */
export const QE_MRSIGNER = '8c'.repeat(32);
const TEE_TCB_SVN = '05010200000000000000000000000000';

/** Fields of a quote; all have defaults. Hexadecimal unless numbers. */
export interface QuoteOptions {
  readonly tee?: 'sgx' | 'tdx';
  /** 3 for SGX, 4 for TDX unless said; 5 makes a TD 1.5 body. */
  readonly version?: 3 | 4 | 5;
  readonly reportData?: string;
  /** SGX ATTRIBUTES (16 bytes) or TDATTRIBUTES (8 bytes). */
  readonly attributes?: string;
  readonly mrEnclave?: string;
  readonly mrSigner?: string;
  readonly mrTd?: string;
  readonly mrSignerSeam?: string;
  readonly mrServiceTd?: string;
  readonly rtmrs?: readonly string[];
  readonly teeTcbSvn?: string;
  readonly teeTcbSvn2?: string;
  readonly qeAttributes?: string;
  readonly qeMrSigner?: string;
  readonly qeIsvSvn?: number;
  readonly qeVendor?: string;
  readonly authData?: Uint8Array;
  readonly certificationType?: number;
  readonly certificationData?: Uint8Array;
  /** Signs header and body in place of the attestation key. */
  readonly signer?: SigningKey;
}

/** What signs a quote, and what certifies it. */
export interface QuoteKeys {
  readonly attestation: SigningKey;
  /** Signs the report of the quoting enclave. */
  readonly pck: SigningKey;
  /** Chain of the PCK, PEM. */
  readonly chain: Uint8Array;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 255, value >> 8);
const u32 = (value: number): Uint8Array => concat(u16(value & 0xffff), u16(value >>> 16));
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const hexOrZeros = (hex: string | undefined, length: number): Uint8Array =>
  hex === undefined ? zeros(length) : fromHex(hex);

interface SgxReportFields {
  readonly attributes: string;
  readonly mrEnclave?: string | undefined;
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly reportData: Uint8Array;
}

function sgxReport(fields: SgxReportFields): Uint8Array {
  const report = zeros(384);
  report.set(fromHex(fields.attributes), 48);
  report.set(fromHex(fields.mrEnclave ?? 'ee'.repeat(32)), 64);
  report.set(fromHex(fields.mrSigner), 128);
  report.set(u16(fields.isvProdId), 256);
  report.set(u16(fields.isvSvn), 258);
  report.set(fields.reportData, 320);
  return report;
}

function tdReport(options: QuoteOptions, extended: boolean): Uint8Array {
  const { teeTcbSvn = TEE_TCB_SVN, teeTcbSvn2 = teeTcbSvn, rtmrs = [] } = options;
  const body = zeros(extended ? 648 : 584);
  body.set(fromHex(teeTcbSvn), 0);
  body.set(hexOrZeros(options.mrSignerSeam, 48), 64);
  body.set(fromHex(options.attributes ?? '0000001000000000'), 120);
  body.set(fromHex(options.mrTd ?? 'dd'.repeat(48)), 136);
  for (const [index, rtmr] of rtmrs.entries()) body.set(fromHex(rtmr), 328 + 48 * index);
  body.set(hexOrZeros(options.reportData, 64), 520);
  if (extended) {
    body.set(fromHex(teeTcbSvn2), 584);
    body.set(hexOrZeros(options.mrServiceTd, 48), 600);
  }
  return body;
}

function bodyOf(options: QuoteOptions, tee: 'sgx' | 'tdx', version: number): Uint8Array {
  if (tee === 'tdx') return tdReport(options, version === 5);
  return sgxReport({
    attributes: options.attributes ?? '0500000000000000e700000000000000',
    mrEnclave: options.mrEnclave,
    mrSigner: options.mrSigner ?? 'ab'.repeat(32),
    isvProdId: 1,
    isvSvn: 2,
    reportData: hexOrZeros(options.reportData, 64),
  });
}

/** Header and body: what the attestation key signs. */
function signedPart(options: QuoteOptions, tee: 'sgx' | 'tdx', version: number): Uint8Array {
  const header = concat(
    u16(version),
    u16(2),
    u32(tee === 'sgx' ? 0 : 0x81),
    u32(0),
    fromHex(options.qeVendor ?? QE_VENDOR),
    zeros(20),
  );
  const body = bodyOf(options, tee, version);
  return version === 5
    ? concat(header, u16(tee === 'sgx' ? 1 : 3), u32(body.length), body)
    : concat(header, body);
}

/** Report of the quoting enclave, which names the attestation key, with the PCK's signature and certificates. */
async function qePart(
  options: QuoteOptions,
  tee: 'sgx' | 'tdx',
  publicKey: Uint8Array,
  keys: QuoteKeys,
): Promise<Uint8Array> {
  const authData = options.authData ?? Uint8Array.from({ length: 32 }, (_, index) => index);
  const report = sgxReport({
    attributes: options.qeAttributes ?? '1100000000000000e700000000000000',
    mrSigner: options.qeMrSigner ?? QE_MRSIGNER,
    isvProdId: tee === 'sgx' ? 1 : 2,
    isvSvn: options.qeIsvSvn ?? 6,
    reportData: concat(await digest('sha256', concat(publicKey, authData)), zeros(32)),
  });
  const chain = options.certificationData ?? keys.chain;
  return concat(
    report,
    await keys.pck.sign(report),
    u16(authData.length),
    authData,
    u16(options.certificationType ?? 5),
    u32(chain.length),
    chain,
  );
}

/** A quote of this content, signed with these keys. */
export async function makeQuote(options: QuoteOptions, keys: QuoteKeys): Promise<Uint8Array> {
  const { tee = 'tdx', version = tee === 'sgx' ? 3 : 4, signer = keys.attestation } = options;
  const signed = signedPart(options, tee, version);
  const publicKey = keys.attestation.spki.subarray(-64);
  const certified = await qePart(options, tee, publicKey, keys);
  const signatures = concat(await signer.sign(signed), publicKey);
  const data =
    version === 3
      ? concat(signatures, certified)
      : concat(signatures, u16(6), u32(certified.length), certified);
  return concat(signed, u32(data.length), data);
}
