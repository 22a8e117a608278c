/** What makes evidence on this machine. */
import { stat } from 'node:fs/promises';
import { detectConfigfs } from '../attester/configfs.ts';
import { MachineError, type Tee } from './settings.ts';

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * The strongest first: memory that the host cannot read, then a TPM, which shows what was booted and hides nothing. Rejects with
 * `MachineError` "no-tee"; it never answers "simulation".
 */
export async function detectTee(tpm: string): Promise<Exclude<Tee, 'auto' | 'simulation'>> {
  if (await isThere('/dev/attestation/attestation_type')) return 'sgx';
  const found = await detectConfigfs();
  if (found === 'tdx' || found === 'snp' || found === 'cca') return found;
  if (await isThere('/dev/nsm')) return 'nitro';
  if (await isThere(tpm)) return 'tpm';
  throw new MachineError(
    'no-tee',
    'This machine has nothing that makes evidence: no configfs-tsm, Gramine, Nitro or TPM. To try things out without any protection, ask for a simulated machine: --tee simulation --simulation DIR.',
  );
}
