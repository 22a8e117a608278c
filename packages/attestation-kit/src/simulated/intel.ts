/** A machine with Intel's shape: root, PCK CA, PCK, TCB signer, lists, TCB Info, QE Identity, and quotes of any body. */

import type { DcapEndorsements } from '@gaiwan/attestation';
import { concat, fromHex, toHex, utf8Bytes } from '@gaiwan/attestation/bytes';
import { element, tag } from '@gaiwan/attestation/der';
import { digest } from '../digest.ts';
import { boolean, int, octets, oid, sequence } from '../issue/der.ts';
import { ecKey, type SigningKey as FakeKey } from '../issue/keys.ts';
import { pem } from '../issue/x509.ts';
import {
  CA_USAGE,
  type CertificateOptions,
  FAKE_FROM,
  FAKE_TO,
  type FakeCertificate,
  makeCertificate,
  makeCrl,
  makeRoot,
} from './x509.ts';

const SGX = '1.2.840.113741.1.13.1';
const QE_VENDOR = '939a7233f79c4ca9940a0db3957f0607';
const MRSIGNER_QE = '8c'.repeat(32);

export interface IntelKeys {
  readonly root: FakeKey;
  readonly pckCa: FakeKey;
  readonly pck: FakeKey;
  readonly tcbSigner: FakeKey;
  readonly attestation: FakeKey;
}

export interface IntelOptions {
  readonly fmspc?: string;
  readonly pceId?: string;
  /** 16 components of the PCK. */
  readonly components?: readonly number[];
  readonly pceSvn?: number;
  /** Keys of an earlier machine; made anew where absent. */
  readonly keys?: Partial<IntelKeys>;
  /** Organization in the subjects of all certificates. */
  readonly organization?: string;
  /** Validity of everything that is signed. */
  readonly from?: number;
  readonly to?: number;
  /** Changes to single certificates. */
  readonly pck?: Partial<CertificateOptions>;
  readonly pckCa?: Partial<CertificateOptions>;
  readonly root?: Partial<CertificateOptions>;
  readonly tcbSigner?: Partial<CertificateOptions>;
}

type Json = Record<string, unknown>;

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
  readonly signer?: FakeKey;
}

const u16 = (value: number) => Uint8Array.of(value & 255, value >> 8);
const u32 = (value: number) => concat(u16(value & 0xffff), u16(value >>> 16));
const zeros = (length: number) => new Uint8Array(length);
const hexOr = (hex: string | undefined, length: number): Uint8Array =>
  hex === undefined ? zeros(length) : fromHex(hex);

function sgxExtension(options: IntelOptions): Uint8Array {
  const components = options.components ?? Array.from({ length: 16 }, () => 5);
  const pair = (arc: string, value: Uint8Array) => sequence(oid(`${SGX}.${arc}`), value);
  return sequence(
    pair('1', octets(zeros(16).fill(7))),
    pair(
      '2',
      sequence(
        ...components.map((svn, index) => pair(`2.${index + 1}`, int(svn))),
        pair('2.17', int(options.pceSvn ?? 11)),
        pair('2.18', octets(Uint8Array.from(components))),
      ),
    ),
    pair('3', octets(fromHex(options.pceId ?? '0000'))),
    pair('4', octets(fromHex(options.fmspc ?? '50806f000000'))),
    pair('5', element(tag.enumerated, Uint8Array.of(1))),
    pair('6', octets(zeros(16).fill(9))),
    pair('7', sequence(...['1', '2', '3'].map((arc) => pair(`7.${arc}`, boolean(true))))),
  );
}

function sgxReport(fields: {
  attributes: string;
  mrEnclave?: string | undefined;
  mrSigner: string;
  isvProdId: number;
  isvSvn: number;
  reportData: Uint8Array;
}): Uint8Array {
  const report = zeros(384);
  report.set(fromHex(fields.attributes), 48);
  report.set(hexOr(fields.mrEnclave ?? 'ee'.repeat(32), 32), 64);
  report.set(fromHex(fields.mrSigner), 128);
  report.set(u16(fields.isvProdId), 256);
  report.set(u16(fields.isvSvn), 258);
  report.set(fields.reportData, 320);
  return report;
}

