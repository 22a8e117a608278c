/** Reports of the shape that Teaclave's clients read (contract, 6.3, 6.4 and 6.6). */
import { randomUUID } from 'node:crypto';
import { type Evidence, measurementsIn, type TcbStatus, type Verified } from '@gaiwan/attestation';
import { compositeMeasurement } from '@gaiwan/trust';

const BODY = 432;
const QUOTE_VERSION = 3;
const ECDSA_P256 = 2;
const at = { attributes: 96, mrEnclave: 112, reportData: 368 } as const;
/** INIT and MODE64BIT, and XFRM of x87 and SSE: an ordinary enclave that nobody debugs. */
const ATTRIBUTES = '05000000000000000300000000000000';

const texts: Readonly<Record<TcbStatus, string>> = {
  UpToDate: 'OK',
  SWHardeningNeeded: 'SW_HARDENING_NEEDED',
  ConfigurationNeeded: 'CONFIGURATION_NEEDED',
  ConfigurationAndSWHardeningNeeded: 'CONFIGURATION_AND_SW_HARDENING_NEEDED',
  OutOfDate: 'OUT_OF_DATE',
  OutOfDateConfigurationNeeded: 'OUT_OF_DATE_CONFIGURATION_NEEDED',
  Revoked: 'KEY_REVOKED',
  TDRelaunchAdvised: 'OUT_OF_DATE',
  TDRelaunchAdvisedConfigurationNeeded: 'OUT_OF_DATE_CONFIGURATION_NEEDED',
};

/** 64 bytes that the evidence was made over; undefined where only their hash is in it. */
function reportDataOf(verified: Verified): Uint8Array | undefined {
  switch (verified.kind) {
    case 'sgx':
    case 'tdx':
      return Buffer.from(verified.quote.body.reportData, 'hex');
    case 'snp':
      return Buffer.from(verified.report.reportData, 'hex');
    case 'nitro':
      return verified.document.nonce ?? undefined;
    case 'cca':
      return Buffer.from(verified.nonce, 'hex');
    case 'tpm':
    case 'azure-vtpm':
    case 'psa':
      return undefined;
  }
}

/**
 * The body of an SGX quote. SGX's own is taken as it is; of every other machine one is made that has the composite of all its
 * registers as MRENCLAVE, zeros as MRSIGNER, and its report data. Undefined for evidence that cannot be said so.
 */
export function quoteBody(evidence: Evidence, verified: Verified): Uint8Array | undefined {
  if (verified.kind === 'sgx' && evidence.kind === 'dcap') return evidence.quote.subarray(0, BODY);
  const reportData = reportDataOf(verified);
  if (reportData?.length !== 64) return undefined;
  const body = Buffer.alloc(BODY);
  body.writeUInt16LE(QUOTE_VERSION, 0);
  body.writeUInt16LE(ECDSA_P256, 2);
  body.set(Buffer.from(ATTRIBUTES, 'hex'), at.attributes);
  body.set(Buffer.from(compositeMeasurement(measurementsIn(verified)), 'hex'), at.mrEnclave);
  body.set(reportData, at.reportData);
  return new Uint8Array(body);
}

/** UTC with nine digits after the second, and no zone. */
const timestamp = (now: number): string => new Date(now).toISOString().replace('Z', '000000');

/** The exact bytes to sign. */
export function reportOf(body: Uint8Array, verified: Verified, now: number, simulated: boolean): Uint8Array {
  const status = 'tcb' in verified && verified.tcb !== undefined ? verified.tcb.tcbStatus : 'UpToDate';
  return Buffer.from(
    JSON.stringify({
      id: randomUUID().replaceAll('-', ''),
      isvEnclaveQuoteBody: Buffer.from(body).toString('base64'),
      isvEnclaveQuoteStatus: texts[status],
      timestamp: timestamp(now),
      version: 4,
      ...(simulated && { simulation: true }),
    }),
  );
}
