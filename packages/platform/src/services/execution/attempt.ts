/** One attempt at a task: fetch, decrypt and check, run, encrypt, store. Everything it leaves is in its own folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type ExecutionResult, type Executor, ExecutorError, type Leave } from '@gaiwan/executors';
import { FilesError } from '@gaiwan/files';
import type { common, worker as wire } from '@gaiwan/protocol';
import { digestsOf, type RunDigests, sameDigests } from './digests.ts';
import { TaskFault } from './fault.ts';
import { type Inputs, stageInputs } from './inputs.ts';
import { type AskIntent, storeOutput } from './outputs.ts';
import type { PlatformFiles } from './platform-files.ts';
import { inSlot, type Lease } from './slot-file.ts';

type TaskOutputs = MessageInitShape<typeof common.TaskOutputsSchema>;

export interface AttemptOptions {
  readonly lease: Lease;
  readonly executor: Executor;
  readonly files: PlatformFiles;
  /** Where to make the attempt's folder. */
  readonly folder: string;
  readonly intent: AskIntent;
  /** Waits for a slot of the executor. Undefined: it did not come in time, so that another worker may be faster. */
  readonly turn: () => Promise<Leave | undefined>;
  readonly signal: AbortSignal;
}

type Ending =
  | { readonly case: 'Ok'; readonly value: TaskOutputs }
  | { readonly case: 'Err'; readonly value: { readonly reason: string } };

export interface AttemptEnd {
  readonly result: { readonly result: Ending };
  /** Where the function was run. */
  readonly report?: MessageInitShape<typeof wire.RunReportSchema>;
}

/** What is known of a run, also of one that fails. */
interface Run {
  digests?: RunDigests;
  /** ms; undefined: not begun. */
  began?: number;
  ended?: number;
}

/** The task was not begun. */
class GivenBack extends Error {}

const MISSING_INPUT = 'Invalid input file identifier.';

/** Never rejects: what goes wrong is the result. Undefined where the lease is to be given back. */
export async function attempt(options: AttemptOptions): Promise<AttemptEnd | undefined> {
  const { lease, executor } = options;
  const run: Run = {};
  let folder: string | undefined;
  const end = (result: Ending, log: readonly string[] = []): AttemptEnd => {
    if (run.began === undefined) return { result: { result } };
    const report = {
      runner: executor.name,
      layers: [...executor.layers],
      log: lease.keepLog ? [...log] : [],
      runMs: Math.ceil((run.ended ?? performance.now()) - run.began),
      ...(run.digests && { digests: run.digests }),
    };
    return { result: { result }, report };
  };
  try {
    folder = await mkdtemp(join(options.folder, 'task-'));
    return end({ case: 'Ok', value: await work(options, folder, run) });
  } catch (error) {
    if (error instanceof GivenBack) return undefined;
    const log = error instanceof ExecutorError ? error.log : [];
    return end({ case: 'Err', value: { reason: reasonOf(error) } }, log);
  } finally {
    for (const { crypto } of [...lease.inputs, ...lease.outputs]) crypto?.key.fill(0);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function work(options: AttemptOptions, folder: string, run: Run): Promise<TaskOutputs> {
  const { lease, files, intent, signal } = options;
  const inputs = await stageInputs(lease, files, folder, signal);
  const leave = await options.turn();
  if (!leave) throw new GivenBack();
  let result: ExecutionResult;
  try {
    run.began = performance.now();
    result = await execute(options, inputs, folder);
  } finally {
    run.ended = performance.now();
    leave();
  }
  const outputs = lease.outputs.map((file) => {
    const staged = result.outputs[file.slot];
    if (!staged) throw new TaskFault(`The function never created the output "${file.slot}".`);
    return { file, staged };
  });
  if (lease.repeat) {
    run.digests = await digestsOf(result, signal);
    const { expected } = lease.repeat;
    // The first of two runs releases nothing; nor does a second that made something else.
    if (!expected) return {};
    if (!sameDigests(expected, run.digests)) throw new TaskFault('The two runs of the function differ.');
  }
  const tagsMap: Record<string, Uint8Array> = {};
  for (const { file, staged } of outputs) {
    try {
      tagsMap[file.slot] = await storeOutput(file, staged, lease, files, intent, folder, signal);
    } catch (error) {
      throw inSlot('output', file, error);
    }
  }
  return { returnValue: result.returnValue, tagsMap, log: lease.keepLog ? [...result.log] : [] };
}

async function execute(
  { lease, executor, signal }: AttemptOptions,
  { staged, late }: Inputs,
  folder: string,
): Promise<ExecutionResult> {
  const { functionName, executorType, executor: name, payload, limits, keepLog } = lease;
  if (!limits) throw new TaskFault('The lease has no limits.');
  try {
    return await executor.run({
      functionName,
      executorType,
      executor: name,
      arguments: lease.arguments,
      payload,
      inputs: staged,
      outputs: lease.outputs.map(({ slot }) => slot),
      limits: {
        timeMs: limits.timeMs,
        cpuMs: limits.cpuMs,
        memoryMiB: limits.memoryMib,
        outputBytes: Number(limits.outputBytes),
        logBytes: limits.logBytes,
        files: limits.files,
      },
      keepLog,
      folder,
      signal,
    });
  } catch (error) {
    throw late && error instanceof ExecutorError && error.message === MISSING_INPUT ? late : error;
  }
}

/** Reasons that people may read; of anything else only its kind. */
function reasonOf(error: unknown): string {
  if (error instanceof ExecutorError || error instanceof TaskFault || error instanceof FilesError)
    return error.message;
  const code = (error as NodeJS.ErrnoException).code;
  return `The worker could not do the task (${code ?? 'internal error'}).`;
}
