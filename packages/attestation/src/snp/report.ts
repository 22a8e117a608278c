/**
 * SEV-SNP attestation reports (AMD 56860, ATTESTATION_REPORT), versions 2 to 5. Every version so far has the fields of the former
 * where they were, and new ones in what was reserved; the key signs all of it.
 */
import { dictionary } from '@gaiwan/errors';
import { byteAt, isZero, Reader, toHex } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { decodeTcb, type Product, productOfCpuid } from './product.ts';

/** Bytes of a report. */
export const REPORT_SIZE = 1184;
const SIGNED = 0x2a0;
const KEY_INFO = 0x48;

/** The chip's own key, or that of its cloud. */
export type SigningKey = 'VCEK' | 'VLEK';

/** Fields of 1184 bytes, whatever their version: lower-case hexadecimal unless a number or a flag. TCB versions: 8 bytes in the report's order. */
export interface SnpFields {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly guestSvn: number;
  readonly policy: bigint;
  readonly familyId: string;
  readonly imageId: string;
  readonly vmpl: number;
  readonly sigAlgo: number;
  readonly currentTcb: Uint8Array;
  readonly platformInfo: bigint;
  readonly authorKeyEn: boolean;
  readonly maskChipKey: boolean;
  readonly reportData: string;
  readonly measurement: string;
  readonly hostData: string;
  readonly idKeyDigest: string;
  readonly authorKeyDigest: string;
  readonly reportId: string;
  readonly reportIdMa: string;
  readonly reportedTcb: Uint8Array;
  /** Version 3 and later. */
  readonly cpuid: { readonly fam: number; readonly mod: number; readonly step: number } | null;
  readonly chipId: Uint8Array;
  readonly committedTcb: Uint8Array;
  /** "major.minor.build" of the firmware. */
  readonly current: string;
  readonly committed: string;
  readonly launchTcb: Uint8Array;
  readonly launchMitVector: string;
  readonly currentMitVector: string;
  /** What the key signed. */
  readonly signed: Uint8Array;
  /** r ‖ s, big-endian, 48 bytes each; undefined if a number does not fit. */
  readonly signature: Uint8Array | undefined;
}

/** A report of a version, with an algorithm and a key that are known here. */
export interface SnpReport extends SnpFields {
  readonly version: 2 | 3 | 4 | 5;
  readonly signingKey: SigningKey;
}

const bit = (value: bigint, index: number): boolean => ((value >> BigInt(index)) & 1n) === 1n;

/** Policy bits by name (AMD 56860, guest policy). */
export function policyBits(policy: bigint) {
  return {
    abiMinor: Number(policy & 0xffn),
    abiMajor: Number((policy >> 8n) & 0xffn),
    smt: bit(policy, 16),
    migrateMa: bit(policy, 18),
    debug: bit(policy, 19),
    singleSocket: bit(policy, 20),
    cxlAllow: bit(policy, 21),
    memAes256Xts: bit(policy, 22),
    raplDis: bit(policy, 23),
    ciphertextHiding: bit(policy, 24),
    pageSwapDisable: bit(policy, 25),
  };
}

/** Reserved, and one in every policy of a guest. */
export const reservedPolicyBit = (policy: bigint): boolean => bit(policy, 17);

/** Platform info bits by name. */
export function platformInfoBits(info: bigint) {
  return {
    smtEnabled: bit(info, 0),
    tsmeEnabled: bit(info, 1),
    eccEnabled: bit(info, 2),
    raplDisabled: bit(info, 3),
    ciphertextHidingDram: bit(info, 4),
    aliasCheckComplete: bit(info, 5),
    tioEnabled: bit(info, 7),
  };
}

/** Little-endian number of 72 bytes as 48 big-endian ones. */
function signatureNumber(bytes: Uint8Array): Uint8Array | undefined {
  return isZero(bytes.subarray(48)) ? Uint8Array.from(bytes.subarray(0, 48)).reverse() : undefined;
}

function signatureOf(r: Uint8Array, s: Uint8Array): Uint8Array | undefined {
  const [first, second] = [signatureNumber(r), signatureNumber(s)];
  if (first === undefined || second === undefined) return undefined;
  const signature = new Uint8Array(96);
  signature.set(first);
  signature.set(second, 48);
  return signature;
}

function firmware(bytes: Uint8Array): string {
  return `${bytes[2]}.${bytes[1]}.${bytes[0]}`;
}

function signingKeyOf(keyInfo: number): SigningKey {
  const key = (keyInfo >> 2) & 7;
  if (key > 1)
    throw new Refusal('unsupported-key-type', `The report was signed with key ${key}: 7 is none at all.`);
  return key === 0 ? 'VCEK' : 'VLEK';
}

