/** What becomes of a command in each state of a task. */

export const states = [
  'Created',
  'DataAssigned',
  'Approved',
  'Staged',
  'Running',
  'Finished',
  'Canceled',
  'Failed',
] as const;
export type TaskState = (typeof states)[number];

/** Numbers of the contract. */
export const numbers: Readonly<Record<TaskState, number>> = {
  Created: 0,
  DataAssigned: 1,
  Approved: 2,
  Staged: 3,
  Running: 4,
  Finished: 10,
  Canceled: 20,
  Failed: 99,
};

export const commands = ['AssignData', 'ApproveTask', 'InvokeTask', 'CancelTask'] as const;
export type Command = (typeof commands)[number];

interface CommandRow {
  /** The states that it does something in. */
  readonly from: readonly TaskState[];
  /** What it is refused with in all others, with code 2. */
  readonly text: string;
}

/** By the task's creator. The first two are for tasks of two participants, with a file of each. */
export const commandRows: Readonly<Record<Command, CommandRow>> = {
  AssignData: { from: ['Created'], text: 'failed to assign data to task' },
  ApproveTask: { from: ['DataAssigned'], text: 'failed to approve task' },
  InvokeTask: { from: ['Approved'], text: 'failed to invoke task' },
  CancelTask: {
    from: ['Created', 'DataAssigned', 'Approved', 'Staged', 'Running'],
    text: 'failed to cancel task, reason: task has already been canceled',
  },
};
