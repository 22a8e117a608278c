/** What each operation on a task is given, and what it changes apart from the state. */
import {
  type Assignment,
  bindArguments,
  changeOptions,
  checkExecutor,
  declareSlots,
  type FirstRun,
  type FunctionRecord,
  type FunctionVersion,
  fillSlots,
  isQueued,
  type Limits,
  pairOf,
  type SlotOwners,
  sortNames,
  type TaskOptions,
  type TaskOutcome,
  type TaskRecord,
  teaclaveLogs,
} from '../../domain/index.ts';
import type { By } from './guards.ts';

/** A task whose state the table decides. */
export type Stateless = Omit<TaskRecord, 'status'>;

export interface CreateTask extends By {
  readonly id: string;
  readonly function: FunctionRecord;
  readonly version: FunctionVersion;
  readonly executor: string;
  /** JSON text. */
  readonly arguments: string;
  readonly inputs: readonly SlotOwners[];
  readonly outputs: readonly SlotOwners[];
  readonly limits: Limits;
}

export interface GiveData extends By {
  readonly inputs: readonly Assignment[];
  readonly outputs: readonly Assignment[];
}

export interface SetOptions extends By {
  readonly options: TaskOptions;
  /** What the operator allows at most. */
  readonly maxima: Limits;
}

export interface ApproveTask extends By {
  /** SHA-256 of the manifest that the participant looked at; without one, whatever the manifest is now. */
  readonly digest?: Uint8Array;
}

export interface InvokeTask extends By {
  readonly function: FunctionRecord;
  /** Invocations of the function so far. */
  readonly used: number;
  /** Are there two workers that can run it? */
  readonly twoWorkers: boolean;
}

export function createdTask(_before: undefined, command: CreateTask): Stateless {
  const { id, by: creator, function: record, version, executor, limits } = command;
  checkExecutor(version.executorType, executor);
  const bound = bindArguments(command.arguments, version.arguments);
  const inputs = declareSlots('input', version.inputs, command.inputs);
  const outputs = declareSlots('output', version.outputs, command.outputs);
  const owners = [...inputs, ...outputs].flatMap((slot) => slot.owners);
  return {
    id,
    creator,
    function: {
      id: record.id,
      version: record.version,
      name: version.name,
      executorType: version.executorType,
      owner: record.owner,
    },
    executor,
    arguments: bound,
    inputs,
    outputs,
    participants: sortNames([...owners, creator, ...(record.public ? [] : [record.owner])]),
    approvals: [],
    limits,
    logs: teaclaveLogs(bound),
    repeat: false,
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
  ...task,
  inputs: fillSlots(task.inputs, by, inputs, { replace: true }),
  outputs: fillSlots(task.outputs, by, outputs, { replace: true }),
  approvals: [],
});

/** Every approval is void, as when data is replaced. */
export const withOptions = (task: TaskRecord, { options, maxima }: SetOptions): Stateless => ({
  ...task,
  ...changeOptions(task, options, maxima),
  approvals: [],
});

export const withApproval = (task: TaskRecord, { by }: ApproveTask): Stateless => ({
  ...task,
  approvals: sortNames([...task.approvals, by]),
});

export const unchanged = (task: TaskRecord): Stateless => task;

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

export const withTimeout = (task: TaskRecord): Stateless => failed(task, 'Runtime Error: Executor Timeout');

export const withCancellation = (task: TaskRecord): Stateless =>
  failed(task, isQueued(task) ? 'Task Canceled by the user' : 'Task canceled');

/** No worker can run it: the answer is Teaclave's. */
export function withoutWorker(task: TaskRecord): Stateless {
  const pair = `(${pairOf(task).replace('/', ', ')})`;
  return failed(
    task,
    task.first
      ? `The task is to run on two different workers, and only one can run ${pair}.`
      : `function not available: ${pair}`,
  );
}