function tdReport(options: QuoteOptions, extended: boolean): Uint8Array {
  const body = zeros(extended ? 648 : 584);
  body.set(hexOr(options.teeTcbSvn ?? '05010200000000000000000000000000', 16), 0);
  body.set(hexOr(options.mrSignerSeam, 48), 64);
  body.set(hexOr(options.attributes ?? '0000001000000000', 8), 120);
  body.set(hexOr(options.mrTd ?? 'dd'.repeat(48), 48), 136);
  for (const [index, rtmr] of (options.rtmrs ?? []).entries()) body.set(fromHex(rtmr), 328 + 48 * index);
  body.set(hexOr(options.reportData, 64), 520);
  if (extended) {
    body.set(hexOr(options.teeTcbSvn2 ?? options.teeTcbSvn ?? '05010200000000000000000000000000', 16), 584);
    body.set(hexOr(options.mrServiceTd, 48), 600);
  }
  return body;
}

const iso = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

/** A level of TCB Info that the default machine fulfils. */
export function tcbLevel(svn: number, status: string, tee: 'sgx' | 'tdx', more: Json = {}): Json {
  const components = Array.from({ length: 16 }, () => ({ svn }));
  return {
    tcb: {
      sgxtcbcomponents: components,
      pcesvn: 5,
      ...(tee === 'tdx' && {
        tdxtcbcomponents: Array.from({ length: 16 }, (_, i) => ({ svn: i < 3 ? 1 : 0 })),
      }),
    },
    tcbDate: '2025-01-01T00:00:00Z',
    tcbStatus: status,
    ...more,
  };
}

