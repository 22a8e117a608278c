/** What makes evidence on this machine. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigfsOptions, detectConfigfs } from '../attester/configfs.ts';
import { nodeFiles } from '../attester/files.ts';
import type { GramineOptions } from '../attester/gramine.ts';
import { MachineError, type Tee } from './settings.ts';

/** Where the kernel's and Gramine's interfaces are, if not where they always are; what reads and writes them. */
export interface Interfaces {
  readonly configfs?: ConfigfsOptions;
  readonly gramine?: GramineOptions;
  /** Device of Nitro. Default: /dev/nsm. */
  readonly nsm?: string;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * What attests this machine, the strongest first: memory that the host cannot read, then a TPM, which shows what was booted and hides
 * nothing. The answer is never "simulation".
 *
 * @param tpm device of the TPM
 * @throws {MachineError} `no-tee`
 * @throws {AttesterError} where the kernel's interface is there and does not say what it is, e.g. `not-permitted`
 */
export async function detectTee(
  tpm: string,
  { configfs, gramine = {}, nsm = '/dev/nsm' }: Interfaces = {},
): Promise<Exclude<Tee, 'auto' | 'simulation'>> {
  if (await isUnderGramine(gramine)) return 'sgx';
  const found = await detectConfigfs(configfs);
  if (found === 'tdx' || found === 'snp' || found === 'cca') return found;
  if (await isThere(nsm)) return 'nitro';
  if (await isThere(tpm)) return 'tpm';
  throw new MachineError(
    'no-tee',
    'This machine has nothing that makes evidence: no configfs-tsm, Gramine, Nitro or TPM. To try things out without any protection, ask for a simulated machine: --tee simulation --simulation DIR.',
  );
}

function isUnderGramine({ base = '/dev/attestation', files = nodeFiles }: GramineOptions): Promise<boolean> {
  return files.read(join(base, 'attestation_type')).then(
    () => true,
    () => false,
  );
}
