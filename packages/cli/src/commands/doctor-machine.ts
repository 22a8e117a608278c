/** What doctor says of the machine: whether it proves what it runs. No evidence is made. */
import { messageOf } from '@gaiwan/errors';
import type { MachineFlags } from '../machine-flags.ts';
import type { Line } from './doctor-anchor.ts';

const REMEDY = 'a machine with TDX, SEV-SNP, Arm CCA, SGX, Nitro or a TPM; for tests: gaiwan simulation';

export async function machineLine({ tee = 'auto', tpm }: MachineFlags): Promise<Line> {
  const base = { what: 'machine', required: false };
  if (tee === 'simulation')
    return { ...base, offered: false, detail: 'simulated: it proves nothing', remedy: REMEDY };
  const { DEFAULT_TPM, detectTee, MachineError } = await import('@gaiwan/enclave');
  try {
    const found = await detectTee(tpm ?? DEFAULT_TPM);
    if (tee === 'auto' || tee === found)
      return { ...base, offered: true, detail: `proves what it runs: ${found}` };
    return { ...base, offered: false, detail: `is ${found}, not ${tee}`, remedy: `--tee ${found}` };
  } catch (error) {
    const nothing = error instanceof MachineError && error.code === 'no-tee';
    const detail = nothing ? 'no configfs-tsm, Gramine, Nitro or TPM' : messageOf(error);
    return { ...base, offered: false, detail, remedy: REMEDY };
  }
}
