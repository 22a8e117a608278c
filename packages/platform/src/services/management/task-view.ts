/** A task as the wire shows it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { common, frontend } from '@gaiwan/protocol';
import type { TaskRecord, TaskSlot } from '../../domain/records.ts';
import type { SlotOwners } from '../../domain/task.ts';

type GetTaskResponse = MessageInitShape<typeof frontend.GetTaskResponseSchema>;
type TaskResult = MessageInitShape<typeof common.TaskResultSchema>;

/** Always present: clients of Teaclave stumble over an absent one (contract W1). */
export function taskResult({ outcome }: TaskRecord): TaskResult {
  if (!outcome) return {};
  if (!outcome.ok) return { result: { case: 'Err', value: { reason: outcome.reason } } };
  const { returnValue, tags, log } = outcome;
  return { result: { case: 'Ok', value: { returnValue, tagsMap: { ...tags }, log: [...log] } } };
}

export function taskView(task: TaskRecord): GetTaskResponse {
  const owners = (slots: readonly TaskSlot[]) =>
    slots.map(({ name, owners: uids }) => ({ dataName: name, uids: [...uids] }));
  const data = (slots: readonly TaskSlot[]) =>
    slots.flatMap(({ name, data: assigned }) => (assigned ? [{ dataName: name, dataId: assigned.id }] : []));
  return {
    taskId: task.id,
    creator: task.creator,
    functionId: task.function.id,
    functionOwner: task.function.owner,
    functionArguments: task.arguments,
    inputsOwnership: owners(task.inputs),
    outputsOwnership: owners(task.outputs),
    participants: [...task.participants],
    approvedUsers: [...task.approvals],
    assignedInputs: data(task.inputs),
    assignedOutputs: data(task.outputs),
    status: task.status,
    result: taskResult(task),
  };
}

export const ownerLists = (
  lists: readonly { readonly dataName: string; readonly uids: readonly string[] }[],
): SlotOwners[] => lists.map(({ dataName, uids }) => ({ name: dataName, owners: uids }));
