/** Between the wire's messages and plain values. */
import { dictionary } from '@gaiwan/errors';
import {
  ArgumentsTextError,
  type common,
  type frontend,
  type gaiwan,
  readArguments,
  type TaskLimits,
  type TaskOptions,
  valueText,
} from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import type { Assignment, ResultDeleted, Slots, Task, TaskOutcome, TaskReport } from './task-types.ts';

export function outcomeOf(result: common.TaskResult | undefined): TaskOutcome | undefined {
  switch (result?.result.case) {
    case 'Ok': {
      const { returnValue, tagsMap, log } = result.result.value;
      return { ok: true, returnValue, tags: dictionary(Object.entries(tagsMap)), log };
    }
    case 'Err':
      return { ok: false, reason: result.result.value.reason };
    default:
      return undefined;
  }
}

export const resultDeletedOf = ({
  resultDeleted,
}: Pick<gaiwan.WatchTaskResponse, 'resultDeleted'>): { readonly resultDeleted?: ResultDeleted } =>
  resultDeleted
    ? {
        resultDeleted: {
          digest: resultDeleted.digest,
          salt: resultDeleted.salt,
          at: new Date(Number(resultDeleted.at)),
        },
      }
    : {};

export function taskOf(task: frontend.GetTaskResponse): Task {
  return {
    taskId: task.taskId,
    creator: task.creator,
    functionId: task.functionId,
    functionOwner: task.functionOwner,
    arguments: task.functionArguments,
    inputs: ownersOf(task.inputsOwnership),
    outputs: ownersOf(task.outputsOwnership),
    participants: task.participants,
    approvedUsers: task.approvedUsers,
    assigned: { inputs: idsOf(task.assignedInputs), outputs: idsOf(task.assignedOutputs) },
    status: task.status,
    outcome: outcomeOf(task.result),
  };
}

export function reportOf(answer: gaiwan.GetTaskReportResponse): TaskReport {
  const { status, executorType, executor, runs, repeat, different, log, inputFaults } = answer;
  const ends = { 0: undefined, 1: 'same', 2: 'different' } as const;
  return {
    status,
    executorType,
    executor,
    runs: runs.map(({ worker, runner, layers }) => ({ worker, runner, layers })),
    repeat: ends[repeat],
    different,
    log,
    inputFaults: inputFaults.map(({ slot, dataId, owners, code, reason, leftOut }) => ({
      slot,
      dataId,
      owners,
      code,
      reason,
      leftOut,
    })),
    ...resultDeletedOf(answer),
  };
}

/** Of `SetTaskOptions`. */
export function optionsMessage({ limits, logs, repeat, priority }: TaskOptions) {
  return {
    ...(limits && { limits: limitsMessage(limits) }),
    ...(logs && { logs: { readers: [...logs] } }),
    ...(repeat !== undefined && { repeat }),
    ...(priority !== undefined && { priority }),
  };
}

/** Throws `GaiwanError` (bad-limit) for what is no whole number. */
function limitsMessage({ memoryMiB: memoryMib, ...others }: Partial<TaskLimits>) {
  const named = Object.entries({ ...others, memoryMib }).filter(([, value]) => value !== undefined);
  return dictionary(named.map(([name, value]) => [name, whole(name, value)] as const));
}

function whole(name: string, value: number | undefined): bigint {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return BigInt(Number(value));
  throw new GaiwanError('bad-limit', `The limit ${name} is ${value}: give a whole number, not below 0.`);
}

export function ownerLists(slots: Slots<readonly string[]> = {}) {
  return Object.entries(slots).map(([dataName, uids]) => ({ dataName, uids: [...uids] }));
}

export function dataMaps({ inputs = {}, outputs = {} }: Assignment) {
  return { inputs: mapsOf(inputs), outputs: mapsOf(outputs) };
}

function mapsOf(slots: Slots<string>) {
  return Object.entries(slots).map(([dataName, dataId]) => ({ dataName, dataId }));
}

/** JSON text of the arguments: text as it is. Throws `GaiwanError` (bad-arguments) for what a function could not get as it is. */
export function argumentsText(value: Readonly<Record<string, unknown>> | string = {}): string {
  try {
    const text = typeof value === 'string' ? value : valueText(value);
    readArguments(text);
    return text;
  } catch (cause) {
    if (!(cause instanceof ArgumentsTextError)) throw cause;
    throw new GaiwanError(
      'bad-arguments',
      `The arguments must be a JSON object, e.g. {"num_user": 3}: ${cause.message}.`,
      { cause, subjects: cause.member === '' ? [] : [cause.member] },
    );
  }
}

function ownersOf(lists: readonly frontend.OwnerList[]): Slots<readonly string[]> {
  return dictionary(lists.map(({ dataName, uids }) => [dataName, uids]));
}

function idsOf(maps: readonly frontend.DataMap[]): Slots<string> {
  return dictionary(maps.map(({ dataName, dataId }) => [dataName, dataId]));
}
