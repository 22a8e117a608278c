/** Files of the task as a WASI program has them. The executor protocol knows streams alone: forward for inputs, to the end for outputs. */
import type { Files } from '../../files.ts';
import { refuse } from './call.ts';
import {
  type Content,
  type Descriptor,
  NOTHING,
  type OpenMode,
  openContent,
  type Stat,
} from './descriptors.ts';
import { BADF, INVAL, NOTSUP, ROFS } from './errno.ts';

const SKIP = 1 << 20;

/** A place in an input. The protocol has no way back: then the input is opened anew, which the task's limit of opened files counts. */
class Cursor {
  readonly #files: Files;
  readonly #name: string;
  #handle: number;
  #at = 0;

  constructor(files: Files, name: string) {
    this.#files = files;
    this.#name = name;
    this.#handle = files.open(name).handle;
  }

  read(target: Uint8Array, from: number): number {
    if (from < this.#at) {
      this.#files.close(this.#handle);
      this.#handle = this.#files.open(this.#name).handle;
      this.#at = 0;
    }
    const skipped = new Uint8Array(Math.min(SKIP, from - this.#at));
    while (this.#at < from && this.#take(skipped.subarray(0, from - this.#at)) > 0);
    // Beyond the end there is nothing.
    return this.#at < from ? 0 : this.#take(target);
  }

  close(): void {
    this.#files.close(this.#handle);
  }

  #take(target: Uint8Array): number {
    const count = this.#files.read(this.#handle, target);
    this.#at += count;
    return count;
  }
}

/** Opens an input of the task. */
export function input(files: Files, name: string, stat: Stat): Descriptor {
  const cursor = new Cursor(files, name);
  /** For reads at a place, so that those in between stay streams. */
  let aside: Cursor | undefined;
  let position = 0;
  return {
    ...NOTHING,
    mode: { append: false, readable: true, writable: false },
    stat,
    get position() {
      return position;
    },
    read(target) {
      const count = cursor.read(target, position);
      position += count;
      return count;
    },
    readAt(target, at) {
      aside ??= new Cursor(files, name);
      return aside.read(target, at);
    },
    seek(target) {
      position = target >= 0 ? target : refuse(INVAL);
    },
    resize: () => refuse(BADF),
    setTimes: () => refuse(ROFS),
    close() {
      cursor.close();
      aside?.close();
    },
  };
}

/** An output that was created. It stays open for what is appended later; the worker closes it when the job is done. */
export class Output implements Content {
  readonly #files: Files;
  readonly #name: string;
  readonly #inode: Pick<Stat, 'type' | 'device' | 'inode'>;
  #handle: number;
  #size = 0;

  constructor(files: Files, name: string, inode: Pick<Stat, 'type' | 'device' | 'inode'>) {
    this.#files = files;
    this.#name = name;
    this.#inode = inode;
    this.#handle = files.create(name);
  }

  get stat(): Stat {
    return { ...this.#inode, size: this.#size };
  }

  resize(size: number): void {
    if (size === this.#size) return;
    // What was written can be thrown away as a whole.
    if (size !== 0) refuse(NOTSUP);
    this.#files.close(this.#handle);
    this.#handle = this.#files.create(this.#name);
    this.#size = 0;
  }

  /** What was written stays: to write over it is refused, never done elsewhere. */
  write(bytes: Uint8Array, at: number): void {
    if (at !== this.#size) refuse(NOTSUP);
    this.#files.write(this.#handle, bytes);
    this.#size += bytes.length;
  }

  read(): never {
    return refuse(BADF);
  }

  /** The protocol has none. */
  setTimes(): never {
    return refuse(NOTSUP);
  }

  open(mode: OpenMode): Descriptor {
    return openContent(this, mode, () => {});
  }
}
