/** What the product uses of `node:fs/promises`, over a simulated file system. What it does not use is not here, and fails loudly. */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Loop } from '../physics/loop.ts';
import { Stopped, SystemError } from './errors.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { Folder } from './folder.ts';
import { Inode } from './inode.ts';

interface Flags {
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncates?: boolean;
}

const textFlags: Readonly<Record<string, Flags>> = {
  r: { create: false, exclusive: false },
  'r+': { create: false, exclusive: false },
  w: { create: true, exclusive: false, truncates: true },
  wx: { create: true, exclusive: true },
  'wx+': { create: true, exclusive: true },
};
/** What a disk says that has room. */
export const ROOMY = { bavail: 2 ** 30, bsize: 4096 };

function flagsOf(flags: string | number): Flags {
  const known = typeof flags === 'string' ? textFlags[flags] : undefined;
  if (known) return known;
  const onlyReads = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (typeof flags === 'number' && (flags & ~onlyReads) === 0) return { create: false, exclusive: false };
  throw new TypeError(`opening with ${flags} is not simulated`);
}

const CHUNK = 65_536;

/** Of an open file or folder, as `FileHandle`. */
class Handle {
  readonly #do: Calls;
  readonly #path: string;
  readonly #file: OpenFile | undefined;
  readonly #files: FileSystem;
  #at = 0;

  constructor(calls: Calls, files: FileSystem, path: string, file: OpenFile | undefined) {
    this.#do = calls;
    this.#files = files;
    this.#path = path;
    this.#file = file;
  }

  stat() {
    return this.#do(() => {
      const { mode, size, mtimeMs } = this.#open().inode;
      return { mode, size, mtimeMs, isFile: () => true };
    });
  }

  writev(parts: readonly Uint8Array[], position: number) {
    return this.#do(() => {
      const bytes = Buffer.concat(parts);
      this.#open().write(bytes, position);
      return { bytesWritten: bytes.length };
    });
  }

  truncate(size: number) {
    return this.#do(() => this.#open().truncate(size));
  }

  /** Of the whole file, or a part; closes it. */
  createReadStream({
    start = 0,
    end = Number.POSITIVE_INFINITY,
  }: {
    readonly start?: number;
    readonly end?: number;
  } = {}) {
    return Readable.from(this.#chunks(start, end), { objectMode: false });
  }

  async *#chunks(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at <= end; ) {
      const into = new Uint8Array(Math.min(CHUNK, end - at + 1));
      const { bytesRead } = await this.read(into, 0, into.length, at);
      if (bytesRead === 0) break;
      yield into.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  read(into: Uint8Array, offset = 0, length = into.length - offset, position?: number | null) {
    return this.#do(() => {
      const at = position ?? this.#at;
      const bytesRead = this.#open().read(into.subarray(offset, offset + length), at);
      if (position === undefined || position === null) this.#at += bytesRead;
      return { bytesRead, buffer: into };
    });
  }

  write(bytes: Uint8Array, offset: number, length: number, position: number) {
    return this.#do(() => {
      this.#open().write(bytes.subarray(offset, offset + length), position);
      return { bytesWritten: length, buffer: bytes };
    });
  }

  writeFile(bytes: Uint8Array) {
    return this.#do(() => this.#open().write(bytes, 0));
  }

  sync() {
    return this.#do(() => (this.#file ? this.#file.sync() : this.#files.syncFolder(this.#path)));
  }

  close() {
    return this.#do(() => undefined);
  }

  #open(): OpenFile {
    if (this.#file) return this.#file;
    throw new SystemError('EISDIR', 'read', this.#path);
  }
}

/** Gives a call's result when its time has come; never once the machine has stopped. */
type Calls = <T>(act: () => T) => Promise<T>;

function callsOf(loop: Loop): Calls {
  return (act) =>
    new Promise((resolve, reject) => {
      loop.schedule(() => {
        try {
          resolve(act());
        } catch (error) {
          if (!(error instanceof Stopped)) reject(error);
        }
      }, 0);
    });
}

interface ReadOptions {
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
}

