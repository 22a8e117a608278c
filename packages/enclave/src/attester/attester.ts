/** Where evidence comes from: one interface for every TEE. */
import type { Endorsements, Evidence } from '@gaiwan/attestation';
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const REPORT_DATA_BYTES = 64;

/** Evidence of this machine. */
export interface Attestation {
  readonly evidence: Evidence;
  /** What the machine brought along to vouch for it (certificate tables of SNP, an AK's certificate); a hint, never a root. */
  readonly endorsements?: Endorsements;
}

/** What makes the evidence. */
export type AttesterKind = 'tdx' | 'snp' | 'cca' | 'sgx' | 'nitro' | 'tpm' | 'simulation';

/** Makes evidence of this machine, and of the program that runs here. */
export interface Attester {
  readonly kind: AttesterKind;
  /**
   * Making evidence takes so long that connections cannot each wait for their own: it names a key, which signs for them
   * (docs/enclave/attested-tls.md says what that is worth). Default: false.
   */
  readonly slow?: boolean;
  /**
   * Fresh evidence over `reportData` (exactly 64 bytes). A TPM quotes the SHA-256 of it, a Nitro document carries it as its
   * nonce, everything else as report data.
   *
   * @throws {AttesterError}
   */
  evidence(reportData: Uint8Array): Promise<Attestation>;
}

export const attesterRefusals = {
  'not-available': {
    meaning: 'The machine has no such interface, or no driver behind it.',
    remedy: 'Load the driver that is named, run under Gramine, or name another machine with `--tee`.',
  },
  busy: {
    meaning: 'Others used the interface at the same time, or the machine was too slow.',
    remedy: 'Try again.',
  },
  'not-permitted': {
    meaning: 'This process may not use the interface.',
    remedy: 'Run as a user who may: root, for configfs-tsm.',
  },
  'bad-report-data': {
    meaning: 'The report data are not 64 bytes.',
    remedy: 'Give exactly 64 bytes, e.g. a SHA-512.',
  },
  interference: {
    meaning:
      'The interface gave evidence about other data than those that were asked for; nothing of it is used.',
    remedy: 'Find out what else uses the interface. If nothing does, do not trust the machine.',
  },
  failed: {
    meaning: 'No evidence could be made, for another reason; the cause is attached.',
    remedy: 'Mend what the message names, and try again.',
  },
} as const satisfies RefusalTable;

export type AttesterErrorCode = keyof typeof attesterRefusals;

/** The machine, or the attestation service, gave no evidence that could be used. */
export class AttesterError extends CodedError<AttesterErrorCode> {
  override readonly name = 'AttesterError';
}

/** Throws `AttesterError` `bad-report-data`. */
export function checkReportData(reportData: Uint8Array): void {
  if (reportData.length === REPORT_DATA_BYTES) return;
  throw new AttesterError(
    'bad-report-data',
    `Report data have ${REPORT_DATA_BYTES} bytes, not ${reportData.length}.`,
  );
}
