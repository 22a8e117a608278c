/** What runs, as a machine is told: the program with all it depends on, and what the operator decided. */
import type { Policy } from '@gaiwan/attestation';
import {
  type Bundle,
  keysConfiguration,
  type MachineSettings,
  measureBundle,
  measureConfiguration,
} from '@gaiwan/enclave';
import { checkLimits } from '../domain/options.ts';
import type { Limits } from '../domain/records.ts';
import { defaultTaskLimits, defaultTaskMaxima, taskCeilings } from '../limits.ts';
import {
  type ExecutorOptions,
  executorSettings,
  measuredExecutors,
} from '../services/execution/executor-settings.ts';

/** Of a platform's options, those that decide what it may do with data. Addresses, folders and numbers of workers do not. */
export interface MeasuredConfiguration extends MeasuredDecisions {
  /** Folder of the package that the process was started from: it is measured with all that it depends on. */
  readonly program: string;
  /** Who keeps the keys is measured; the kind of machine is in its evidence. */
  readonly machine?: MachineSettings;
}

/** What the operator decided about others' data. */
export interface MeasuredDecisions extends ExecutorOptions {
  /** Origins that external URLs may have. */
  readonly allowUrls?: readonly string[];
  /** What a task may use unless it asks for something else, and what it may ask for; what is not named stays as it is. */
  readonly taskLimits?: Partial<Limits>;
  readonly taskMaxima?: Partial<Limits>;
  /** What workers may run beside this very program and configuration, on machines that vouch as its own does. */
  readonly workerPolicies?: readonly Policy[];
}

export interface MeasuredProgram {
  readonly bundle: Bundle;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
}

export interface TaskBounds {
  readonly taskLimits: Limits;
  readonly taskMaxima: Limits;
}

/** A default that is above its maximum is lowered; throws `PlatformError` for one that was named. */
export function taskBounds({
  taskLimits,
  taskMaxima,
}: Pick<MeasuredDecisions, 'taskLimits' | 'taskMaxima'>): TaskBounds {
  const maxima = { ...defaultTaskMaxima, ...checkLimits(taskMaxima ?? {}, taskCeilings) };
  const lowered = Object.entries(defaultTaskLimits).map(([name, value]) => [
    name,
    Math.min(Number(value), maxima[name as keyof Limits]),
  ]);
  const limits = { ...(Object.fromEntries(lowered) as Limits), ...checkLimits(taskLimits ?? {}, maxima) };
  return { taskLimits: limits, taskMaxima: maxima };
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

/** Rejects with `MeasureError` where a part of the installation is missing, and with `PlatformError` for bad settings. */
export async function measurePlatform({
  program,
  machine,
  allowUrls = [],
  workerPolicies = [],
  ...others
}: MeasuredConfiguration): Promise<MeasuredProgram> {
  return measureService(program, machine, {
    allowUrls: [...new Set(allowUrls)].sort(),
    ...taskBounds(others),
    workerPolicies,
    executors: measuredExecutors(executorSettings(others)),
  });
}
