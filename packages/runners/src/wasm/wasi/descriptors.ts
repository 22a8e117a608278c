/** What a descriptor of a WASI program can stand for: standard streams, files of the task, and files of its own in memory. */
import { refuse } from './call.ts';
import { BADF, INVAL, ISDIR, NOTSUP, SPIPE } from './errno.ts';
import type { NewTimes, Times } from './times.ts';

/** File types of WASI. */
/** No terminal: wasi-libc takes a character device for one. */
const UNKNOWN = 0;
export const DIRECTORY = 3;
export const REGULAR_FILE = 4;
export const SYMBOLIC_LINK = 7;

/** What is told of a file. */
export interface Stat {
  readonly type: number;
  readonly size: number;
  /** Device and inode: the two together name a file, whatever leads to it. */
  readonly device: number;
  readonly inode: number;
  /** How many names it has; absent for one. */
  readonly links?: number;
  /** Absent where none are kept. */
  readonly times?: Times;
}

/** How a file was opened. */
export interface OpenMode {
  readonly append: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Throws `Errno` for what it cannot do. */
export interface Descriptor {
  /** Absent for what is not opened by a mode. */
  readonly mode?: OpenMode;
  readonly stat: Stat;
  readonly position: number;
  /** Whether each write goes to the end (`fdflags` 1). */
  append: boolean;
  /** At least one byte unless it is at the end. */
  read(target: Uint8Array): number;
  /** The same from a byte on; the position stays. */
  readAt(target: Uint8Array, at: number): number;
  write(bytes: Uint8Array): void;
  writeAt(bytes: Uint8Array, at: number): void;
  /** To a byte from the start. */
  seek(position: number): void;
  resize(size: number): void;
  setTimes(times: NewTimes): void;
  close(): void;
}

/** Refuses everything, as a descriptor that is not open for it. */
export const NOTHING = {
  position: 0,
  append: false,
  read: (): number => refuse(BADF),
  readAt: (): number => refuse(BADF),
  write: (): void => refuse(BADF),
  writeAt: (): void => refuse(BADF),
  seek: (): void => refuse(SPIPE),
  resize: (): void => refuse(NOTSUP),
  setTimes: (_times: NewTimes): void => refuse(NOTSUP),
  close: (): void => {},
};

/** What a folder refuses as a descriptor: it has no bytes and no place in them. */
export const NO_FILE = {
  ...NOTHING,
  read: (): number => refuse(ISDIR),
  seek: (): void => refuse(BADF),
  resize: (): void => refuse(INVAL),
};

/** A stream has no place to read at. */
const STREAM = {
  ...NOTHING,
  readAt: (): number => refuse(SPIPE),
  writeAt: (): void => refuse(SPIPE),
};

const stream = (inode: number): Stat => ({ type: UNKNOWN, size: 0, device: 0, inode });

/** Standard input: bytes that are there. */
export function source(bytes: Uint8Array): Descriptor {
  let at = 0;
  return {
    ...STREAM,
    stat: stream(1),
    read(target) {
      const part = bytes.subarray(at, at + target.length);
      target.set(part);
      at += part.length;
      return part.length;
    },
  };
}

/** Standard output and error. */
export function sink(write: (bytes: Uint8Array) => void, inode: number): Descriptor {
  return { ...STREAM, stat: stream(inode), write };
}

/** What descriptors of one file share. */
export interface Content {
  readonly stat: Stat;
  read(target: Uint8Array, at: number): number;
  write(bytes: Uint8Array, at: number): void;
  resize(size: number): void;
  setTimes(times: NewTimes): void;
}

/** A file that is open: a place in it. */
export function openContent(content: Content, mode: OpenMode, close: () => void): Descriptor {
  let position = 0;
  const expectReadable = () => mode.readable || refuse(BADF);
  const expectWritable = () => mode.writable || refuse(BADF);
  return {
    mode,
    append: mode.append,
    get stat() {
      return content.stat;
    },
    get position() {
      return position;
    },
    read(target) {
      expectReadable();
      const count = content.read(target, position);
      position += count;
      return count;
    },
    readAt(target, at) {
      expectReadable();
      return content.read(target, at);
    },
    write(bytes) {
      expectWritable();
      const at = this.append ? content.stat.size : position;
      content.write(bytes, at);
      position = at + bytes.length;
    },
    writeAt(bytes, at) {
      expectWritable();
      content.write(bytes, at);
    },
    seek(target) {
      position = target >= 0 ? target : refuse(INVAL);
    },
    resize(size) {
      expectWritable();
      content.resize(size);
    },
    setTimes: (times) => content.setTimes(times),
    close,
  };
}
