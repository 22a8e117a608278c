/** One attempt at a task: fetch, decrypt and check, run, encrypt, store. Everything it leaves is in its own folder. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { dictionary } from '@gaiwan/errors';
import {
  type ExecutionResult,
  type Executor,
  ExecutorError,
  HostFault,
  type Leave,
  type Staged,
  type StagingMemory,
} from '@gaiwan/executors';
import { type common, type Digests, differences, type worker as wire } from '@gaiwan/protocol';
import { systemClock } from '../../clock.ts';
import type { ApprovedOutput } from './approved-files.ts';
import type { ApprovedTask } from './approved-task.ts';
import { digestsOf } from './digests.ts';
import { dropped, orDropped } from './grace.ts';
import { type Inputs, stageInputs } from './inputs.ts';
import { type AskIntent, storeOutput } from './outputs.ts';
import { onOwnDisk, outputFault } from './slot-faults.ts';
import { type InputFault, isInputFault, TaskFault } from './task-fault.ts';
import type { Place, TaskFiles } from './task-files.ts';
import { TaskTime } from './task-time.ts';
import { trustDomain } from './trust-domain.ts';

/** Where a task without inputs and outputs would put its files: no such folder is ever made. */
const NO_FILES = 'no-files';

type TaskOutputs = MessageInitShape<typeof common.TaskOutputsSchema>;

export interface AttemptOptions {
  readonly task: ApprovedTask;
  readonly executor: Executor;
  readonly files: TaskFiles;
  /** Where to make the attempt's folder. */
  readonly folder: string;
  readonly intent: AskIntent;
  /** Waits for a slot of the executor. Undefined: it did not come in time, so that another worker may be faster. */
  readonly turn: () => Promise<Leave | undefined>;
  /** The worker's: the attempt gets a task's part of it. */
  readonly memory: StagingMemory;
  /** Gets an attempt that did not end in time, and that nobody waits for any more. */
  readonly onDropped: (working: Promise<unknown>) => void;
  readonly signal: AbortSignal;
  /** Gets what the worker's host did to the run (`HostFault`), which participants are not told in full. */
  readonly report: (error: unknown) => void;
}

/** A lease without a result. */
export interface GivenBack {
  /** Why the attempt is lost, for participants. Absent: the function was not begun, and the attempt does not count. */
  readonly lost?: string;
}

type Ending =
  | { readonly case: 'Ok'; readonly value: TaskOutputs }
  | { readonly case: 'Err'; readonly value: { readonly reason: string } };

export interface AttemptEnd {
  readonly result: { readonly result: Ending };
  /** Where the function was run. */
  readonly report?: MessageInitShape<typeof wire.RunReportSchema>;
  /** Inputs that were not what was approved. */
  readonly inputFaults?: MessageInitShape<typeof wire.SlotFaultSchema>[];
}

/** What is known of a run, also of one that fails. */
interface Run {
  /** Inputs that were left out. */
  leftOut?: readonly InputFault[];
  digests?: Digests;
  /** ms; undefined: not begun. */
  began?: number;
  ended?: number;
  /** Until the executor's slot is given back. */
  leave?: Leave | undefined;
}

interface Means {
  readonly time: TaskTime;
  readonly memory: StagingMemory;
  readonly run: Run;
}

/**
 * Never rejects: what goes wrong is the result, or the attempt is lost. It ends a while after its signal, or after the task's own time, at the
 * latest.
 */
export async function attempt(options: AttemptOptions): Promise<AttemptEnd | GivenBack> {
  const { task, signal, memory, onDropped } = options;
  const run: Run = {};
  const time = new TaskTime(task.manifest.limits, signal);
  const means = { time, run, memory: memory.share() };
  const working = carryOut(options, means).finally(() => {
    time.close();
    means.memory.close();
  });
  const ended = await orDropped(working, time.signal);
  if (ended !== dropped) return ended;
  leaveSlot(run);
  onDropped(working);
  const why = time.exceeded ?? new ExecutorError('canceled', 'The task was cancelled.');
  return end(options, run, { case: 'Err', value: { reason: reasonOf(why) } });
}

function leaveSlot(run: Run): void {
  run.leave?.();
  run.leave = undefined;
}

async function carryOut(options: AttemptOptions, means: Means): Promise<AttemptEnd | GivenBack> {
  const { time, run } = means;
  let folder: string | undefined;
  try {
    if (hasFiles(options.task)) folder = await onOwnDisk(mkdtemp(join(options.folder, 'task-')));
    const outputs = await work(options, folder ?? join(options.folder, NO_FILES), means);
    return outputs ? end(options, run, { case: 'Ok', value: outputs }) : {};
  } catch (thrown) {
    // What time that was up has stopped says no more than that it was stopped.
    const error = time.exceeded ?? thrown;
    if (error instanceof HostFault && !time.signal.aborted) {
      options.report(error);
      return error.code === 'not-started' ? {} : { lost: error.forParticipants };
    }
    const failed = { case: 'Err' as const, value: { reason: reasonOf(error) } };
    const log = thrown instanceof ExecutorError ? thrown.log : [];
    const ended = end(options, run, failed, log);
    if (!isInputFault(error)) return ended;
    const others = (ended.inputFaults ?? []).filter(({ slot }) => slot !== error.input);
    return { ...ended, inputFaults: [...others, slotFault(error, false)] };
  } finally {
    // What stays goes at the worker's next start.
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(options.report);
  }
}

