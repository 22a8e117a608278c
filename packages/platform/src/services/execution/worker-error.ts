import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const workerRefusals = {
  'stream-ended': {
    meaning: 'The platform ended its stream to a worker, whose tasks other workers now run.',
    remedy:
      'None: the worker attaches again. If it happens often, look for the reason in the log of the platform.',
  },
  'attempt-stuck': {
    meaning:
      'An attempt at a task did not end long after it was cancelled, or had used up its time. Its worker process ends.',
    remedy:
      'None: another process takes its place. Report it: no attempt should wait for what does not come.',
  },
  'executor-not-run': {
    meaning: 'A worker does not run one of the executors, because something that it needs is missing.',
    remedy: 'Provide what the message names, or leave the executor out (--executors).',
  },
} as const satisfies RefusalTable;

/** Reported by a worker that continues. */
export class WorkerError extends CodedError<keyof typeof workerRefusals> {
  override readonly name = 'WorkerError';
}
