/** The machine under a service of its own, and the decisions of its operator that are measured. */
import type { Policy } from '@gaiwan/attestation';
import { type MachineSettings, requireMeasuredProcess } from '@gaiwan/enclave';
import { policiesFor, type ReferenceValues } from '@gaiwan/trust';
import { type DescribedMachine, openDescribedMachine } from './machine.ts';
import { measureService } from './measured.ts';

export const authenticationDecisions = { service: 'authentication' } as const;

export interface StorageDecisions {
  readonly service: 'storage';
  /** Who may read what is stored is part of what it is. */
  readonly policies: readonly Policy[];
}

/** @param peers who may use it. Throws as `policiesFor`. */
export function storageDecisions(peers: ReferenceValues): StorageDecisions {
  const callers = ['teaclave_management_service', 'teaclave_scheduler_service'] as const;
  return { service: 'storage', policies: callers.flatMap((caller) => policiesFor(peers, caller)) };
}

export interface ServiceMachineOptions {
  /** Folder of the package that the process was started from. */
  readonly program: string;
  readonly machine: MachineSettings;
  readonly decisions: object;
}

/** Rejects as `openProtectedMachine`, and with `MeasureError` where a part of the installation is missing. */
export async function openServiceMachine({
  program,
  machine: settings,
  decisions,
}: ServiceMachineOptions): Promise<{ readonly machine: DescribedMachine; readonly configuration: string }> {
  requireMeasuredProcess();
  const measured = await measureService(program, settings, decisions);
  const machine = await openDescribedMachine(settings, measured);
  return { machine, configuration: measured.configuration };
}