/** Of others, nothing is ever written: making and removing a folder would be a fifth of what a small task costs its worker. */
const hasFiles = ({ inputs, outputs }: ApprovedTask): boolean => inputs.length + outputs.length > 0;

/** `failedLog`: of a function that failed; else the log is in the result. */
function end(
  { task, executor }: AttemptOptions,
  run: Run,
  result: Ending,
  failedLog: readonly string[] = [],
): AttemptEnd {
  const inputFaults = (run.leftOut ?? []).map((fault) => slotFault(fault, true));
  if (run.began === undefined) return { result: { result }, inputFaults };
  const report = {
    runner: executor.name,
    layers: [...executor.layers],
    log: task.keepsLog ? [...failedLog] : [],
    runMs: Math.ceil((run.ended ?? systemClock.monotonic()) - run.began),
    ...(run.digests && {
      digests: { ...run.digests, outputs: dictionary(Object.entries(run.digests.outputs)) },
    }),
  };
  return { result: { result }, report, inputFaults };
}

const slotFault = ({ input, code, message }: InputFault, leftOut: boolean) => ({
  slot: input,
  code,
  reason: message,
  leftOut,
});

/** Undefined where the executor's slot did not come in time. */
async function work(
  options: AttemptOptions,
  folder: string,
  { time, memory, run }: Means,
): Promise<TaskOutputs | undefined> {
  const { task, files } = options;
  const { signal } = time;
  const place = { files, folder, memory, signal };
  const inputs = await stageInputs(task.inputs, place, task.manifest.limits.stagedBytes);
  time.endTransfer();
  run.leftOut = inputs.leftOut;
  run.leave = await options.turn();
  if (!run.leave) return undefined;
  let result: ExecutionResult;
  try {
    run.began = systemClock.monotonic();
    result = await execute(options, inputs, place);
  } finally {
    run.ended = systemClock.monotonic();
    leaveSlot(run);
    time.functionEnded();
  }
  const outputs = createdOutputs(task, result);
  if (task.manifest.repeat) {
    run.digests = await digestsOf(result, signal);
    // The first of two runs releases nothing; nor does a second that made something else.
    if (!task.expected) return {};
    if (differences(task.expected, run.digests).length > 0)
      throw new TaskFault('runs-differ', 'The two runs of the function differ.');
  }
  time.beginTransfer();
  const tagsMap = await storeOutputs(outputs, options.intent, place);
  return { returnValue: result.returnValue, tagsMap, log: task.keepsLog ? [...result.log] : [] };
}

type Created = readonly [ApprovedOutput, Staged];

function createdOutputs({ outputs }: ApprovedTask, result: ExecutionResult): Created[] {
  return outputs.map((file): Created => {
    // A slot may be called "constructor".
    const staged = Object.hasOwn(result.outputs, file.slot) ? result.outputs[file.slot] : undefined;
    if (staged) return [file, staged];
    throw new TaskFault('missing-output', `The function never created the output "${file.slot}".`);
  });
}

/** Gives the tags by slot. */
async function storeOutputs(
  outputs: readonly Created[],
  intent: AskIntent,
  place: Place,
): Promise<Record<string, Uint8Array>> {
  const tags: [string, Uint8Array][] = [];
  for (const [file, staged] of outputs) {
    try {
      tags.push([file.slot, await storeOutput(file, staged, intent, place)]);
    } catch (error) {
      throw outputFault(file, error);
    }
  }
  return dictionary(tags);
}

async function execute(
  { task, executor }: AttemptOptions,
  { staged, leftOut: [late] }: Inputs,
  { folder, memory, signal }: Place,
): Promise<ExecutionResult> {
  const { function: fn, executor: name, arguments: given } = task.manifest;
  // Those of its files are held here, and are no business of the function.
  const { stagedBytes: _staged, transferMs: _transfer, ...limits } = task.manifest.limits;
  try {
    return await executor.run({
      functionName: fn.name,
      executorType: fn.executorType,
      executor: name,
      arguments: given,
      payload: task.payload,
      inputs: staged,
      outputs: task.outputs.map(({ slot }) => slot),
      limits,
      keepLog: task.keepsLog,
      domain: task.manifest.sandboxes === 'kept' ? trustDomain(task.manifest, executor) : undefined,
      folder,
      memory,
      signal,
    });
  } catch (error) {
    throw late && error instanceof ExecutorError && error.code === 'unknown-input' ? late : error;
  }
}

/** The text of these two is made for participants. Of any other error they read its kind: its text may name anything of the host. */
function reasonOf(error: unknown): string {
  if (error instanceof HostFault) return error.forParticipants;
  if (error instanceof ExecutorError || error instanceof TaskFault) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal error';
  return `The worker could not do the task (${code}).`;
}
