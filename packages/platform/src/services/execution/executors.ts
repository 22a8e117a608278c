/** A worker's executors: those of the operator's choice that can run here. */
import { join } from 'node:path';
import {
  BuiltinExecutor,
  checkLayers,
  cpythonRunner,
  type Executor,
  javascriptRunner,
  KeptSandboxes,
  ONNX_NATIVE_PAIR,
  onnxRunner,
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
  readonly pairs: readonly string[];
  readonly runner: () => RunnerSpec | Promise<RunnerSpec>;
  /** Takes seconds and memory to make: unless the operator has named it, the first task that wants it waits for it. */
  readonly costly?: boolean;
  /** Code and settings of the operator's: what a first sandbox says of them is waited for. */
  readonly brought?: boolean;
}

/** All at once, and each says itself when it is able: a worker does not wait for them. */
export function openExecutors(
  { require, cgroup, freshSandboxes, ...settings }: ExecutorSettings,
  { slots, folder, report }: OpenOptions,
): Executor[] {
  const sandbox: SandboxOptions = { folder, require, ...(cgroup !== undefined && { cgroup }) };
  const kept = freshSandboxes ? undefined : new KeptSandboxes();
  const sandboxed = kindsOf(settings, sandbox).map(({ name, pairs, runner, costly, brought }) => {
    const ahead = settings.ahead || brought === true;
    const open = async () =>
      SandboxExecutor.open({
        runner: await runner(),
        slots,
        warm: { eager: ahead || costly === true },
        sandbox,
        ...(kept && { kept }),
        onTrouble: report,
      });
    return new LazyExecutor({
      name,
      pairs,
      slots,
      ahead: ahead || costly !== true,
      tryLayers: () => checkLayers(sandbox),
      open,
      onTrouble(error) {
        // Tasks that need it go to other workers, or are refused where there is none.
        const why = error instanceof Error ? error.message : String(error);
        const sentence = `${name} is not run by this worker: ${why}`;
        report(new WorkerError('executor-not-run', sentence, { cause: error }));
      },
    });
  });
  for (const executor of sandboxed) void executor.start();
  return [new BuiltinExecutor({ slots }), ...sandboxed];
}

function kindsOf(
  {
    kinds,
    cpython,
    onnxruntime = '',
    custom,
  }: Omit<ExecutorSettings, 'require' | 'cgroup' | 'freshSandboxes'>,
  sandbox: SandboxOptions,
): Kind[] {
  const ours: Readonly<Record<ExecutorKind, Omit<Kind, 'name'>>> = {
    python: {
      pairs: ['python/python', 'python/mesapy'],
      runner: () => pyodideRunner({ folder: join(sandbox.folder, 'pyodide') }),
      costly: true,
    },
    cpython: {
      pairs: ['python/cpython'],
      runner: () => cpythonRunner({ ...cpython, sandbox }),
      brought: true,
    },
    wasm: { pairs: wasmRunner().pairs, runner: wasmRunner },
    javascript: { pairs: javascriptRunner().pairs, runner: javascriptRunner },
    'onnx-native': {
      pairs: [ONNX_NATIVE_PAIR],
      runner: () => onnxRunner({ folder: onnxruntime }),
      brought: true,
    },
  };
  return [
    ...kinds.map((name) => ({ name, ...ours[name] })),
    ...custom.map((spec) => ({ name: spec.name, pairs: spec.pairs, runner: () => spec, brought: true })),
  ];
}
