/** The calls of WASI preview 1 that concern paths. */
import { limits } from '../../limits.ts';
import type { Guest } from '../guest.ts';
import { refuse, type WasiCall } from './call.ts';
import { ILSEQ, NAMETOOLONG } from './errno.ts';
import type { Folder } from './folders.ts';
import { writeStat } from './memory.ts';
import type { DescriptorTable } from './table.ts';
import { type Now, newTimes } from './times.ts';

const APPEND = 1;
/** `lookupflags`: a link at the end is followed. */
const FOLLOW = 1;
/** Rights of `fd_read` and of `fd_write`. */
export const READ = 1n << 1n;
export const WRITE = 1n << 6n;
const MOST = limits.fileName.value;

/** Parameters by the names of the specification. */
type PathOpen = [
  fd: number,
  lookup: number,
  path: number,
  pathLength: number,
  flags: number,
  rights: bigint,
  inheriting: bigint,
  fdFlags: number,
  result: number,
];
type PathFilestatGet = [fd: number, lookup: number, path: number, pathLength: number, result: number];
type PathLink = [
  fd: number,
  lookup: number,
  path: number,
  pathLength: number,
  to: number,
  toPath: number,
  toLength: number,
];
type PathTimes = [
  fd: number,
  lookup: number,
  path: number,
  pathLength: number,
  accessed: bigint,
  modified: bigint,
  flags: number,
];
type PathReadlink = [
  fd: number,
  path: number,
  pathLength: number,
  buffer: number,
  length: number,
  result: number,
];
type PathSymlink = [target: number, targetLength: number, fd: number, path: number, pathLength: number];
type PathRename = [
  fd: number,
  path: number,
  pathLength: number,
  to: number,
  toPath: number,
  toLength: number,
];

/** Pointers and lengths are the program's: `Guest` checks each of them. */
export class PathCalls {
  readonly #guest: Guest;
  readonly #table: DescriptorTable;
  readonly #now: Now;

  constructor(guest: Guest, table: DescriptorTable, now: Now) {
    this.#now = now;
    this.#guest = guest;
    this.#table = table;
  }

  all(): readonly WasiCall[] {
    const change =
      (act: (folder: Folder, path: string) => void) => (fd: number, path: number, length: number) =>
        act(this.#table.folder(fd), this.#path(path, length));
    return [
      ['path_open', 'iiiiiIIii', this.#open],
      ['path_filestat_get', 'iiiii', this.#filestat],
      ['path_create_directory', 'iii', change((folder, path) => folder.makeFolder(path))],
      ['path_remove_directory', 'iii', change((folder, path) => folder.removeFolder(path))],
      ['path_unlink_file', 'iii', change((folder, path) => folder.removeFile(path))],
      ['path_rename', 'iiiiii', this.#rename],
      ['path_filestat_set_times', 'iiiiIIi', this.#times],
      ['path_link', 'iiiiiii', this.#link],
      ['path_symlink', 'iiiii', this.#symlink],
      ['path_readlink', 'iiiiii', this.#readlink],
    ];
  }

  readonly #open = (...[fd, lookup, path, pathLength, flags, rights, , fdFlags, result]: PathOpen): void => {
    const asked = rights & (READ | WRITE);
    this.#guest.view(result, 4);
    this.#table.expectRoom();
    const opened = this.#table.folder(fd).open(this.#path(path, pathLength), {
      create: (flags & 1) !== 0,
      directory: (flags & 2) !== 0,
      exclusive: (flags & 4) !== 0,
      truncate: (flags & 8) !== 0,
      follow: (lookup & FOLLOW) !== 0,
      writes: (asked & WRITE) !== 0n,
      append: (fdFlags & APPEND) !== 0,
      // Who asks for one of the two gets no other. Who asks for none gets both: not every program says what it wants.
      readable: asked !== WRITE,
      writable: asked !== READ,
    });
    this.#guest.setU32(result, this.#table.add(opened));
  };

  readonly #filestat = (...[fd, lookup, path, pathLength, result]: PathFilestatGet): void =>
    writeStat(
      this.#guest,
      result,
      this.#table.folder(fd).statOf(this.#path(path, pathLength), (lookup & FOLLOW) !== 0),
    );

  readonly #times = (...[fd, lookup, path, pathLength, accessed, modified, flags]: PathTimes): void => {
    const times = newTimes(accessed, modified, flags, this.#now);
    this.#table.folder(fd).setTimesOf(this.#path(path, pathLength), (lookup & FOLLOW) !== 0, times);
  };

  readonly #link = (...[fd, lookup, path, pathLength, to, toPath, toLength]: PathLink): void =>
    this.#table
      .folder(fd)
      .link(
        this.#path(path, pathLength),
        (lookup & FOLLOW) !== 0,
        this.#table.folder(to),
        this.#path(toPath, toLength),
      );

  readonly #symlink = (...[target, targetLength, fd, path, pathLength]: PathSymlink): void =>
    this.#table.folder(fd).makeLink(this.#path(target, targetLength), this.#path(path, pathLength));

  /** As much as there is room for, as `readlink` has it. */
  readonly #readlink = (...[fd, path, pathLength, buffer, length, result]: PathReadlink): void => {
    const target = Buffer.from(this.#table.folder(fd).readLink(this.#path(path, pathLength)));
    const part = target.subarray(0, length >>> 0);
    this.#guest.range(buffer, part.length).set(part);
    this.#guest.setU32(result, part.length);
  };

  readonly #rename = (...[fd, path, pathLength, to, toPath, toLength]: PathRename): void =>
    this.#table
      .folder(fd)
      .rename(this.#path(path, pathLength), this.#table.folder(to), this.#path(toPath, toLength));

  #path(pointer: number, length: number): string {
    // Of its bytes: too many, or no UTF-8.
    return this.#guest.text(pointer, length) ?? refuse(length >>> 0 > MOST ? NAMETOOLONG : ILSEQ);
  }
}
