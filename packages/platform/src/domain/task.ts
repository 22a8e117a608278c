/** A task's way from Created to its end (contract 3.6 to 3.8): pure transitions, or a typed refusal. */
import { createHash } from 'node:crypto';
import { manifestBytes, type TaskManifest } from '@gaiwan/protocol';
import { bindArguments } from './arguments.ts';
import { sameOwners } from './data.ts';
import { executors } from './function.ts';
import { limits } from './limits.ts';
import {
  type DataRecord,
  type FunctionRecord,
  type FunctionSlot,
  type FunctionVersion,
  type Limits,
  type TaskOutcome,
  type TaskRecord,
  type TaskSlot,
  TaskStatus,
} from './records.ts';
import { refuse } from './refusals.ts';

export interface SlotOwners {
  readonly name: string;
  readonly owners: readonly string[];
}

export interface CreateTask {
  readonly id: string;
  readonly creator: string;
  readonly executor: string;
  readonly arguments: string;
  readonly inputs: readonly SlotOwners[];
  readonly outputs: readonly SlotOwners[];
  readonly limits: Limits;
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

export function createTask(
  record: FunctionRecord,
  version: FunctionVersion,
  command: CreateTask,
): TaskRecord {
  if (!executors.includes(command.executor)) {
    throw refuse.conversion(
      'bad-executor',
      `Unsupported executor: ${command.executor.slice(0, 60)}. Use one of ${executors.join(', ')}.`,
    );
  }
  const boundArguments = bindArguments(command.arguments, version.arguments);
  const inputs = declareSlots('input', version.inputs, command.inputs);
  const outputs = declareSlots('output', version.outputs, command.outputs);
  const people = [...inputs, ...outputs].flatMap(({ owners }) => owners);
  return {
    id: command.id,
    creator: command.creator,
    function: {
      id: record.id,
      version: record.version,
      name: version.name,
      executorType: version.executorType,
      owner: record.owner,
    },
    executor: command.executor,
    arguments: boundArguments,
    inputs,
    outputs,
    participants: sorted([...people, command.creator, ...(record.public ? [] : [record.owner])]),
    approvals: [],
    limits: command.limits,
    status: TaskStatus.Created,
    attempt: 0,
  };
}

function declareSlots(
  what: string,
  declared: readonly FunctionSlot[],
  given: readonly SlotOwners[],
): TaskSlot[] {
  const names = given.map(({ name }) => name);
  const known = new Set(declared.map(({ name }) => name));
  const missing = declared
    .filter(({ name, optional }) => !optional && !names.includes(name))
    .map(({ name }) => name);
  const wrong = names.filter((name, index) => !known.has(name) || names.indexOf(name) !== index);
  if (missing.length > 0 || wrong.length > 0 || names.length > limits.listEntries) {
    const parts = [
      ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
      ...(wrong.length > 0 ? [`unknown or twice: ${wrong.join(', ').slice(0, 200)}`] : []),
    ];
    throw refuse.task(
      'slots-mismatch',
      `The ${what}s are not those that the function declares (${parts.join('; ')}).`,
      {
        subjects: [...missing, ...wrong].slice(0, 50),
      },
    );
  }
  return given
    .map(({ name, owners }) => {
      if (owners.length === 0) throw refuse.task('slot-without-owner', `Say who owns the ${what} "${name}".`);
      return { name, owners: sorted(owners) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const assigned = (task: TaskRecord) =>
  [...task.inputs, ...task.outputs].every(({ data }) => data !== undefined);

/** What an invocation would wait for. */
export const missingApprovals = (task: TaskRecord): string[] =>
  task.participants.length === 1 ? [] : task.participants.filter((user) => !task.approvals.includes(user));

function requireParticipant(task: TaskRecord, user: string): void {
  if (!task.participants.includes(user)) {
    throw refuse.denied('not-a-participant', `${user} takes no part in ${task.id}.`, {
      policyId: 'task-participants',
    });
  }
}

export interface Assignment {
  readonly slot: string;
  readonly data: DataRecord;
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
    throw refuse.assign(
      'wrong-state',
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
    throw refuse.assign(
      'wrong-state',
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

function fill(
  slots: readonly TaskSlot[],
  user: string,
  assignments: readonly Assignment[],
  replace: boolean,
): TaskSlot[] {
  const filled = [...slots];
  for (const { slot: name, data } of assignments) {
    const index = filled.findIndex((slot) => slot.name === name);
    const slot = filled[index];
    const deny = (code: string, sentence: string) =>
      refuse.denied(code, sentence, { policyId: 'task-assign-own-data' });
    if (!slot) throw deny('unknown-slot', `The task has no slot "${name.slice(0, 60)}".`);
    if (!data.owners.includes(user)) throw deny('not-the-owner', `${data.id} does not belong to ${user}.`);
    if (!sameOwners(data.owners, slot.owners)) {
      throw deny(
        'owners-mismatch',
        `The slot "${name}" wants data of ${slot.owners.join(', ')}; ${data.id} belongs to ${data.owners.join(', ')}.`,
      );
    }
    if (slot.data && !replace)
      throw deny('slot-taken', `The slot "${name}" has data already: replace it instead.`);
    if (data.id.startsWith('output-') && data.tag) {
      throw refuse.precondition(
        'output-written',
        `${data.id} was written by a task already: register another output.`,
      );
    }
    const tag =
      data.id.startsWith('input-') && data.tag ? { tag: Buffer.from(data.tag).toString('hex') } : {};
    filled[index] = { name, owners: slot.owners, data: { id: data.id, schema: data.crypto.schema, ...tag } };
  }
  return filled;
}

/** The manifest of a task whose slots are all filled. */
export function taskManifest(task: TaskRecord): TaskManifest {
  if (!assigned(task)) {
    const empty = [...task.inputs, ...task.outputs].filter(({ data }) => !data).map(({ name }) => name);
    throw refuse.precondition(
      'data-missing',
      `There is nothing to approve yet: no data in ${empty.join(', ')}.`,
      { subjects: empty },
    );
  }
  const file = ({ name, owners, data }: TaskSlot) => ({
    slot: name,
    owners,
    id: data?.id ?? '',
    schema: data?.schema ?? '',
    ...(data?.tag ? { tag: data.tag } : {}),
  });
  return {
    format: 'gaiwan-task-manifest/1',
    task: task.id,
    creator: task.creator,
    function: { ...task.function },
    executor: task.executor,
    arguments: task.arguments,
    inputs: task.inputs.map(file),
    outputs: task.outputs.map(file),
    participants: task.participants,
    limits: { ...task.limits },
  };
}

export function manifestDigest(task: TaskRecord): { bytes: Uint8Array; digest: Uint8Array } {
  const bytes = manifestBytes(taskManifest(task));
  return { bytes, digest: createHash('sha256').update(bytes).digest() };
}

/** `digest`: what the participant looked at. Without one, whatever the manifest is now (Teaclave's call). */
export function approveTask(task: TaskRecord, user: string, digest?: Uint8Array): TaskRecord {
  const open =
    task.status === TaskStatus.DataAssigned || (task.status === TaskStatus.Created && assigned(task));
  if (!open) {
    const why =
      task.status === TaskStatus.Created ? 'data is missing' : 'it is approved, was invoked or has ended';
    throw refuse.approve('wrong-state', `The task cannot be approved: ${why}.`);
  }
  requireParticipant(task, user);
  if (digest && Buffer.compare(digest, manifestDigest(task).digest) !== 0) {
    throw refuse.approve(
      'manifest-changed',
      'The manifest is not the one that you looked at: look again, then approve its new digest.',
    );
  }
  const next = { ...task, approvals: sorted([...task.approvals, user]) };
  return {
    ...next,
    status: missingApprovals(next).length === 0 ? TaskStatus.Approved : TaskStatus.DataAssigned,
  };
}

/** Everything an invocation wants, quota apart. */
export function invokeTask(task: TaskRecord, user: string): TaskRecord {
  if (task.creator !== user)
    throw refuse.denied('not-the-creator', `Only ${task.creator} can invoke ${task.id}.`, {
      policyId: 'task-creator',
    });
  if (task.status > TaskStatus.Approved)
    throw refuse.invoke('wrong-state', 'The task was invoked already, or has ended.');
  if (!assigned(task)) {
    const empty = [...task.inputs, ...task.outputs].filter(({ data }) => !data).map(({ name }) => name);
    throw refuse.invoke(
      'data-missing',
      `Data is missing in ${empty.join(', ')}: their owners must assign it.`,
      { subjects: empty },
    );
  }
  const missing = missingApprovals(task);
  if (missing.length > 0) {
    throw refuse.invoke(
      'approvals-missing',
      `Not everyone has approved: ${missing.join(', ')} must look at the manifest and approve its digest.`,
      { subjects: missing },
    );
  }
  return { ...task, status: TaskStatus.Staged };
}

/** A worker got the lease. */
export const runTask = (task: TaskRecord): TaskRecord => ({
  ...task,
  status: TaskStatus.Running,
  attempt: task.attempt + 1,
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

export const isEnded = (task: TaskRecord): boolean => task.status >= TaskStatus.Finished;
export const isQueued = (task: TaskRecord): boolean =>
  task.status === TaskStatus.Staged || task.status === TaskStatus.Running;

export function cancelTask(task: TaskRecord): TaskRecord {
  if (isEnded(task)) throw refuse.cancel('wrong-state', 'The task has ended already.');
  const reason = isQueued(task) ? 'Task Canceled by the user' : 'Task canceled';
  return { ...task, status: TaskStatus.Canceled, outcome: { ok: false, reason } };
}
