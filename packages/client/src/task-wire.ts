/** Between the wire's messages and plain values. */
import type { common, frontend } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import type { Assignment, Slots, Task, TaskOutcome } from './task-types.ts';

export function outcomeOf(result: common.TaskResult | undefined): TaskOutcome | undefined {
  switch (result?.result.case) {
    case 'Ok': {
      const { returnValue, tagsMap, log } = result.result.value;
      return { ok: true, returnValue, tags: tagsMap, log };
    }
    case 'Err':
      return { ok: false, reason: result.result.value.reason };
    default:
      return undefined;
  }
}

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

export function ownerLists(slots: Slots<readonly string[]> = {}) {
  return Object.entries(slots).map(([dataName, uids]) => ({ dataName, uids: [...uids] }));
}

export function dataMaps({ inputs = {}, outputs = {} }: Assignment) {
  return { inputs: mapsOf(inputs), outputs: mapsOf(outputs) };
}

function mapsOf(slots: Slots<string>) {
  return Object.entries(slots).map(([dataName, dataId]) => ({ dataName, dataId }));
}

/** JSON text of the arguments. Throws `GaiwanError` (bad-arguments) for text that is no JSON object. */
export function argumentsText(value: Readonly<Record<string, unknown>> | string = {}): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return value;
  } catch {
    // Said below.
  }
  throw new GaiwanError('bad-arguments', 'The arguments must be a JSON object, e.g. {"num_user": 3}.');
}

function ownersOf(lists: readonly frontend.OwnerList[]): Slots<readonly string[]> {
  return Object.fromEntries(lists.map(({ dataName, uids }) => [dataName, uids]));
}

function idsOf(maps: readonly frontend.DataMap[]): Slots<string> {
  return Object.fromEntries(maps.map(({ dataName, dataId }) => [dataName, dataId]));
}
