/** Frames of the executor protocol (docs/executor-protocol.md): two lengths, a JSON head, a body of bytes. */
import { MAX_BODY, MAX_HEAD, MAX_LARGE_BODY } from './constants.ts';
import { ProtocolError } from './errors.ts';

/** Bytes of the two lengths. */
export const PREFIX = 8;
/** Bodies up to here leave in one piece with their head: copying them costs less than another system call. */
const JOINED = 64 << 10;

const LARGE: ReadonlySet<string> = new Set(['prepare', 'done']);
const NOTHING = new Uint8Array();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The head of a message as it stands on the stream: fields are checked by `processMessage` and `workerMessage`. */
export interface FrameHead {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Frame {
  readonly head: FrameHead;
  readonly body: Uint8Array;
}

/**
 * The bytes of a frame, in one or two pieces.
 *
 * @throws ProtocolError ('head-too-long', 'body-too-long') where that frame may not be sent.
 */
export function encodeFrame(head: FrameHead, body: Uint8Array = NOTHING): Uint8Array[] {
  checkBody(head.type, body.length);
  const text = JSON.stringify(head);
  const length = Buffer.byteLength(text);
  if (length > MAX_HEAD) throw new ProtocolError('head-too-long', `A head of ${length} bytes is too long.`);
  const joined = body.length <= JOINED;
  const start = Buffer.allocUnsafe(PREFIX + length + (joined ? body.length : 0));
  start.writeUInt32BE(length, 0);
  start.writeUInt32BE(body.length, 4);
  start.write(text, PREFIX);
  if (!joined) return [start, body];
  start.set(body, PREFIX + length);
  return [start];
}

/** @throws ProtocolError ('body-too-long') for more bytes than a message of this type may carry. */
export function checkBody(type: string, length: number): void {
  const most = LARGE.has(type) ? MAX_LARGE_BODY : MAX_BODY;
  if (length > most) {
    throw new ProtocolError(
      'body-too-long',
      `A body of ${length} bytes is too long for "${type}": ${most} at most.`,
    );
  }
}

/**
 * The head of a frame, from its bytes.
 *
 * @throws ProtocolError ('bad-head').
 */
export function decodeHead(bytes: Uint8Array): FrameHead {
  let head: unknown;
  try {
    head = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new ProtocolError('bad-head', 'A head is no JSON in UTF-8.', { cause });
  }
  if (!isHead(head)) throw new ProtocolError('bad-head', 'A head is no JSON object with a "type".');
  return head;
}

function isHead(value: unknown): value is FrameHead {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.hasOwn(value, 'type') && 'type' in value && typeof value.type === 'string';
}
