/** What a descriptor of a WASI program can stand for. Files are the task's; nothing else exists. */
import type { Files } from '../../files.ts';
import { ACCES, Errno, INVAL, SPIPE } from './errno.ts';

/** File types of WASI. */
const CHARACTER_DEVICE = 2;
export const DIRECTORY = 3;
export const REGULAR_FILE = 4;

/** Throws `Errno` for what it cannot do. */
export interface Descriptor {
  readonly type: number;
  readonly size: number;
  /** At least one byte unless it is at the end. */
  read(target: Uint8Array): number;
  write(bytes: Uint8Array): void;
  /** To a byte from the start. */
  seek(position: number): void;
  readonly position: number;
  close(): void;
}

/** Refuses everything. */
const NOTHING = {
  type: CHARACTER_DEVICE,
  size: 0,
  position: 0,
  read: (): number => {
    throw new Errno(ACCES);
  },
  write: (): void => {
    throw new Errno(ACCES);
  },
  seek: (): void => {
    throw new Errno(SPIPE);
  },
  close: (): void => {},
};

/** Standard input: bytes that are there. */
export function source(bytes: Uint8Array): Descriptor {
  let at = 0;
  return {
    ...NOTHING,
    read(target) {
      const part = bytes.subarray(at, at + target.length);
      target.set(part);
      at += part.length;
      return part.length;
    },
  };
}

/** Standard output and error. */
export function sink(write: (bytes: Uint8Array) => void): Descriptor {
  return { ...NOTHING, write };
}

/** The descriptor of a folder, which reads and writes nothing. */
export function directory(): Descriptor {
  return { ...NOTHING, type: DIRECTORY };
}

/** Opens an input of the task. */
export function input(files: Files, name: string): Descriptor {
  let { handle, size } = files.open(name);
  let position = 0;
  const read = (target: Uint8Array): number => {
    const count = files.read(handle, target);
    position += count;
    return count;
  };
  return {
    type: REGULAR_FILE,
    size,
    get position() {
      return position;
    },
    read,
    write: NOTHING.write,
    /** The protocol has no way back: the input is opened anew, and read up to there. */
    seek(target) {
      if (target < 0) throw new Errno(INVAL);
      if (target < position) {
        files.close(handle);
        ({ handle, size } = files.open(name));
        position = 0;
      }
      const skipped = new Uint8Array(Math.min(1 << 20, target - position));
      while (position < target && read(skipped.subarray(0, target - position)) > 0);
      // Beyond the end there is nothing to read either.
      position = target;
    },
    close: () => files.close(handle),
  };
}

/** Creates an output of the task, to be written from its start to its end. */
export function output(files: Files, name: string): Descriptor {
  const handle = files.create(name);
  let position = 0;
  return {
    type: REGULAR_FILE,
    get size() {
      return position;
    },
    get position() {
      return position;
    },
    read: NOTHING.read,
    write(bytes) {
      files.write(handle, bytes);
      position += bytes.length;
    },
    seek(target) {
      if (target !== position) throw new Errno(SPIPE);
    },
    close: () => files.close(handle),
  };
}
