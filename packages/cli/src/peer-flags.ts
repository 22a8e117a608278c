/** Options that say who may connect to the storage service: measured. */
import type { ReferenceValues } from '@gaiwan/trust';
import { usage } from './errors.ts';
import { listFlag, numberFlag, textFlag } from './flags.ts';
import { readTrust, referenceOf } from './trust.ts';

export interface PeerFlags {
  readonly peerPolicy?: string | undefined;
  readonly enclaveInfo?: string | undefined;
  readonly auditor?: readonly string[] | undefined;
  readonly signature?: readonly string[] | undefined;
  readonly needed?: number | undefined;
}

export const peerFlags = {
  peerPolicy: textFlag('Policy (JSON) for whoever connects to the storage service', 'FILE'),
  enclaveInfo: textFlag('Or an enclave_info.toml, signed by auditors', 'FILE'),
  auditor: listFlag('Public key of an auditor (PEM; repeatable)', 'FILE'),
  signature: listFlag("An auditor's signature (repeatable)", 'FILE'),
  needed: numberFlag('How many of these auditors must have signed (default: all)', 1, 100),
} as const;

/** Rejects with `CliError` (usage). */
export async function peersOf({
  peerPolicy: policy,
  enclaveInfo,
  auditor,
  signature,
  needed,
}: PeerFlags): Promise<ReferenceValues> {
  if ((policy === undefined) === (enclaveInfo === undefined))
    throw usage(
      'Say who may connect: --enclave-info FILE with --auditor and --signature, or --peer-policy FILE.',
    );
  return referenceOf(await readTrust({ policy, enclaveInfo, auditor, signature, needed }));
}
