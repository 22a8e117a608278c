/** What runs, as a machine is told: the program with all it depends on, and what the operator decided. */
import type { Policy } from '@gaiwan/attestation';
import {
  type Bundle,
  keysConfiguration,
  type MachineSettings,
  measureBundle,
  measureConfiguration,
} from '@gaiwan/enclave';
import { type TaskLimits, taskCeilings } from '@gaiwan/protocol';
import { checkLimits } from '../domain/options.ts';
import { defaultTaskLimits, defaultTaskMaxima } from '../limits.ts';
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
  readonly taskLimits?: Partial<TaskLimits>;
  readonly taskMaxima?: Partial<TaskLimits>;
  /** What workers may run beside this very program and configuration, on machines that vouch as its own does. */
  readonly workerPolicies?: readonly Policy[];
}

export interface MeasuredProgram {
  readonly bundle: Bundle;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
}

export interface TaskBounds {
  readonly taskLimits: TaskLimits;
  readonly taskMaxima: TaskLimits;
}

/** A default that is above its maximum is lowered; throws `PlatformError` for one that was named. */
export function taskBounds({
  taskLimits,
  taskMaxima,
}: Pick<MeasuredDecisions, 'taskLimits' | 'taskMaxima'>): TaskBounds {
  const maxima = { ...defaultTaskMaxima, ...checkLimits(taskMaxima ?? {}, taskCeilings) };
  const lowered = {
    timeMs: Math.min(defaultTaskLimits.timeMs, maxima.timeMs),
    cpuMs: Math.min(defaultTaskLimits.cpuMs, maxima.cpuMs),
    memoryMiB: Math.min(defaultTaskLimits.memoryMiB, maxima.memoryMiB),
    outputBytes: Math.min(defaultTaskLimits.outputBytes, maxima.outputBytes),
    logBytes: Math.min(defaultTaskLimits.logBytes, maxima.logBytes),
    files: Math.min(defaultTaskLimits.files, maxima.files),
  };
  const limits = { ...lowered, ...checkLimits(taskLimits ?? {}, maxima) };
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
