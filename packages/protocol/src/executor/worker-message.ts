/** What a worker says to a process. */
import type { RunLimits } from '../task-limits.ts';
import { MAX_HANDLE } from './constants.ts';
import { isRequestRefusal, ProtocolError, type RequestRefusal } from './errors.ts';
import { integerField, listField, nonceField, objectIn, quoted, textField } from './fields.ts';
import type { FrameHead } from './frame.ts';

/** One run of a function. */
export interface Job {
  /** Name of the function. */
  readonly function: string;
  /** Text of a JSON object, exactly as approved. */
  readonly arguments: string;
  readonly inputs: readonly { readonly name: string; readonly size: number }[];
  readonly outputs: readonly string[];
  readonly limits: RunLimits;
}

/** The body of `prepare` is the code, that of `ok` what was read. */
export type WorkerMessage =
  | { readonly type: 'prepare'; readonly executorType: string; readonly executor: string }
  | ({ readonly type: 'job' } & Job)
  | { readonly type: 'end'; readonly nonce: string }
  | { readonly type: 'ok'; readonly handle?: number; readonly size?: number }
  | { readonly type: 'error'; readonly message: string; readonly code: RequestRefusal };

const WHOLE = { least: 0, most: Number.MAX_SAFE_INTEGER };
const POSITIVE = { least: 1, most: Number.MAX_SAFE_INTEGER };

/** @throws ProtocolError ('bad-message'). */
export function workerMessage(head: FrameHead): WorkerMessage {
  const { type } = head;
  switch (type) {
    case 'prepare':
      return { type, executorType: textField(head, 'executorType'), executor: textField(head, 'executor') };
    case 'job':
      return { type, ...job(head) };
    case 'end':
      return { type, nonce: nonceField(head) };
    case 'ok':
      return {
        type,
        ...('handle' in head && { handle: integerField(head, 'handle', { least: 0, most: MAX_HANDLE }) }),
        ...('size' in head && { size: integerField(head, 'size', WHOLE) }),
      };
    case 'error': {
      const { code } = head;
      if (!isRequestRefusal(code)) throw new ProtocolError('bad-message', '"error" has no known "code".');
      return { type, message: textField(head, 'message'), code };
    }
    default:
      throw new ProtocolError('bad-message', `${quoted(type)} is nothing that a worker says.`);
  }
}

function job(head: FrameHead): Job {
  const limits = objectIn(head['limits'], 'job');
  const limit = (key: keyof RunLimits) => integerField(limits, key, POSITIVE);
  return {
    function: textField(head, 'function'),
    arguments: textField(head, 'arguments'),
    inputs: listField(head, 'inputs').map((item) => {
      const input = objectIn(item, 'job');
      return { name: textField(input, 'name'), size: integerField(input, 'size', WHOLE) };
    }),
    outputs: listField(head, 'outputs').map((item) => {
      if (typeof item !== 'string')
        throw new ProtocolError('bad-message', '"job" names an output by no text.');
      return item;
    }),
    limits: {
      timeMs: limit('timeMs'),
      cpuMs: limit('cpuMs'),
      memoryMiB: limit('memoryMiB'),
      outputBytes: limit('outputBytes'),
      logBytes: limit('logBytes'),
      files: limit('files'),
    },
  };
}
