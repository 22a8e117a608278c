/** A task's way from Created to its end (contract 3.6 to 3.8): pure transitions, or a typed refusal. */
import { type FunctionDefinition, type TaskLimits, TaskStatus } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { bindArguments } from './arguments.ts';
import { checkExecutor } from './function.ts';
import { manifestDigest, missingUsers } from './manifest.ts';
import { teaclaveLogs } from './options.ts';
import type { FunctionRecord, TaskOutcome, TaskRecord } from './records.ts';
import type { FirstRun } from './repeat.ts';
import { type Assignment, assigned, declareSlots, fill, type SlotOwners, sorted } from './slots.ts';

export interface CreateTask {
  readonly id: string;
  readonly creator: string;
  readonly executor: string;
  readonly arguments: string;
  readonly inputs: readonly SlotOwners[];
  readonly outputs: readonly SlotOwners[];
  readonly limits: TaskLimits;
}

export function createTask(
  record: FunctionRecord,
  definition: FunctionDefinition,
  command: CreateTask,
): TaskRecord {
  checkExecutor(definition.executorType, command.executor);
  const boundArguments = bindArguments(command.arguments, definition.arguments);
  const inputs = declareSlots('input', definition.inputs, command.inputs);
  const outputs = declareSlots('output', definition.outputs, command.outputs);
  const people = [...inputs, ...outputs].flatMap(({ owners }) => owners);
  return {
    id: command.id,
    creator: command.creator,
    function: {
      id: record.id,
      version: record.version,
      name: definition.name,
      executorType: definition.executorType,
      owner: record.owner,
    },
    executor: command.executor,
    arguments: boundArguments,
    inputs,
    outputs,
    participants: sorted([...people, command.creator, ...(record.public ? [] : [record.owner])]),
    approvals: [],
    limits: command.limits,
    logs: teaclaveLogs(boundArguments),
    repeat: false,
    status: TaskStatus.Created,
    attempt: 0,
  };
}

function requireParticipant(task: TaskRecord, user: string): void {
  if (!task.participants.includes(user)) {
    throw refuse('not-a-participant', `${user} takes no part in ${task.id}.`);
  }
}

/** Fills empty slots. */
export function assignData(
  task: TaskRecord,
  user: string,
  inputs: readonly Assignment[],
  outputs: readonly Assignment[],
): TaskRecord {
  requireParticipant(task, user);
  if (task.status !== TaskStatus.Created) {
    throw refuse(
      'not-assignable',
      'Data can be assigned only while slots are empty; to change what is assigned, replace it.',
    );
  }
  const next = {
    ...task,
    inputs: fill(task.inputs, user, inputs, false),
    outputs: fill(task.outputs, user, outputs, false),
  };
  return assigned(next) ? { ...next, status: TaskStatus.DataAssigned } : next;
}

/** Puts other data into slots that are filled; every approval is void. */
export function replaceData(
  task: TaskRecord,
  user: string,
  inputs: readonly Assignment[],
  outputs: readonly Assignment[],
): TaskRecord {
  requireParticipant(task, user);
  if (task.status > TaskStatus.Approved) {
    throw refuse(
      'not-replaceable',
      'The task was invoked or has ended: its data cannot be replaced any more.',
    );
  }
  const next = {
    ...task,
    inputs: fill(task.inputs, user, inputs, true),
    outputs: fill(task.outputs, user, outputs, true),
    approvals: [],
  };
  return { ...next, status: assigned(next) ? TaskStatus.DataAssigned : TaskStatus.Created };
}

/** `digest`: what the participant looked at. Without one, whatever the manifest is now (Teaclave's call). */
export function approveTask(task: TaskRecord, user: string, digest?: Uint8Array): TaskRecord {
  const open =
    task.status === TaskStatus.DataAssigned || (task.status === TaskStatus.Created && assigned(task));
  if (!open) {
    const why =
      task.status === TaskStatus.Created ? 'data is missing' : 'it is approved, was invoked or has ended';
    throw refuse('not-approvable', `The task cannot be approved: ${why}.`);
  }
  requireParticipant(task, user);
  const present = manifestDigest(task);
  if (digest && !present.digest.equals(digest)) {
    throw refuse(
      'manifest-changed',
      'The manifest is not the one that you looked at: look again, then approve its new digest.',
    );
  }
  const others = task.approvals.filter(({ participant }) => participant !== user);
  const approvals = [...others, { participant: user, digest: present.hex }].sort((one, other) =>
    one.participant < other.participant ? -1 : 1,
  );
  const next = { ...task, approvals };
  return {
    ...next,
    status: missingUsers(next, present.hex).length === 0 ? TaskStatus.Approved : TaskStatus.DataAssigned,
  };
}

/** Everything an invocation wants, quota apart. */
export function invokeTask(task: TaskRecord, user: string): TaskRecord {
  if (task.creator !== user) throw refuse('not-the-creator', `Only ${task.creator} can invoke ${task.id}.`);
  if (task.status > TaskStatus.Approved)
    throw refuse('not-invocable', 'The task was invoked already, or has ended.');
  if (!assigned(task)) {
    const empty = [...task.inputs, ...task.outputs].filter(({ data }) => !data).map(({ name }) => name);
    throw refuse('data-missing', `Data is missing in ${empty.join(', ')}: their owners must assign it.`, {
      subjects: empty,
    });
  }
  const { hex: invoked } = manifestDigest(task);
  const missing = missingUsers(task, invoked);
  if (missing.length > 0) {
    throw refuse(
      'approvals-missing',
      `Not everyone has approved: ${missing.join(', ')} must look at the manifest and approve its digest.`,
      { subjects: missing },
    );
  }
  return { ...task, status: TaskStatus.Staged, invoked };
}

/** A worker got the lease. */
export const runTask = (task: TaskRecord): TaskRecord => ({
  ...task,
  status: TaskStatus.Running,
  attempt: task.attempt + 1,
});

/** The first of two runs has ended well: the second is another worker's. */
export const awaitSecondRun = (task: TaskRecord, first: FirstRun): TaskRecord => ({
  ...task,
  status: TaskStatus.Staged,
  attempt: 0,
  first,
});

/** The worker's answer, good or bad: both are `Finished`. */
export const finishTask = (task: TaskRecord, outcome: TaskOutcome): TaskRecord => ({
  ...task,
  status: TaskStatus.Finished,
  outcome,
});

/** No worker could bring it to an end. */
export const failTask = (task: TaskRecord, reason: string): TaskRecord => ({
  ...task,
  status: TaskStatus.Failed,
  outcome: { ok: false, reason },
});

/** The lease is over without a result. */
export const requeueTask = (task: TaskRecord, attempt: number): TaskRecord => ({
  ...task,
  attempt,
  status: TaskStatus.Staged,
});

/** "<executor_type>/<executor>": what a worker must be able to run. */
export const pairOf = (task: TaskRecord): string => `${task.function.executorType}/${task.executor}`;

export const isEnded = (task: TaskRecord): boolean => task.status >= TaskStatus.Finished;
export const isQueued = (task: TaskRecord): boolean =>
  task.status === TaskStatus.Staged || task.status === TaskStatus.Running;

export function cancelTask(task: TaskRecord): TaskRecord {
  if (isEnded(task)) throw refuse('not-cancelable', 'The task has ended already.');
  const reason = isQueued(task) ? 'Task Canceled by the user' : 'Task canceled';
  return { ...task, status: TaskStatus.Canceled, outcome: { ok: false, reason } };
}
