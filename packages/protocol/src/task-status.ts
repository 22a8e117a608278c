/** The states of a task; numbers are the wire's. */
export const TaskStatus = {
  Created: 0,
  DataAssigned: 1,
  Approved: 2,
  Staged: 3,
  Running: 4,
  Finished: 10,
  Canceled: 20,
  Failed: 99,
} as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

const names = new Map<number, string>(Object.entries(TaskStatus).map(([name, number]) => [number, name]));

/** As `TaskStatus` names it; `status 7` for one that is not known here. */
export const taskStatusName = (status: number): string => names.get(status) ?? `status ${status}`;

/** Will it never change again? */
export const hasEnded = (status: number): boolean => status >= TaskStatus.Finished;