/** Makes one. Everything it signs is genuine under `root`, and under no other. */
export async function fakeIntel(options: IntelOptions = {}) {
  const { keys: given = {}, organization, from = FAKE_FROM, to = FAKE_TO } = options;
  const key = (own: FakeKey | undefined) => own ?? ecKey('P-256');
  const keys: IntelKeys = {
    root: await key(given.root),
    pckCa: await key(given.pckCa),
    pck: await key(given.pck),
    tcbSigner: await key(given.tcbSigner),
    attestation: await key(given.attestation),
  };
  const { tcbSigner: tcbKey, pck: pckKey, attestation: attestationKey } = keys;
  const subject = (commonName: string) =>
    organization === undefined ? commonName : `O=${organization}, CN=${commonName}`;
  const root = await makeRoot({
    subject: subject('Intel SGX Root CA'),
    key: keys.root,
    pathLength: 1,
    from,
    to,
    ...options.root,
  });
  const pckCa = await makeCertificate({
    subject: subject('Intel SGX PCK Platform CA'),
    key: keys.pckCa,
    issuer: root,
    ca: true,
    pathLength: 0,
    keyUsage: CA_USAGE,
    from,
    to,
    ...options.pckCa,
  });
  const pck = await makeCertificate({
    subject: subject('Intel SGX PCK Certificate'),
    key: pckKey,
    issuer: pckCa,
    ca: false,
    keyUsage: 0xc0,
    from,
    to,
    extensions: { [SGX]: sgxExtension(options) },
    ...options.pck,
  });
  const tcbSigner = await makeCertificate({
    subject: subject('Intel SGX TCB Signing'),
    key: tcbKey,
    issuer: root,
    ca: false,
    keyUsage: 0xc0,
    from,
    to,
    ...options.tcbSigner,
  });

  const signedJson = async (name: string, value: Json, signer: FakeKey = tcbKey): Promise<Uint8Array> => {
    const inner = JSON.stringify(value);
    return utf8Bytes(`{"${name}":${inner},"signature":"${toHex(await signer.sign(utf8Bytes(inner)))}"}`);
  };

  /** TCB Info; `changes` replace members. */
  const tcbInfo = (tee: 'sgx' | 'tdx', changes: Json = {}, signer?: FakeKey): Promise<Uint8Array> =>
    signedJson(
      'tcbInfo',
      {
        id: tee === 'sgx' ? 'SGX' : 'TDX',
        version: 3,
        issueDate: iso(from),
        nextUpdate: iso(to),
        fmspc: (options.fmspc ?? '50806f000000').toUpperCase(),
        pceId: options.pceId ?? '0000',
        tcbType: 0,
        tcbEvaluationDataNumber: 17,
        ...(tee === 'tdx' && {
          tdxModule: {
            mrsigner: '00'.repeat(48),
            attributes: '00'.repeat(8),
            attributesMask: 'ff'.repeat(8),
          },
          tdxModuleIdentities: [
            {
              id: 'TDX_01',
              mrsigner: '00'.repeat(48),
              attributes: '00'.repeat(8),
              attributesMask: 'ff'.repeat(8),
              tcbLevels: [{ tcb: { isvsvn: 3 }, tcbDate: '2025-02-01T00:00:00Z', tcbStatus: 'UpToDate' }],
            },
          ],
        }),
        tcbLevels: [tcbLevel(3, 'UpToDate', tee)],
        ...changes,
      },
      signer,
    );

  const qeIdentity = (tee: 'sgx' | 'tdx', changes: Json = {}, signer?: FakeKey): Promise<Uint8Array> =>
    signedJson(
      'enclaveIdentity',
      {
        id: tee === 'sgx' ? 'QE' : 'TD_QE',
        version: 2,
        issueDate: iso(from),
        nextUpdate: iso(to),
        tcbEvaluationDataNumber: 17,
        miscselect: '00000000',
        miscselectMask: 'FFFFFFFF',
        attributes: '11000000000000000000000000000000',
        attributesMask: 'FBFFFFFFFFFFFFFF0000000000000000',
        mrsigner: MRSIGNER_QE.toUpperCase(),
        isvprodid: tee === 'sgx' ? 1 : 2,
        tcbLevels: [{ tcb: { isvsvn: 4 }, tcbDate: '2025-01-01T00:00:00Z', tcbStatus: 'UpToDate' }],
        ...changes,
      },
      signer,
    );

  /** All endorsements for quotes of this machine. */
  const endorsements = async (
    tee: 'sgx' | 'tdx',
  ): Promise<Required<Omit<DcapEndorsements, 'pckChain' | 'qeIdentitySigningChain'>>> => ({
    tcbInfo: await tcbInfo(tee),
    qeIdentity: await qeIdentity(tee),
    tcbSigningChain: pem(tcbSigner.der, root.der),
    pckCrl: await makeCrl({ issuer: pckCa, from, to }),
    rootCrl: await makeCrl({ issuer: root, from, to }),
  });

  const quote = async (given: QuoteOptions = {}): Promise<Uint8Array> => {
    const { tee = 'tdx', version = tee === 'sgx' ? 3 : 4 } = given;
    const authData = given.authData ?? Uint8Array.from({ length: 32 }, (_, i) => i);
    const header = concat(
      u16(version),
      u16(2),
      u32(tee === 'sgx' ? 0 : 0x81),
      u32(0),
      fromHex(given.qeVendor ?? QE_VENDOR),
      zeros(20),
    );
    const body =
      tee === 'sgx'
        ? sgxReport({
            attributes: given.attributes ?? '0500000000000000e700000000000000',
            mrEnclave: given.mrEnclave,
            mrSigner: given.mrSigner ?? 'ab'.repeat(32),
            isvProdId: 1,
            isvSvn: 2,
            reportData: hexOr(given.reportData, 64),
          })
        : tdReport(given, version === 5);
    const typed = version === 5 ? concat(u16(tee === 'sgx' ? 1 : 3), u32(body.length), body) : body;
    const signed = concat(header, typed);
    const publicKey = attestationKey.spki.subarray(-64);
    const qeReport = sgxReport({
      attributes: given.qeAttributes ?? '1100000000000000e700000000000000',
      mrSigner: given.qeMrSigner ?? MRSIGNER_QE,
      isvProdId: tee === 'sgx' ? 1 : 2,
      isvSvn: given.qeIsvSvn ?? 6,
      reportData: concat(await digest('sha256', concat(publicKey, authData)), zeros(32)),
    });
    const chain = given.certificationData ?? pem(pck.der, pckCa.der, root.der);
    const inner = concat(
      qeReport,
      await pckKey.sign(qeReport),
      u16(authData.length),
      authData,
      u16(given.certificationType ?? 5),
      u32(chain.length),
      chain,
    );
    const signatures = concat(await (given.signer ?? attestationKey).sign(signed), publicKey);
    const data =
      version === 3 ? concat(signatures, inner) : concat(signatures, u16(6), u32(inner.length), inner);
    return concat(signed, u32(data.length), data);
  };

  return { keys, root, pckCa, pck, tcbSigner, attestationKey, tcbInfo, qeIdentity, endorsements, quote };
}

export type FakeIntel = Awaited<ReturnType<typeof fakeIntel>>;
export type { FakeCertificate };
