/** The worker processes of a platform. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { MachineSettings } from '@gaiwan/enclave';
import type { PlatformSettings } from './measured.ts';
import { WorkerProcesses } from './worker-processes.ts';

export interface WorkersOptions {
  readonly ids: readonly string[];
  /** Where they reach the platform. */
  readonly socket: string;
  readonly machine: MachineSettings;
  readonly program: string;
  /** What the operator decided. */
  readonly settings: PlatformSettings;
  /** The data folder. */
  readonly data: string;
  /** Threads of each. */
  readonly slots?: number;
  readonly report: (error: unknown) => void;
  /** Gets the id of a worker whose process has ended; another is started. */
  readonly ended: (id: string) => void;
}

/** `parts`: gets the processes and their folder. */
export async function startWorkers(
  options: WorkersOptions,
  parts: AsyncDisposableStack,
): Promise<WorkerProcesses> {
  const { ids, socket, machine, program, settings, data, report, ended } = options;
  const folder = join(data, 'work');
  await rm(folder, { recursive: true, force: true });
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const each = {
    socket,
    machine,
    program,
    settings,
    slots: options.slots ?? Math.max(1, availableParallelism() - 1),
  };
  const all = ids.map((id, index) => ({ id, ...each, folder: join(folder, String(index)) }));
  const workers = new WorkerProcesses(all, { report, ended });
  parts.defer(() => workers.close());
  return workers;
}
