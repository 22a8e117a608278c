/** What runs, as a machine is told: the program with all it depends on, and what the operator decided. */
import {
  type Bundle,
  keysConfiguration,
  type MachineSettings,
  measureBundle,
  measureConfiguration,
} from '@gaiwan/enclave';
import { defaultTaskLimits } from '../domain/limits.ts';
import type { Limits } from '../domain/records.ts';

/** Of a platform's options, those that decide what it may do with data. Addresses, folders and numbers of workers do not. */
export interface MeasuredConfiguration {
  /** Folder of the package that the process was started from: it is measured with all that it depends on. */
  readonly program: string;
  /** Who keeps the keys is measured; the kind of machine is in its evidence. */
  readonly machine?: MachineSettings;
  /** Origins that external URLs may have. */
  readonly allowUrls?: readonly string[];
  readonly taskLimits?: Limits;
}

export interface MeasuredProgram {
  readonly bundle: Bundle;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
}

/** `decisions`: what a service of this program was told to do. Rejects with `MeasureError` where a part of it is missing. */
export async function measureService(
  program: string,
  machine: MachineSettings | undefined,
  decisions: object,
): Promise<MeasuredProgram> {
  const keys = machine ? keysConfiguration(machine) : {};
  return {
    bundle: await measureBundle(program),
    configuration: measureConfiguration({ node: process.version, ...keys, ...decisions }),
  };
}

/** Rejects with `MeasureError` where a part of the installation is missing. */
export function measurePlatform({
  program,
  machine,
  allowUrls = [],
  taskLimits = defaultTaskLimits,
}: MeasuredConfiguration): Promise<MeasuredProgram> {
  return measureService(program, machine, { allowUrls: [...new Set(allowUrls)].sort(), taskLimits });
}
