import type { TaskLimits } from '@gaiwan/protocol';

/** What a stranger can push, in one place (docs/limits.md). */
export const limits = {
  /** Characters of a user id. */
  userId: 128,
  /** Bytes of a function's code. */
  payload: 16 << 20,
  /** Characters of a task's arguments. */
  argumentsText: 4 << 20,
  argumentsDepth: 32,
  /** Arguments, slots, owners, allow-list entries: of each at most. */
  listEntries: 1000,
  /** Characters of names and descriptions. */
  name: 256,
  description: 4096,
  url: 8192,
  /** Entries of a page. */
  page: 200,
  auditPage: 1000,
  watchersPerTask: 256,
} as const;

/** What a task may use unless it asks for something else. */
export const defaultTaskLimits: TaskLimits = {
  timeMs: 600_000,
  cpuMs: 600_000,
  memoryMiB: 1024,
  outputBytes: 4 * 2 ** 30,
  logBytes: 1 << 20,
  files: 1023,
};

/** What a task may ask for at most unless the operator says otherwise. */
export const defaultTaskMaxima: TaskLimits = {
  timeMs: 24 * 3_600_000,
  cpuMs: 24 * 3_600_000,
  memoryMiB: 16 * 1024,
  outputBytes: 2 ** 40,
  logBytes: 8 << 20,
  files: 1023,
};
