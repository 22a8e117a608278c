/** What a function may use once it runs. Each is a whole number of at least 1; exceeding any ends that run alone. */
export interface RunLimits {
  /** Wall time. Of a task it counts from the lease: fetching inputs and waiting for a sandbox are part of it. */
  readonly timeMs: number;
  /** Processor time, of all threads together. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  /** Over all outputs and the return text. */
  readonly outputBytes: number;
  /** What it writes to its log: of a sandbox, standard output and standard error. */
  readonly logBytes: number;
  /** How often it opens an input or creates an output. */
  readonly files: number;
}

/** What one run of a task may use, its files included. */
export interface TaskLimits extends RunLimits {
  /** Over all inputs as they are kept, encrypted ones as ciphertext. Data that fills several slots counts once. */
  readonly stagedBytes: number;
  /** How long fetching inputs and storing outputs may take together: the first part counts from the lease. */
  readonly transferMs: number;
}

/** What no operator can allow: timers end at 2^31 ms, a log must fit into a message with the result, handles end at 1023. */
export const taskCeilings: TaskLimits = {
  timeMs: 2 ** 31 - 1,
  cpuMs: 2 ** 31 - 1,
  memoryMiB: 2 ** 24,
  outputBytes: Number.MAX_SAFE_INTEGER,
  logBytes: 8 << 20,
  files: 1023,
  stagedBytes: Number.MAX_SAFE_INTEGER,
  transferMs: 2 ** 31 - 1,
};
