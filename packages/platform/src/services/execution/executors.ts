/** A worker's executors: those of the operator's choice that can run here. */
import { join } from 'node:path';
import {
  BuiltinExecutor,
  checkLayers,
  cpythonRunner,
  type Executor,
  javascriptRunner,
  pyodideRunner,
  type RunnerSpec,
  SandboxExecutor,
  type SandboxOptions,
  wasmRunner,
} from '@gaiwan/executors';
import type { ExecutorKind, ExecutorSettings } from './executor-settings.ts';
import { LazyExecutor } from './lazy-executor.ts';
import { WorkerError } from './worker-error.ts';

export interface OpenOptions {
  /** How many tasks each runs at once. */
  readonly slots: number;
  /** Private. */
  readonly folder: string;
  /** Gets why one cannot run here, and what goes wrong with waiting processes. */
  readonly report: (error: unknown) => void;
}

interface Kind {
  readonly name: string;
  readonly runner: () => RunnerSpec | Promise<RunnerSpec>;
  /** Of one that takes seconds to make: it is made when the first task wants it. */
  readonly costly?: readonly string[];
}

export async function openExecutors(
  { require, cgroup, ...settings }: ExecutorSettings,
  { slots, folder, report }: OpenOptions,
): Promise<Executor[]> {
  const sandbox: SandboxOptions = { folder, require, ...(cgroup !== undefined && { cgroup }) };
  // Interpreters are big: unless the operator has named them, the first task of a kind waits for one.
  const open = async (runner: Kind['runner'], eager: boolean) =>
    SandboxExecutor.open({ runner: await runner(), slots, warm: { eager }, sandbox, onTrouble: report });
  const executors: Executor[] = [new BuiltinExecutor({ slots })];
  for (const { name, runner, costly } of kindsOf(settings, sandbox)) {
    try {
      if (costly) {
        const layers = await checkLayers(sandbox);
        const lazy = new LazyExecutor({ name, pairs: costly, slots, layers, open: () => open(runner, true) });
        if (settings.ahead) lazy.prepare().catch(report);
        executors.push(lazy);
      } else {
        executors.push(await open(runner, settings.ahead));
      }
    } catch (error) {
      // Tasks that need it go to other workers, or are refused where there is none.
      const why = error instanceof Error ? error.message : String(error);
      report(
        new WorkerError('executor-not-run', `${name} is not run by this worker: ${why}`, { cause: error }),
      );
    }
  }
  return executors;
}

function kindsOf(
  { kinds, cpython, custom }: Omit<ExecutorSettings, 'require' | 'cgroup'>,
  sandbox: SandboxOptions,
): Kind[] {
  const ours: Readonly<Record<ExecutorKind, Omit<Kind, 'name'>>> = {
    python: {
      runner: () => pyodideRunner({ folder: join(sandbox.folder, 'pyodide') }),
      costly: ['python/python', 'python/mesapy'],
    },
    cpython: { runner: () => cpythonRunner({ ...cpython, sandbox }) },
    wasm: { runner: wasmRunner },
    javascript: { runner: javascriptRunner },
  };
  return [
    ...kinds.map((name) => ({ name, ...ours[name] })),
    ...custom.map((spec) => ({ name: spec.name, runner: () => spec })),
  ];
}
