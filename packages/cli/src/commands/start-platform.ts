/** Loads the platform only when one is to be run. */
import { resolve } from 'node:path';
import type { MachineSettings } from '@gaiwan/enclave';
import type {
  FairnessOptions,
  MeasuredDecisions,
  RetentionPeriods,
  RunningPlatform,
  StorageOptions,
  TeaclaveOptions,
} from '@gaiwan/platform';
import type { TrustedRoots } from '@gaiwan/provenance';
import { PROGRAM } from '../program.ts';

export interface ServeSettings {
  readonly machine: MachineSettings;
  readonly teaclave?: TeaclaveOptions | undefined;
  readonly data: string;
  readonly authPort?: number | undefined;
  readonly frontendPort?: number | undefined;
  readonly host?: string | undefined;
  readonly connectionsPerAddress?: number | undefined;
  readonly workers?: number | undefined;
  readonly tokenLife?: number | undefined;
  readonly buildRoots?: TrustedRoots | undefined;
  readonly fairness: FairnessOptions;
  readonly measured: MeasuredDecisions;
  readonly storage: StorageOptions;
  readonly retention: RetentionPeriods;
}

/** `adminPassword`: for the first start; the platform makes one where none is given. Rejects with `PlatformError`. */
export async function startPlatform(
  settings: ServeSettings,
  adminPassword: string | undefined,
): Promise<RunningPlatform> {
  const { machine, teaclave, data, authPort = 7776, frontendPort = 7777, host, workers, measured } = settings;
  const { connectionsPerAddress } = settings;
  const platform = await import('@gaiwan/platform');
  return platform.startPlatform({
    program: PROGRAM,
    machine,
    ...(teaclave && { teaclave }),
    data: resolve(data),
    authPort,
    frontendPort,
    fairness: settings.fairness,
    tokenLife: settings.tokenLife,
    buildRoots: settings.buildRoots,
    ...measured,
    storage: settings.storage,
    retention: settings.retention,
    ...(host === undefined ? {} : { host }),
    ...(connectionsPerAddress === undefined ? {} : { connectionsPerAddress }),
    ...(workers === undefined ? {} : { workers }),
    ...(adminPassword === undefined ? {} : { adminPassword }),
  });
}
