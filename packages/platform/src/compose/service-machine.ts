/** The machine under a service of its own, and the decisions of its operator that are measured. */
import type { Policy } from '@gaiwan/attestation';
import { type MachineSettings, requireMeasuredProcess } from '@gaiwan/enclave';
import { policiesFor, type ReferenceValues } from '@gaiwan/trust';
import { type DescribedMachine, openDescribedMachine } from './machine.ts';
import { type MeasuredProgram, measureService } from './measured.ts';

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

export interface AttestationDecisions {
  readonly service: 'attestation';
  readonly policy: Policy;
}

/** @param policy what its results affirm. Default: any genuine machine that is up to date, whatever it runs. */
export const attestationDecisions = (policy: Policy = { anyMeasurement: true }): AttestationDecisions => ({
  service: 'attestation',
  policy,
});

/** A service of its own, with what its operator decides about it. */
export type StandaloneService =
  | { readonly service: 'authentication' }
  | { readonly service: 'storage'; readonly peers: ReferenceValues }
  | { readonly service: 'attestation'; readonly policy?: Policy | undefined };

/** What such a service is measured as. Rejects with `MeasureError`, and as `policiesFor` throws. */
export const measureStandalone = (
  { program, machine }: Pick<ServiceMachineOptions, 'program' | 'machine'>,
  service: StandaloneService,
): Promise<MeasuredProgram> => measureService(program, machine, decisionsOf(service));

function decisionsOf(service: StandaloneService): object {
  if (service.service === 'storage') return storageDecisions(service.peers);
  return service.service === 'attestation' ? attestationDecisions(service.policy) : authenticationDecisions;
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
