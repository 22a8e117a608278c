/** What each operation on a task is given, and what it changes apart from the state. */
import {
  type Approval,
  type ApprovalSignature,
  type FunctionDefinition,
  nameOf,
  type SandboxUse,
  type Subject,
  sortSubjects,
  type TaskLimits,
} from '@gaiwan/protocol';
import {
  type AgreementRecord,
  type AskedOptions,
  type Assignment,
  bindArguments,
  changeOptions,
  checkDeclineReason,
  checkExecutor,
  declareSlots,
  type FirstRun,
  type FunctionRecord,
  fillSlots,
  isCodeHidden,
  isQueued,
  manifestDigest,
  pairOf,
  type SlotOwners,
  type Stateless,
  type TaskOutcome,
  type TaskRecord,
  teaclaveLogs,
  withAgreement,
} from '../../domain/index.ts';
import { type By, type Obstacles, obstacleSentence, withoutNative } from './guards.ts';

export interface CreateTask extends By {
  readonly id: string;
  /** The one that there is now. */
  readonly epoch: number;
  readonly function: FunctionRecord;
  readonly definition: FunctionDefinition;
  readonly executor: string;
  /** JSON text. */
  readonly arguments: string;
  readonly inputs: readonly SlotOwners[];
  readonly outputs: readonly SlotOwners[];
  readonly limits: TaskLimits;
  readonly sandboxes?: SandboxUse | undefined;
}

export interface GiveData extends By {
  readonly inputs: readonly Assignment[];
  readonly outputs: readonly Assignment[];
}

export interface SetOptions extends By {
  readonly options: AskedOptions;
  /** What the operator allows at most. */
  readonly maxima: TaskLimits;
}

export interface ApproveTask extends By {
  /** SHA-256 of the manifest that the participant looked at; without one, whatever the manifest is now. */
  readonly digest?: Uint8Array;
  /** Does the participant want that all have keys? */
  readonly requireKeys?: boolean;
  /** Of a participant with a key: over this very digest. */
  readonly signature?: ApprovalSignature;
}

export interface ApplyAgreement extends By {
  readonly agreement: AgreementRecord;
  /** ms since the epoch. */
  readonly now: number;
  /** What the agreement puts into slots that are empty. */
  readonly inputs: readonly Assignment[];
}

export interface InvokeTask extends By {
  /** Of a task that is approved by an agreement: as it is now. */
  readonly agreement?: AgreementRecord | undefined;
  /** ms since the epoch. */
  readonly now?: number;
  /** The one that there is now. */
  readonly epoch: number;
  readonly function: FunctionRecord;
  /** Invocations of the function so far. */
  readonly used: number;
  /** Participants whose accounts are gone. */
  readonly gone: readonly Subject[];
  /** Does a participant want that all have keys? */
  readonly requireKeys?: boolean;
  /** Ids of its outputs that another task has written, or is to write. */
  readonly takenOutputs: readonly string[];
  /** Are there two workers that can run it? */
  readonly twoWorkers: boolean;
  /** Is there a worker that can run it, now or soon? */
  readonly offered: boolean;
  /** Whose share of the workers it will use. */
  readonly share: readonly string[];
}

export interface DeclineTask extends By {
  /** In the participant's own words. */
  readonly reason: string;
}

export function createdTask(_before: undefined, command: CreateTask): Stateless {
  const { id, epoch, by: creator, function: record, definition, executor, limits, sandboxes } = command;
  checkExecutor(definition, executor);
  const bound = bindArguments(command.arguments, definition.arguments);
  const inputs = declareSlots('input', definition.inputs, command.inputs);
  const outputs = declareSlots('output', definition.outputs, command.outputs);
  const owners = [...inputs, ...outputs].flatMap((slot) => slot.owners);
  return {
    id,
    epoch,
    creator,
    function: {
      id: record.id,
      version: record.version,
      name: definition.name,
      executorType: definition.executorType,
      owner: record.owner,
    },
    codeHidden: isCodeHidden(record),
    executor,
    arguments: bound,
    inputs,
    outputs,
    participants: sortSubjects([...owners, creator, ...(record.public ? [] : [record.owner])]),
    approvals: [],
    limits,
    logs: teaclaveLogs(bound),
    repeat: false,
    ...(sandboxes && { sandboxes }),
    attempt: 0,
  };
}

/** Fills empty slots. */
export const withData = (task: TaskRecord, { by, inputs, outputs }: GiveData): Stateless => ({
  ...task,
  inputs: fillSlots(task.inputs, by, inputs),
  outputs: fillSlots(task.outputs, by, outputs),
});

