/** The machine under a platform. */
import { type Machine, type MachineSettings, openMachine, requireMeasuredProcess } from '@gaiwan/enclave';
import { type MeasuredConfiguration, measurePlatform } from './measured.ts';

/** Rejects with what `openMachine` and `measurePlatform` reject with. */
export async function openMeasuredMachine(
  options: MeasuredConfiguration & { readonly machine: MachineSettings },
): Promise<Machine> {
  requireMeasuredProcess();
  const { bundle, configuration } = await measurePlatform(options);
  return openMachine(options.machine, { bundle: bundle.digest, configuration });
}
