/** Frames of the executor protocol (docs/executor-protocol.md): two lengths, a JSON head, a body of bytes. */

/** Bytes. */
export const MAX_HEAD: number = 8 << 20;
/** Bytes of a head that comes from the process: all of its requests are short. */
export const MAX_PROCESS_HEAD: number = 1 << 20;
/** Bytes of a body: a read, a write. */
export const MAX_BODY: number = 1 << 20;
/** Bytes of a body of `prepare` and `done`: the code, the result. */
export const MAX_LARGE_BODY: number = 32 << 20;
export const PREFIX = 8;

const LARGE: ReadonlySet<string> = new Set(['prepare', 'done']);
const NOTHING = new Uint8Array();

export interface Frame {
  readonly head: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly body: Uint8Array;
}

/** The other side does not speak the protocol. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** Throws `ProtocolError` where that frame may not be sent. */
export function encodeFrame(head: Frame['head'], body: Uint8Array = NOTHING): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head));
  if (text.length > MAX_HEAD) throw new ProtocolError(`A head of ${text.length} bytes is too long.`);
  checkBody(head.type, body.length);
  const start = Buffer.allocUnsafe(PREFIX + text.length);
  start.writeUInt32BE(text.length, 0);
  start.writeUInt32BE(body.length, 4);
  text.copy(start, PREFIX);
  return body.length === 0 ? [start] : [start, body];
}

export function checkBody(type: string, length: number): void {
  const most = LARGE.has(type) ? MAX_LARGE_BODY : MAX_BODY;
  if (length > most) {
    throw new ProtocolError(`A body of ${length} bytes is too long for "${type}": ${most} at most.`);
  }
}

/** The head of a frame. Throws `ProtocolError`. */
export function decodeHead(bytes: Uint8Array): Frame['head'] {
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new ProtocolError('A head is no JSON in UTF-8.', { cause });
  }
  if (typeof head !== 'object' || head === null || Array.isArray(head) || !hasType(head)) {
    throw new ProtocolError('A head is no JSON object with a "type".');
  }
  return head;
}

function hasType(head: object): head is Frame['head'] {
  return Object.hasOwn(head, 'type') && typeof (head as { type: unknown }).type === 'string';
}