/** Puts other data into slots; every approval is void. */
export const withOtherData = (task: TaskRecord, { by, inputs, outputs }: GiveData): Stateless => ({
  ...withoutAgreement(task),
  inputs: fillSlots(task.inputs, by, inputs, { replace: true }),
  outputs: fillSlots(task.outputs, by, outputs, { replace: true }),
  approvals: [],
});

/** Every approval is void, as when data is replaced. */
export const withOptions = (task: TaskRecord, { options, maxima }: SetOptions): Stateless => ({
  ...withoutAgreement(task),
  ...changeOptions(task, options, maxima),
  approvals: [],
});

/** An agreement approves the task that it was applied to, and no other. */
export function withoutAgreement(task: TaskRecord): TaskRecord {
  const { agreement: _, ...others } = task;
  return others;
}

/** Approved by an agreement that stands, for all of its participants. */
export function underAgreement(task: TaskRecord, { agreement, inputs }: ApplyAgreement): Stateless {
  // Its owners have agreed to it: the slot's owners are the data's, or it is refused.
  const filled = inputs.reduce<Stateless['inputs']>(
    (slots, { data, slot }) => fillSlots(slots, data.owners[0] ?? task.creator, [{ slot, data }]),
    task.inputs,
  );
  const named = withAgreement({ ...task, inputs: filled, approvals: [] }, agreement);
  const { hex: digest } = manifestDigest(named);
  const approvals = named.participants.map((participant) => {
    const signature = agreement.approvals.find((one) => one.participant === participant)?.signature;
    return { participant, digest, ...(signature && { signature }) };
  });
  return { ...named, approvals };
}

/** Of the present manifest: `sameManifest` has looked at the digest that came with the call. */
export function withApproval(task: TaskRecord, { by, signature }: ApproveTask): Stateless {
  const { hex: digest } = manifestDigest(task);
  const others = task.approvals.filter(({ participant }) => participant !== by);
  const approval: Approval = { participant: by, digest, ...(signature && { signature }) };
  const approvals = [...others, approval].sort((one, other) =>
    one.participant < other.participant ? -1 : 1,
  );
  return { ...task, approvals };
}

/** What is invoked is one manifest. */
export const withInvocation = (task: TaskRecord, { share }: InvokeTask): Stateless => ({
  ...task,
  invoked: manifestDigest(task).hex,
  share,
});

export const withNextAttempt = (task: TaskRecord): Stateless => ({ ...task, attempt: task.attempt + 1 });

/** The attempts of the second run are counted anew. */
export const withFirstRun = (task: TaskRecord, { first }: { readonly first: FirstRun }): Stateless => ({
  ...task,
  attempt: 0,
  first,
});

/** An attempt that does not count never was. */
export const withFormerAttempt = (task: TaskRecord, { counts }: { readonly counts: boolean }): Stateless => ({
  ...task,
  attempt: counts ? task.attempt : task.attempt - 1,
});

/** The worker's answer, good or bad. */
export const withOutcome = (task: TaskRecord, { outcome }: { readonly outcome: TaskOutcome }): Stateless => ({
  ...task,
  outcome,
});

const failed = (task: TaskRecord, reason: string): Stateless => ({ ...task, outcome: { ok: false, reason } });

/** What the worker says of its last attempt; where it has gone with it, Teaclave's word for that. */
export const withLastAttemptLost = (
  task: TaskRecord,
  { reason = 'Runtime Error: Executor Timeout' }: { readonly reason?: string },
): Stateless => failed(task, reason);

export const withCancellation = (task: TaskRecord): Stateless =>
  failed(task, isQueued(task) ? 'Task Canceled by the user' : 'Task canceled');

/** Everybody in the task reads the reason. */
export function withDecline(task: TaskRecord, { by, reason: given }: DeclineTask): Stateless {
  const reason = checkDeclineReason(given);
  return { ...failed(task, `${nameOf(by)} declined the task: ${reason}`), declined: { by, reason } };
}

/** It was invoked, and may not run any more: the reason says who or what is gone. */
export const withObstacle = (task: TaskRecord, obstacles: Obstacles): Stateless =>
  failed(task, obstacleSentence(obstacles) ?? 'The task may not run.');

/** No worker can run it: the answer is Teaclave's, and of an executor that Teaclave has not, what to do. */
export function withoutWorker(task: TaskRecord): Stateless {
  const pair = `(${pairOf(task).replace('/', ', ')})`;
  return failed(
    task,
    task.first
      ? `The task is to run on two different workers, and only one can run ${pair}.`
      : `function not available: ${pair}${withoutNative(task) ?? ''}`,
  );
}
