/** Options that say which machine a service runs on. */
import type { MachineSettings, Tee } from '@gaiwan/enclave';
import { numberFlag, textFlag } from './flags.ts';

export interface MachineFlags {
  readonly tee?: Tee | undefined;
  readonly simulation?: string | undefined;
  readonly tpm?: string | undefined;
  readonly tpmPcr?: number | undefined;
  readonly nitroHelper?: string | undefined;
  readonly endorsements?: string | undefined;
  readonly pccs?: string | undefined;
}

/** As `tees` of @gaiwan/enclave, which is not loaded for help texts. */
const tees = [
  'auto',
  'tdx',
  'snp',
  'cca',
  'sgx',
  'nitro',
  'tpm',
  'simulation',
] as const satisfies readonly Tee[];

export const machineFlags = {
  tee: {
    kind: 'enum',
    values: tees,
    brief: 'What attests it (default: auto, which is what the machine has; never simulation)',
    optional: true,
  },
  simulation: textFlag('Folder of the simulated machine (with --tee simulation)', 'DIR'),
  tpm: textFlag('TPM: a device, or host:port (default: /dev/tpmrm0)', 'TPM'),
  tpmPcr: numberFlag('PCR that the program is measured into (default: 15)', 8, 23),
  nitroHelper: textFlag('Program that makes Nitro documents', 'PROGRAM'),
  endorsements: textFlag(
    "Folder with endorsements of this machine, in place of the vendors' services",
    'PATH',
  ),
  pccs: textFlag("A PCCS, in place of Intel's service", 'URL'),
} as const;

export function machineOf(flags: MachineFlags): MachineSettings {
  const { tee = 'auto', simulation, tpm, tpmPcr, nitroHelper, endorsements, pccs } = flags;
  return {
    tee,
    ...(simulation !== undefined && { simulation }),
    ...(tpm !== undefined && { tpm }),
    ...(tpmPcr !== undefined && { tpmPcr }),
    ...(nitroHelper !== undefined && { nitroHelper: [nitroHelper] }),
    ...(endorsements !== undefined && { endorsements }),
    ...(pccs !== undefined && { pccs }),
  };
}
