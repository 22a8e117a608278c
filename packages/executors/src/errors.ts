/** What goes wrong with a run of a function: by its own doing, or by that of the machine that runs it. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** Every code of `ExecutorError`. */
export const executorRefusals = {
  function: {
    meaning: 'The function itself refused or failed. The message is its own.',
    remedy: "Read the message and the function's log, then correct the arguments, the data or the function.",
  },
  'unknown-input': {
    meaning: 'The function failed because it opened an input that was not staged for it.',
    remedy: 'Assign data to that input, or make the function do without it.',
  },
  'not-available': {
    meaning: 'No executor here runs this pair of executor type and executor.',
    remedy: 'Choose another executor, or a worker that offers this one.',
  },
  'time-limit': {
    meaning: 'The function, or fetching its inputs before it, took longer than the task allows.',
    remedy: 'Raise the limit of wall time, or give the function less to do.',
  },
  'cpu-limit': {
    meaning: 'The function used more processor time than the task allows.',
    remedy: 'Raise the limit of processor time, or give the function less to do.',
  },
  'memory-limit': {
    meaning: 'The function used more memory than the task allows.',
    remedy: 'Raise the memory limit, or process the data in pieces.',
  },
  'input-limit': {
    meaning: 'The inputs have more bytes than the task allows.',
    remedy: 'Raise the limit of inputs (`stagedBytes`), or give the task less data.',
  },
  'output-limit': {
    meaning: 'The function wrote more bytes of outputs and result than the task, or a result, may have.',
    remedy: 'Raise the output limit, or write a large result to an output.',
  },
  'log-limit': {
    meaning: 'The function logged more bytes or lines than the task allows.',
    remedy: 'Raise the log limit, or log less.',
  },
  'files-limit': {
    meaning: 'The function opened files more often than the task allows.',
    remedy: 'Raise the limit of opened files, or keep files open.',
  },
  canceled: {
    meaning: 'The task was cancelled, or the executor is closing.',
    remedy: 'None is needed.',
  },
  crashed: {
    meaning: 'The thread or the sandbox of the function died, or broke the executor protocol.',
    remedy: "Read the function's log; if the runner is at fault, see docs/executor-protocol.md.",
  },
} as const satisfies RefusalTable;

/** See `executorRefusals`. */
export type ExecutorErrorCode = keyof typeof executorRefusals;

/**
 * A run that did not end well, by its own doing. Participants read the message: it says nothing of the worker's host.
 *
 * @example
 * try {
 *   return await executor.run(request);
 * } catch (error) {
 *   if (error instanceof ExecutorError && error.code === 'memory-limit') return retryWithMore(error.log);
 *   throw error;
 * }
 */
export class ExecutorError extends CodedError<ExecutorErrorCode> {
  override readonly name = 'ExecutorError';
  /** What the function had logged until then. */
  readonly log: readonly string[];
  constructor(
    code: ExecutorErrorCode,
    message: string,
    { log = [], ...options }: ErrorOptions & { readonly log?: readonly string[] } = {},
  ) {
    super(code, message, options);
    this.log = log;
  }
}

/** Every code of `HostFault`. */
export const hostRefusals = {
  disk: {
    meaning: 'Data could not be staged on the disk of a worker, or staged data was changed there.',
    remedy: "Make room on the worker's disk, and let nobody else change its folder.",
  },
  killed: {
    meaning:
      'The process of a function was killed from outside, as the kernel does it where memory is short.',
    remedy: 'Give the machine more memory, or its workers fewer slots and tasks lower memory limits.',
  },
  'not-started': {
    meaning: 'No process could be started for a function.',
    remedy: 'Read the message, and what the worker reports; `gaiwan doctor` tries the sandbox.',
  },
} as const satisfies RefusalTable;

/** See `hostRefusals`. */
export type HostFaultCode = keyof typeof hostRefusals;

/** Without anything of the host. */
const sentences: Readonly<Record<HostFaultCode, string>> = {
  disk: "The worker's disk is full, or failed.",
  killed: 'The worker ran out of memory, or the process of the function was killed on it.',
  'not-started': 'The worker could not start a process for the function.',
};

/**
 * A run did not come to its end for a reason of the worker's host: elsewhere, or later, it may. The message is for the operator, and
 * may name paths of the host: whoever takes part in the task gets `forParticipants`.
 */
export class HostFault extends CodedError<HostFaultCode> {
  override readonly name = 'HostFault';

  /** One sentence that is the same on every host. */
  get forParticipants(): string {
    return sentences[this.code];
  }
}