/** By their names; a folder's come right after it. */
function* entriesOf(
  files: FileSystem,
  path: string,
  isRecursive: boolean,
): Generator<{ readonly parentPath: string; readonly name: string; readonly entry: Inode | Folder }> {
  const folder = files.find('readdir', path);
  if (!(folder instanceof Folder)) throw new SystemError(folder ? 'ENOTDIR' : 'ENOENT', 'readdir', path);
  for (const [name, entry] of [...folder.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield { parentPath: path, name, entry };
    if (isRecursive && entry instanceof Folder) yield* entriesOf(files, join(path, name), true);
  }
}

function statOf(files: FileSystem, path: string) {
  const found = files.find('stat', path);
  if (!found) throw new SystemError('ENOENT', 'stat', path);
  return {
    size: found instanceof Inode ? found.size : 0,
    isFile: () => found instanceof Inode,
    isDirectory: () => found instanceof Folder,
  };
}

/** Also where its folder is not there. */
function findOrNothing(files: FileSystem, path: string) {
  try {
    return files.find('rm', path);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** By the names that they have in `node:fs/promises`. */
export function nodeFiles(files: FileSystem, loop: Loop) {
  const calls = callsOf(loop);
  /** Folders of a name that nobody has: the same again after a restart would be somebody's. */
  let made = 0;

  /** With those that it is in. Returns the first that was missing. */
  function makeFolders(path: string, mode: number): string | undefined {
    let first: string | undefined;
    let at = '';
    for (const segment of path.split('/').slice(1)) {
      at = `${at}/${segment}`;
      const found = files.find('mkdir', at);
      if (found instanceof Folder) continue;
      if (found) throw new SystemError('EEXIST', 'mkdir', at);
      files.makeFolder(at, mode);
      first ??= at;
    }
    return first;
  }

  function remove(path: string, isForced: boolean): void {
    const entry = isForced ? findOrNothing(files, path) : files.find('rm', path);
    if (entry instanceof Folder) {
      // Each is taken out meanwhile.
      const names = [...entry.entries.keys()];
      for (const name of names) remove(join(path, name), isForced);
      files.removeFolder(path);
    } else if (entry || !isForced) files.unlink(path);
  }

  return {
    open: (path: string, flags: string | number = 'r', mode?: number) =>
      calls(() => {
        const { create, exclusive, truncates = false } = flagsOf(flags);
        const found = create ? undefined : files.find('open', path);
        if (found instanceof Folder) return new Handle(calls, files, path, undefined);
        const file = files.open(path, { create, exclusive, ...(mode !== undefined && { mode }) });
        if (truncates) file.truncate(0);
        return new Handle(calls, files, path, file);
      }),
    mkdir: (path: string, { recursive = false, mode = 0o777 }: { recursive?: boolean; mode?: number } = {}) =>
      calls(() => (recursive ? makeFolders(path, mode) : files.makeFolder(path, mode))),
    readdir: (path: string, options: ReadOptions = {}) =>
      calls(() => {
        const all = [...entriesOf(files, path, options.recursive === true)];
        if (!options.withFileTypes) return all.map(({ name }) => name);
        return all.map(({ parentPath, name, entry }) => ({
          parentPath,
          name,
          isFile: () => entry instanceof Inode,
          isDirectory: () => entry instanceof Folder,
        }));
      }),
    rename: (from: string, to: string) => calls(() => files.rename(from, to)),
    link: (from: string, to: string) => calls(() => files.link(from, to)),
    unlink: (path: string) => calls(() => files.unlink(path)),
    rm: (path: string, { force = false }: { readonly force?: boolean } = {}) =>
      calls(() => remove(path, force)),
    mkdtemp: (prefix: string) =>
      calls(() => {
        const path = `${prefix}${(++made).toString().padStart(6, '0')}`;
        files.makeFolder(path, 0o700);
        return path;
      }),
    stat: (path: string) => calls(() => statOf(files, path)),
    // There are no links.
    lstat: (path: string) => calls(() => statOf(files, path)),
    statfs: () => calls(() => ROOMY),
  };
}
