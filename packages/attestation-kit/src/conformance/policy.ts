/** The options of a vector as a policy that asks for nothing else. */
import type { Policy } from '@gaiwan/attestation';
import type { Vector } from './format.ts';

const statuses = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'TDRelaunchAdvised',
  'TDRelaunchAdvisedConfigurationNeeded',
] as const;

/** Accepts what verification lets through; named options make it stricter. */
export function vectorPolicy({
  expectedNonce,
  allowDebug,
  minimumTcb,
  expectedPcrs,
}: NonNullable<Vector['policy']>): Policy {
  const pcrs =
    expectedPcrs && Object.entries(expectedPcrs).map(([index, value]) => [`pcr${index}`, value] as const);
  return {
    anyMeasurement: true,
    allowDebug: allowDebug ?? true,
    allowMigration: true,
    allowSha1Banks: true,
    keyTrust: ['certificate', 'credential', 'hardware', 'caller', 'none'],
    earStatuses: ['none', 'affirming', 'warning', 'contraindicated'],
    tcb: { statuses, advisories: true },
    tdx: { mrServiceTds: true },
    snp: { vmpls: [0, 1, 2, 3], ...(minimumTcb && { minimumTcb }) },
    ...(expectedNonce !== undefined && { nonce: expectedNonce }),
    ...(pcrs && { measurements: [Object.fromEntries(pcrs)] }),
  };
}
