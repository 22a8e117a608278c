/** A task as the wire shows it. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type common, type frontend, gaiwan, hasEnded, nameOf, type Subject } from '@gaiwan/protocol';
import { approvedUsers } from '../domain/manifest.ts';
import { mayReadLog } from '../domain/options.ts';
import type { TaskRecord, TaskSlot } from '../domain/records.ts';
import { namesOf } from '../domain/subject.ts';

type GetTaskResponse = MessageInitShape<typeof frontend.GetTaskResponseSchema>;
type TaskReport = MessageInitShape<typeof gaiwan.GetTaskReportResponseSchema>;
type TaskResult = MessageInitShape<typeof common.TaskResultSchema>;

/** Who looks at a task. */
export interface Viewer {
  readonly subject: Subject;
  /** May they see what it computed? */
  readonly results: boolean;
}

/**
 * Always present: clients of Teaclave stumble over an absent one (contract W1). The log is there for its readers only, and nothing
 * for an account that holds a key and did not sign.
 */
export function taskResult(task: TaskRecord, { subject, results }: Viewer): TaskResult {
  const { outcome, resultDeleted } = task;
  if (!results) return {};
  if (!outcome) return resultDeleted ? { result: { case: 'Err', value: { reason: RESULT_DELETED } } } : {};
  if (!outcome.ok) return { result: { case: 'Err', value: { reason: outcome.reason } } };
  const { returnValue, tags } = outcome;
  return { result: { case: 'Ok', value: { returnValue, tagsMap: { ...tags }, log: logFor(task, subject) } } };
}

/** Of one that succeeded: never an empty result in its place. */
const RESULT_DELETED = 'The task succeeded, and the operator keeps its result no longer.';

/** For those who might read the result: by digest and salt a guess at it can be confirmed. */
export const resultDeletedOf = ({ resultDeleted, participants }: TaskRecord, { subject, results }: Viewer) =>
  resultDeleted && results && participants.includes(subject)
    ? {
        resultDeleted: {
          digest: new Uint8Array(Buffer.from(resultDeleted.digest, 'hex')),
          salt: resultDeleted.salt,
          at: BigInt(resultDeleted.at),
        },
      }
    : {};

const logFor = (task: TaskRecord, viewer: Subject): string[] =>
  mayReadLog(task, viewer) ? [...(task.outcome?.log ?? [])] : [];

export function taskReport(task: TaskRecord, viewer: Subject): TaskReport {
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
    inputFaults: inputFaults.map((fault) => ({ ...fault, owners: namesOf(fault.owners) })),
    ...resultDeletedOf(task, { subject: viewer, results: true }),
  };
}

function repeatOutcome(
  { repeat, outcome, resultDeleted }: TaskRecord,
  different: readonly string[],
): gaiwan.RepeatOutcome {
  if (different.length > 0) return gaiwan.RepeatOutcome.DIFFERENT;
  const succeeded = outcome ? outcome.ok : resultDeleted !== undefined;
  return repeat && succeeded ? gaiwan.RepeatOutcome.SAME : gaiwan.RepeatOutcome.UNSPECIFIED;
}

/** Whose approvals there are and do not count: of accounts that are gone, as long as the task has not ended. */
export const voidApprovals = (task: TaskRecord, gone: readonly Subject[]): Subject[] =>
  hasEnded(task.status) ? [] : approvedUsers(task).filter((one) => gone.includes(one));

/** Whose approvals count: of a task that has not ended, none of an account that is gone. */
export const standingApprovals = (task: TaskRecord, gone: readonly Subject[]): string[] =>
  namesOf(
    hasEnded(task.status) ? approvedUsers(task) : approvedUsers(task).filter((one) => !gone.includes(one)),
  );

/** `gone`: participants whose accounts are not there any more. */
export function taskView(task: TaskRecord, viewer: Viewer, gone: readonly Subject[]): GetTaskResponse {
  const owners = (slots: readonly TaskSlot[]) =>
    slots.map(({ name, owners: uids }) => ({ dataName: name, uids: namesOf(uids) }));
  const data = (slots: readonly TaskSlot[]) =>
    slots.flatMap(({ name, data: assigned }) => (assigned ? [{ dataName: name, dataId: assigned.id }] : []));
  return {
    taskId: task.id,
    creator: nameOf(task.creator),
    functionId: task.function.id,
    functionOwner: nameOf(task.function.owner),
    functionArguments: task.arguments,
    inputsOwnership: owners(task.inputs),
    outputsOwnership: owners(task.outputs),
    participants: namesOf(task.participants),
    approvedUsers: standingApprovals(task, gone),
    assignedInputs: data(task.inputs),
    assignedOutputs: data(task.outputs),
    status: task.status,
    result: taskResult(task, viewer),
  };
}
