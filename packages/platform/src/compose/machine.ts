/** The machine under a platform. */
import { type Machine, type MachineSettings, openMachine, requireMeasuredProcess } from '@gaiwan/enclave';
import type { Measured } from '@gaiwan/trust';
import { type MeasuredConfiguration, measurePlatform } from './measured.ts';

export interface MeasuredMachine {
  readonly machine: Machine;
  readonly measured: Measured;
}

/** Rejects with what `openMachine` and `measurePlatform` reject with. */
export async function openMeasuredMachine(
  options: MeasuredConfiguration & { readonly machine: MachineSettings },
): Promise<MeasuredMachine> {
  requireMeasuredProcess();
  const { bundle, configuration } = await measurePlatform(options);
  const measured = { bundle: bundle.digest, configuration };
  return { machine: await openMachine(options.machine, measured), measured };
}
