/** The measurements of what runs: the program with all that it depends on, and the operator's decisions. */
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
  type ExecutorSettings,
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
  /** SHA-256 of `decisions`, hexadecimal. */
  readonly configuration: string;
  /** What was measured of the configuration, as plain values. */
  readonly decisions: object;
}

export interface TaskBounds {
  readonly taskLimits: TaskLimits;
  readonly taskMaxima: TaskLimits;
}

/** A default that is above its maximum is lowered; throws `PlatformError` for one that was named. */
function taskBounds({
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
    stagedBytes: Math.min(defaultTaskLimits.stagedBytes, maxima.stagedBytes),
    transferMs: Math.min(defaultTaskLimits.transferMs, maxima.transferMs),
  };
  const limits = { ...lowered, ...checkLimits(taskLimits ?? {}, maxima) };
  return { taskLimits: limits, taskMaxima: maxima };
}

/** `decisions`: the operator's settings of a service of this program. Rejects with `MeasureError` where a part of it is missing. */
export async function measureService(
  program: string,
  machine: MachineSettings | undefined,
  decisions: object,
): Promise<MeasuredProgram> {
  const all = { node: process.version, ...keysConfiguration(machine), ...decisions };
  return { bundle: await measureBundle(program), configuration: measureConfiguration(all), decisions: all };
}

/** What the operator decided, with defaults: plain values, which workers get as JSON and measure themselves. */
export interface PlatformSettings extends TaskBounds {
  /** Origins that external URLs may have: sorted. */
  readonly allowUrls: readonly string[];
  readonly workerPolicies: readonly Policy[];
  readonly executors: ExecutorSettings;
}

/** Throws `PlatformError` for bad settings. */
export function platformSettings({
  allowUrls = [],
  workerPolicies = [],
  ...others
}: MeasuredDecisions): PlatformSettings {
  return {
    allowUrls: [...new Set(allowUrls)].sort(),
    ...taskBounds(others),
    workerPolicies,
    executors: executorSettings(others),
  };
}

/** Rejects with `MeasureError` where a part of the installation is missing. */
export const measureSettings = (
  program: string,
  machine: MachineSettings | undefined,
  settings: PlatformSettings,
): Promise<MeasuredProgram> =>
  measureService(program, machine, { ...settings, executors: measuredExecutors(settings.executors) });

/** Rejects with `MeasureError` where a part of the installation is missing, and with `PlatformError` for bad settings. */
export const measurePlatform = async ({
  program,
  machine,
  ...decisions
}: MeasuredConfiguration): Promise<MeasuredProgram> =>
  measureSettings(program, machine, platformSettings(decisions));
