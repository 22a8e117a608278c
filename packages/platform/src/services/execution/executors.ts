/** A worker's executors: those of the operator's choice that can run here. */
import {
  BuiltinExecutor,
  type Executor,
  javascriptRunner,
  type RunnerSpec,
  SandboxExecutor,
  wasmRunner,
} from '@gaiwan/executors';
import type { ExecutorKind, ExecutorSettings } from './executor-settings.ts';

export interface OpenOptions {
  /** How many tasks each runs at once. */
  readonly slots: number;
  /** Private. */
  readonly folder: string;
  /** Gets why one cannot run here, and what goes wrong with waiting processes. */
  readonly report: (error: unknown) => void;
}

export async function openExecutors(
  { require, ...settings }: ExecutorSettings,
  { slots, folder, report }: OpenOptions,
): Promise<Executor[]> {
  const executors: Executor[] = [new BuiltinExecutor({ slots })];
  for (const [name, runner] of runnersOf(settings)) {
    try {
      // Interpreters are big: the first task of a kind waits for one, the others find them warm.
      const warm = { eager: false };
      const sandbox = { folder, require };
      executors.push(
        await SandboxExecutor.open({ runner: await runner(), slots, warm, sandbox, onTrouble: report }),
      );
    } catch (error) {
      report(new NotRunHere(name, error));
    }
  }
  return executors;
}

/** Tasks that need it go to other workers, or are refused where there is none. */
class NotRunHere extends Error {
  override readonly name = 'NotRunHere';
  constructor(executor: string, cause: unknown) {
    super(
      `${executor} is not run by this worker: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
      },
    );
  }
}

type Named = readonly [name: string, runner: () => RunnerSpec | Promise<RunnerSpec>];

function runnersOf({ kinds, custom }: Omit<ExecutorSettings, 'require'>): Named[] {
  const ours: Partial<Record<ExecutorKind, Named[1]>> = {
    wasm: wasmRunner,
    javascript: javascriptRunner,
  };
  return [
    ...kinds.map((kind) => [kind, ours[kind] ?? missing] as const),
    ...custom.map((spec) => [spec.name, () => spec] as const),
  ];
}

function missing(): never {
  throw new Error('it is not part of this build');
}