/** The fields of a report, of whatever version: for looking. Throws `Refusal` "malformed" for another size. */
export function snpFields(bytes: Uint8Array): SnpFields {
  if (bytes.length !== REPORT_SIZE) {
    throw new Refusal('malformed', `An SNP report has ${REPORT_SIZE} bytes, this one ${bytes.length}.`);
  }
  const reader = new Reader(bytes, 'The SNP report');
  const version = reader.u32();
  const hex = (length: number): string => toHex(reader.take(length));
  const guestSvn = reader.u32();
  const policy = reader.u64();
  const familyId = hex(16);
  const imageId = hex(16);
  const vmpl = reader.u32();
  const sigAlgo = reader.u32();
  const currentTcb = reader.take(8);
  const platformInfo = reader.u64();
  const keyInfo = reader.u32();
  reader.take(4);
  const [reportData, measurement, hostData] = [hex(64), hex(48), hex(32)];
  const [idKeyDigest, authorKeyDigest] = [hex(48), hex(48)];
  const [reportId, reportIdMa] = [hex(32), hex(32)];
  const reportedTcb = reader.take(8);
  const [fam, mod, step] = [reader.u8(), reader.u8(), reader.u8()];
  reader.at = 0x1a0;
  const chipId = reader.take(64);
  const committedTcb = reader.take(8);
  const [current, committed] = [firmware(reader.take(4)), firmware(reader.take(4))];
  const launchTcb = reader.take(8);
  const [launchMitVector, currentMitVector] = [hex(8), hex(8)];
  reader.at = SIGNED;
  const signature = signatureOf(reader.take(72), reader.take(72));
  return {
    bytes,
    version,
    guestSvn,
    policy,
    familyId,
    imageId,
    vmpl,
    sigAlgo,
    currentTcb,
    platformInfo,
    authorKeyEn: (keyInfo & 1) !== 0,
    maskChipKey: (keyInfo & 2) !== 0,
    reportData,
    measurement,
    hostData,
    idKeyDigest,
    authorKeyDigest,
    reportId,
    reportIdMa,
    reportedTcb,
    cpuid: version === 2 ? null : { fam, mod, step },
    chipId,
    committedTcb,
    current,
    committed,
    launchTcb,
    launchMitVector,
    currentMitVector,
    signed: bytes.subarray(0, SIGNED),
    signature,
  };
}

/**
 * Takes a report of 1184 bytes apart.
 *
 * @throws {Refusal} `malformed`, `unsupported-version`, `unsupported-algorithm`, `unsupported-key-type`
 */
export function parseSnpReport(bytes: Uint8Array): SnpReport {
  const fields = snpFields(bytes);
  const { version, sigAlgo } = fields;
  if (version !== 2 && version !== 3 && version !== 4 && version !== 5) {
    throw new Refusal('unsupported-version', `An SNP report of version ${version}; 2 to 5 are supported.`);
  }
  if (sigAlgo !== 1) {
    throw new Refusal(
      'unsupported-algorithm',
      `Signature algorithm ${sigAlgo}; 1 is ECDSA P-384 with SHA-384.`,
    );
  }
  return { ...fields, version, signingKey: signingKeyOf(byteAt(bytes, KEY_INFO)) };
}

/** Product as the report itself tells it (version 3 and later); undefined if it does not. */
export function reportProduct(report: SnpFields): Product | undefined {
  return report.cpuid === null ? undefined : productOfCpuid(report.cpuid.fam, report.cpuid.mod);
}

/** What the bytes say. `product`: from the certificate, or the report's own. */
export function snpClaims(report: SnpFields, product: Product | undefined): Record<string, unknown> {
  const { bytes: _bytes, signed: _signed, signature: _signature, ...fields } = report;
  const tcbs = {
    currentTcb: report.currentTcb,
    reportedTcb: report.reportedTcb,
    committedTcb: report.committedTcb,
    launchTcb: report.launchTcb,
  };
  const decoded =
    product &&
    Object.entries(tcbs).map(([name, tcb]) => [`${name}Decoded`, decodeTcb(tcb, product)] as const);
  return {
    ...fields,
    policy: `0x${report.policy.toString(16)}`,
    policyBits: policyBits(report.policy),
    platformInfo: `0x${report.platformInfo.toString(16)}`,
    platformInfoBits: platformInfoBits(report.platformInfo),
    chipId: toHex(report.chipId),
    ...dictionary(Object.entries(tcbs).map(([name, tcb]) => [name, toHex(tcb)])),
    ...(product && { product }),
    ...(decoded && dictionary(decoded)),
  };
}
