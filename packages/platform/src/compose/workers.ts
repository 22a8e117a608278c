/** The worker processes of a platform. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { MachineSettings } from '@gaiwan/enclave';
import { type ExecutorOptions, executorSettings } from '../services/execution/executor-settings.ts';
import { WorkerProcesses } from './worker-processes.ts';

export interface WorkersOptions {
  readonly ids: readonly string[];
  /** Where they reach the platform. */
  readonly socket: string;
  readonly machine: MachineSettings;
  readonly program: string;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
  /** The data folder. */
  readonly data: string;
  /** Threads of each. */
  readonly slots?: number;
  readonly executors: ExecutorOptions;
  readonly report: (error: unknown) => void;
}

/** `parts`: gets the processes and their folder. */
export async function startWorkers(
  options: WorkersOptions,
  parts: AsyncDisposableStack,
): Promise<WorkerProcesses> {
  const { ids, socket, machine, program, configuration, data, executors, report } = options;
  const folder = join(data, 'work');
  await rm(folder, { recursive: true, force: true });
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const each = {
    socket,
    machine,
    program,
    configuration,
    slots: options.slots ?? Math.max(1, availableParallelism() - 1),
    executors: executorSettings(executors),
  };
  const settings = ids.map((id, index) => ({ id, ...each, folder: join(folder, String(index)) }));
  const workers = new WorkerProcesses(settings, report);
  parts.defer(() => workers.close());
  return workers;
}
