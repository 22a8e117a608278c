/** Where evidence comes from: one interface for every TEE. */
import type { Endorsements, Evidence } from '@gaiwan/attestation';

export const REPORT_DATA_BYTES = 64;

export interface Attestation {
  readonly evidence: Evidence;
  /** What the machine brought along to vouch for it (certificate tables of SNP, an AK's certificate); a hint, never a root. */
  readonly endorsements?: Endorsements;
}

export type AttesterKind = 'tdx' | 'snp' | 'cca' | 'sgx' | 'nitro' | 'tpm' | 'simulation';

export interface Attester {
  readonly kind: AttesterKind;
  /**
   * Fresh evidence over `reportData` (exactly 64 bytes). A TPM quotes the SHA-256 of it, a Nitro document carries it as its
   * nonce, everything else as report data. Rejects with `AttesterError`.
   */
  evidence(reportData: Uint8Array): Promise<Attestation>;
}

export type AttesterErrorCode =
  /** The machine has no such interface. */
  | 'not-available'
  /** Others used the interface at the same time; asking again may help. */
  | 'busy'
  /** This process may not use it. */
  | 'not-permitted'
  /** The report data are not 64 bytes. */
  | 'bad-report-data'
  /** The interface did something that it must not: nothing of what it gave is used. */
  | 'interference'
  /** Everything else, with the cause. */
  | 'failed';

export class AttesterError extends Error {
  override readonly name = 'AttesterError';
  readonly code: AttesterErrorCode;
  constructor(code: AttesterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Throws `AttesterError` "bad-report-data". */
export function checkReportData(reportData: Uint8Array): void {
  if (reportData.length === REPORT_DATA_BYTES) return;
  throw new AttesterError(
    'bad-report-data',
    `Report data have ${REPORT_DATA_BYTES} bytes, not ${reportData.length}.`,
  );
}
