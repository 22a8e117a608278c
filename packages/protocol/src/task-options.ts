import type { TaskLimits } from './task-limits.ts';

/** Who can be allowed to read a function's log. */
export const logReaders = ['creator', 'function-owner'] as const;
export type LogReader = (typeof logReaders)[number];

export const isLogReader = (name: string): name is LogReader => logReaders.some((reader) => reader === name);

/** Which sandbox a call of the function gets: one that is new, or one that may have served calls of the same trust domain (docs/sandbox.md). */
export const sandboxUses = ['fresh', 'kept'] as const;
export type SandboxUse = (typeof sandboxUses)[number];

/** What a task's creator may ask for beside data; what is absent stays as it is. All of it but the priority is part of the manifest. */
export interface TaskOptions {
  /** Each up to the platform's maximum. */
  readonly limits?: Partial<TaskLimits>;
  /** Who may read the function's log. Default: nobody; with Teaclave's argument `save_log` "true": the creator. */
  readonly logs?: readonly LogReader[];
  /** Run it twice, on different workers, and compare what both made. */
  readonly repeat?: boolean;
  /** Among the creator's own tasks that wait: higher ones first. A whole number from -100 to 100. Default: 0. */
  readonly priority?: number;
}
