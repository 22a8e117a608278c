/** What a process may say. Checked here, so that nothing behind it meets a surprise. */
import { MAX_BODY, MAX_HANDLE, MAX_MESSAGE, PROTOCOL_VERSION } from './constants.ts';
import { isRequestRefusal, ProtocolError, type RequestRefusal } from './errors.ts';
import { integerField, nonceField, quoted, textField } from './fields.ts';
import type { Frame, FrameHead } from './frame.ts';

/** How a process reports that the function failed. */
export interface Failure {
  readonly message: string;
  /** The process held the function to this limit itself. Of all others the worker is the judge. */
  readonly limit?: 'memory' | undefined;
  /** The request of the function that the worker refused, where the function failed of that. */
  readonly code?: RequestRefusal | undefined;
}

/** Heads as a process sends them. */
export type ProcessHead =
  | { readonly type: 'ready'; readonly protocol: typeof PROTOCOL_VERSION; readonly nonce?: string }
  | { readonly type: 'open'; readonly input: string }
  | { readonly type: 'create'; readonly output: string }
  | { readonly type: 'read'; readonly handle: number; readonly length: number }
  | { readonly type: 'write' | 'close'; readonly handle: number }
  | { readonly type: 'done' }
  | ({ readonly type: 'failed' } & Failure);

/** Messages as a worker understands them. */
export type ProcessMessage =
  | { readonly type: 'ready'; readonly nonce?: string }
  | { readonly type: 'open'; readonly input: string }
  | { readonly type: 'create'; readonly output: string }
  | { readonly type: 'read'; readonly handle: number; readonly length: number }
  | { readonly type: 'write'; readonly handle: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly handle: number }
  | { readonly type: 'done'; readonly result: Uint8Array }
  | ({ readonly type: 'failed' } & Failure);

/**
 * Untrusted bytes as a message.
 *
 * @throws ProtocolError ('bad-message', 'protocol-version').
 */
export function processMessage({ head, body }: Frame): ProcessMessage {
  const { type } = head;
  if (body.length > 0 && type !== 'write' && type !== 'done') {
    throw new ProtocolError('bad-message', `${quoted(type)} has a body.`);
  }
  switch (type) {
    case 'ready':
      if (head['protocol'] !== PROTOCOL_VERSION) {
        throw new ProtocolError(
          'protocol-version',
          `It speaks version ${quoted(head['protocol'])} of the protocol, not ${PROTOCOL_VERSION}.`,
        );
      }
      return { type, ...('nonce' in head && { nonce: nonceField(head) }) };
    case 'open':
      return { type, input: textField(head, 'input') };
    case 'create':
      return { type, output: textField(head, 'output') };
    case 'read':
      return {
        type,
        handle: handle(head),
        length: integerField(head, 'length', { least: 1, most: MAX_BODY }),
      };
    case 'write':
      return { type, handle: handle(head), bytes: body };
    case 'close':
      return { type, handle: handle(head) };
    case 'done':
      return { type, result: body };
    case 'failed':
      return {
        type,
        message: textField(head, 'message').slice(0, MAX_MESSAGE),
        ...(head['limit'] === 'memory' && { limit: 'memory' }),
        ...(isRequestRefusal(head['code']) && { code: head['code'] }),
      };
    default:
      throw new ProtocolError('bad-message', `${quoted(type)} is nothing that a process says.`);
  }
}

const handle = (head: FrameHead): number => integerField(head, 'handle', { least: 0, most: MAX_HANDLE });
