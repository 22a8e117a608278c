/** What a process may say, and what it is told. Checked here, so that nothing behind it meets a surprise. */
import type { TaskLimits } from '../task-limits.ts';
import { type Frame, MAX_BODY, ProtocolError } from './frame.ts';

export const PROTOCOL_VERSION = 1;
/** Characters of a `failed` message that are kept. */
export const MAX_MESSAGE: number = 64 << 10;

export type ProcessMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'open'; readonly input: string }
  | { readonly type: 'create'; readonly output: string }
  | { readonly type: 'read'; readonly handle: number; readonly length: number }
  | { readonly type: 'write'; readonly handle: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly handle: number }
  | { readonly type: 'done'; readonly result: Uint8Array }
  | { readonly type: 'failed'; readonly message: string; readonly limit?: 'memory' };

export type WorkerHead =
  | { readonly type: 'prepare'; readonly executorType: string; readonly executor: string }
  | {
      readonly type: 'job';
      readonly function: string;
      /** Text of a JSON object. */
      readonly arguments: string;
      readonly inputs: readonly { readonly name: string; readonly size: number }[];
      readonly outputs: readonly string[];
      readonly limits: TaskLimits;
    }
  | { readonly type: 'ok'; readonly handle?: number; readonly size?: number }
  | { readonly type: 'error'; readonly message: string };

/** Throws `ProtocolError`. */
export function processMessage({ head, body }: Frame): ProcessMessage {
  const { type } = head;
  if (body.length > 0 && type !== 'write' && type !== 'done') {
    throw new ProtocolError(`${quoted(type)} has a body.`);
  }
  switch (type) {
    case 'ready':
      if (head['protocol'] !== PROTOCOL_VERSION) {
        throw new ProtocolError(
          `It speaks version ${quoted(head['protocol'])} of the protocol, not ${PROTOCOL_VERSION}.`,
        );
      }
      return { type };
    case 'open':
      return { type, input: text(head, 'input') };
    case 'create':
      return { type, output: text(head, 'output') };
    case 'read':
      return { type, handle: handle(head), length: integer(head, 'length', 1, MAX_BODY) };
    case 'write':
      return { type, handle: handle(head), bytes: body };
    case 'close':
      return { type, handle: handle(head) };
    case 'done':
      return { type, result: body };
    case 'failed':
      return {
        type,
        message: text(head, 'message').slice(0, MAX_MESSAGE),
        // The process held the memory limit itself; of all others the worker is the judge.
        ...(head['limit'] === 'memory' && { limit: 'memory' }),
      };
    default:
      throw new ProtocolError(`${quoted(type)} is nothing that a process says.`);
  }
}

function text(head: Frame['head'], key: string): string {
  const value = head[key];
  if (typeof value !== 'string') throw new ProtocolError(`"${head.type}" has no text "${key}".`);
  return value;
}

function integer(head: Frame['head'], key: string, least: number, most: number): number {
  const value = head[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new ProtocolError(`"${head.type}" wants "${key}" from ${least} to ${most}.`);
  }
  return value;
}

const handle = (head: Frame['head']): number => integer(head, 'handle', 0, 0x7fffffff);

/** Of a stranger's value: short. */
const quoted = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40);
