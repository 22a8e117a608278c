/** A task as the wire shows it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type common, type frontend, gaiwan } from '@gaiwan/protocol';
import { approvedUsers } from '../domain/manifest.ts';
import { mayReadLog } from '../domain/options.ts';
import type { TaskRecord, TaskSlot } from '../domain/records.ts';

type GetTaskResponse = MessageInitShape<typeof frontend.GetTaskResponseSchema>;
type TaskReport = MessageInitShape<typeof gaiwan.GetTaskReportResponseSchema>;
type TaskResult = MessageInitShape<typeof common.TaskResultSchema>;

/** Always present: clients of Teaclave stumble over an absent one (contract W1). The log is there for its readers only. */
export function taskResult(task: TaskRecord, viewer: string): TaskResult {
  const { outcome } = task;
  if (!outcome) return {};
  if (!outcome.ok) return { result: { case: 'Err', value: { reason: outcome.reason } } };
  const { returnValue, tags } = outcome;
  return { result: { case: 'Ok', value: { returnValue, tagsMap: { ...tags }, log: logFor(task, viewer) } } };
}

const logFor = (task: TaskRecord, viewer: string): string[] =>
  mayReadLog(task, viewer) ? [...(task.outcome?.log ?? [])] : [];

export function taskReport(task: TaskRecord, viewer: string): TaskReport {
  const { status, function: fn, executor, runs = [], outcome, inputFaults = [] } = task;
  const different = outcome && !outcome.ok ? [...(outcome.different ?? [])] : [];
  return {
    status,
    executorType: fn.executorType,
    executor,
    runs: runs.map(({ worker, runner, layers }) => ({ worker, runner, layers: [...layers] })),
    repeat: repeatOutcome(task, different),
    different,
    log: logFor(task, viewer),
    inputFaults: inputFaults.map((fault) => ({ ...fault, owners: [...fault.owners] })),
  };
}

function repeatOutcome({ repeat, outcome }: TaskRecord, different: readonly string[]): gaiwan.RepeatOutcome {
  if (different.length > 0) return gaiwan.RepeatOutcome.DIFFERENT;
  return repeat && outcome?.ok ? gaiwan.RepeatOutcome.SAME : gaiwan.RepeatOutcome.UNSPECIFIED;
}

export function taskView(task: TaskRecord, viewer: string): GetTaskResponse {
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
    approvedUsers: approvedUsers(task),
    assignedInputs: data(task.inputs),
    assignedOutputs: data(task.outputs),
    status: task.status,
    result: taskResult(task, viewer),
  };
}
