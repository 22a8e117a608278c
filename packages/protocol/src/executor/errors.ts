/** What can be wrong on the stream between a worker and a runner, and which requests a worker refuses. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const protocolRefusals = {
  'head-too-long': {
    meaning: 'The head of a frame is longer than the executor protocol allows.',
    remedy: "Send less in one message: the task's arguments, or the name of a file, are too long.",
  },
  'body-too-long': {
    meaning: 'The body of a frame is longer than the executor protocol allows for its type.',
    remedy: 'Read and write in pieces of at most 1 MiB, and write a large result to an output.',
  },
  'bad-head': {
    meaning: 'The head of a frame is not a JSON object in UTF-8 with a "type".',
    remedy:
      'Compare the runner with docs/executor-protocol.md, and keep everything but frames off its standard output.',
  },
  'bad-message': {
    meaning: 'A message has a wrong field, or does not belong where it stands.',
    remedy: 'Compare the runner with docs/executor-protocol.md.',
  },
  'protocol-version': {
    meaning: 'The runner speaks another version of the executor protocol.',
    remedy: 'Use a runner that speaks version 1.',
  },
} as const satisfies RefusalTable;

/** The other side does not speak the executor protocol. */
export class ProtocolError extends CodedError<keyof typeof protocolRefusals> {
  override readonly name = 'ProtocolError';
}

/** Why a worker refuses a request of a process. The job continues; the frame `error` carries the code. */
export const requestRefusals = {
  'unknown-input': {
    meaning: 'The task has no input of this name.',
    remedy: "Open one of the inputs that the function's registration names.",
  },
  'unknown-output': {
    meaning: 'The task has no output of this name.',
    remedy: "Create one of the outputs that the function's registration names.",
  },
  'bad-handle': {
    meaning: 'The handle is not open, or is one of the other kind.',
    remedy: 'Use the handle that the answer to "open" or "create" gave, until it is closed.',
  },
} as const satisfies RefusalTable;

export type RequestRefusal = keyof typeof requestRefusals;

export const isRequestRefusal = (code: unknown): code is RequestRefusal =>
  typeof code === 'string' && Object.hasOwn(requestRefusals, code);
