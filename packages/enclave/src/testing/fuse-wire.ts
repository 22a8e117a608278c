/** The few structures of the FUSE kernel protocol that a double needs (include/uapi/linux/fuse.h, 7.31), little-endian. */

export const op = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  mknod: 8,
  mkdir: 9,
  rmdir: 11,
  rename: 12,
  open: 14,
  read: 15,
  write: 16,
  release: 18,
  flush: 25,
  init: 26,
  create: 35,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
  rename2: 45,
} as const;

const HEADER_IN = 40;
const HEADER_OUT = 16;
/** The kernel does not cache, asks for every read, and believes no size. */
const DIRECT_IO = 1;
const MAX_WRITE = 64 * 1024;
/** What a request may have. */
export const BUFFER = MAX_WRITE + 4096;

export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  readonly node: bigint;
  readonly body: Buffer;
}

export const requestIn = (bytes: Buffer): Request => ({
  opcode: bytes.readUInt32LE(4),
  unique: bytes.readBigUInt64LE(8),
  node: bytes.readBigUInt64LE(16),
  body: bytes.subarray(HEADER_IN, bytes.readUInt32LE(0)),
});

/** `errno` is positive; 0 is success. */
export function answer(unique: bigint, errno: number, body: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(HEADER_OUT + body.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeInt32LE(-errno, 4);
  bytes.writeBigUInt64LE(unique, 8);
  bytes.set(body, HEADER_OUT);
  return bytes;
}

export function initOut(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32LE(7, 0);
  bytes.writeUInt32LE(31, 4);
  bytes.writeUInt32LE(MAX_WRITE, 20);
  return bytes;
}

export interface Attributes {
  readonly node: bigint;
  /** With the type. */
  readonly mode: number;
  readonly size: number;
}

function attributes({ node, mode, size }: Attributes): Buffer {
  const bytes = Buffer.alloc(88);
  bytes.writeBigUInt64LE(node, 0);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  bytes.writeUInt32LE(mode, 60);
  bytes.writeUInt32LE(1, 64);
  return bytes;
}

/** Valid for no time: each use asks again. */
export const attrOut = (given: Attributes): Buffer => Buffer.concat([Buffer.alloc(16), attributes(given)]);

export function entryOut(given: Attributes): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64LE(given.node, 0);
  return Buffer.concat([head, attributes(given)]);
}

export function openOut(handle: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(handle, 0);
  bytes.writeUInt32LE(DIRECT_IO, 8);
  return bytes;
}

export function writeOut(size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(size, 0);
  return bytes;
}

/** Of READ and WRITE: which handle, from where, how much; of WRITE the bytes as well. */
export const transferIn = (body: Buffer) => ({
  handle: body.readBigUInt64LE(0),
  offset: Number(body.readBigUInt64LE(8)),
  size: body.readUInt32LE(16),
  bytes: body.subarray(40),
});

/** A name that ends with a zero. */
export const nameIn = (body: Buffer, at = 0): string => body.toString('utf8', at, body.indexOf(0, at));
