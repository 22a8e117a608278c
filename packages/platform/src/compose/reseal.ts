/** Handing the root key on: to the release, or the configuration, that is to run next. */
import type { MachineSettings } from '@gaiwan/enclave';
import { policiesFor, type ReferenceValues } from '@gaiwan/trust';
import { refuse } from '../errors.ts';
import { openMeasuredMachine } from './machine.ts';
import type { MeasuredConfiguration } from './measured.ts';
import { sealedKeyOf } from './sealed-key.ts';

export interface ResealOptions extends MeasuredConfiguration {
  readonly data: string;
  readonly machine: MachineSettings;
  /** What may open the data folder from now on as well: one build. */
  readonly next: ReferenceValues;
}

/**
 * Seals the root key of a data folder to another program as well. Must run as the release and the configuration that it is sealed
 * to; a platform may be running meanwhile. Returns the registers. Rejects with `PlatformError`, and as `policiesFor` throws.
 */
export async function resealPlatform(options: ResealOptions): Promise<Readonly<Record<string, string>>> {
  const machine = await openMeasuredMachine(options);
  const builds = policiesFor(options.next, 'teaclave_storage_service').flatMap(
    ({ measurements = [] }) => measurements,
  );
  // A set that lacks a register of this machine's would never be found again.
  const fitting = builds.filter((build) => Object.keys(build).some((name) => name in machine.registers));
  const [next] = fitting;
  if (next === undefined || fitting.length > 1) {
    throw refuse(
      'reseal-to-whom',
      `A handover of the key is to exactly one build for this machine, and ${fitting.length} are named: name one.`,
    );
  }
  const registers = { ...machine.registers, ...next };
  const sealer = machine.sealerFor?.(registers);
  if (sealer === undefined) {
    throw refuse(
      'no-sealing',
      `A machine of the kind ${machine.attester.kind} seals to what runs on it and to nothing else: put the key under a key broker's.`,
    );
  }
  await sealedKeyOf(options.data, machine).reseal(sealer);
  return registers;
}
