/** Report bodies in quotes: SGX enclave reports and TD reports (Intel DCAP quoting library, appendix A). */
import { byteAt, Reader, toHex } from '../bytes.ts';

/** Kinds of report bodies, by the size of their fields. */
export type BodyType = 'sgx-enclave' | 'td-report-1.0' | 'td-report-1.5' | 'td-report-1.5-ex';

/** Bytes of each body. */
export const bodySize: Readonly<Record<BodyType, number>> = {
  'sgx-enclave': 384,
  'td-report-1.0': 584,
  'td-report-1.5': 648,
  'td-report-1.5-ex': 885,
};

/** Lower-case hexadecimal unless a number or a flag. */
export interface SgxReport {
  readonly cpuSvn: string;
  readonly miscSelect: string;
  readonly isvExtProdId: string;
  readonly attributes: string;
  readonly mrEnclave: string;
  readonly mrSigner: string;
  readonly configId: string;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
  readonly isvFamilyId: string;
  readonly reportData: string;
  /** ATTRIBUTES.DEBUG: whoever owns the host reads the enclave's memory. */
  readonly debug: boolean;
}

/** `bytes`: the 384 bytes of a report body. */
export function parseSgxReport(bytes: Uint8Array): SgxReport {
  const reader = new Reader(bytes, 'The enclave report');
  const hex = (at: number, length: number): string => {
    reader.at = at;
    return toHex(reader.take(length));
  };
  const u16 = (at: number): number => {
    reader.at = at;
    return reader.u16();
  };
  return {
    cpuSvn: hex(0, 16),
    miscSelect: hex(16, 4),
    isvExtProdId: hex(32, 16),
    attributes: hex(48, 16),
    mrEnclave: hex(64, 32),
    mrSigner: hex(128, 32),
    configId: hex(192, 64),
    isvProdId: u16(256),
    isvSvn: u16(258),
    configSvn: u16(260),
    isvFamilyId: hex(304, 16),
    reportData: hex(320, 64),
    debug: (byteAt(bytes, 48) & 2) !== 0,
  };
}

/** Lower-case hexadecimal unless a flag. */
export interface TdReport {
  readonly teeTcbSvn: string;
  readonly mrSeam: string;
  readonly mrSignerSeam: string;
  readonly seamAttributes: string;
  readonly tdAttributes: string;
  readonly xfam: string;
  readonly mrTd: string;
  readonly mrConfigId: string;
  readonly mrOwner: string;
  readonly mrOwnerConfig: string;
  readonly rtmr0: string;
  readonly rtmr1: string;
  readonly rtmr2: string;
  readonly rtmr3: string;
  readonly reportData: string;
  /** TD 1.5: the SVN of the module that runs now; `teeTcbSvn` is that at launch. */
  readonly teeTcbSvn2?: string;
  readonly mrServiceTd?: string;
  /** TD 1.5-Ex: what follows the fields of TD 1.5, not taken apart. */
  readonly extended?: string;
  /** TDATTRIBUTES.DEBUG. */
  readonly debug: boolean;
  readonly septVeDisable: boolean;
  readonly migratable: boolean;
}

/** `bytes`: a TD report body of its type's size. */
export function parseTdReport(bytes: Uint8Array): TdReport {
  const reader = new Reader(bytes, 'The TD report');
  const hex = (length: number): string => toHex(reader.take(length));
  const attributes = new DataView(bytes.buffer, bytes.byteOffset + 120, 4).getUint32(0, true);
  return {
    teeTcbSvn: hex(16),
    mrSeam: hex(48),
    mrSignerSeam: hex(48),
    seamAttributes: hex(8),
    tdAttributes: hex(8),
    xfam: hex(8),
    mrTd: hex(48),
    mrConfigId: hex(48),
    mrOwner: hex(48),
    mrOwnerConfig: hex(48),
    rtmr0: hex(48),
    rtmr1: hex(48),
    rtmr2: hex(48),
    rtmr3: hex(48),
    reportData: hex(64),
    ...(reader.left > 0 && { teeTcbSvn2: hex(16), mrServiceTd: hex(48) }),
    ...(reader.left > 0 && { extended: hex(reader.left) }),
    debug: (attributes & 1) !== 0,
    septVeDisable: (attributes & (1 << 28)) !== 0,
    migratable: (attributes & (1 << 29)) !== 0,
  };
}
