/** What one run of a task may use. Each is a whole number of at least 1; exceeding any ends that run alone. */
export interface TaskLimits {
  /** Wall time, from the moment that the function is given its job. */
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
