/** The calls of WASI preview 1 that concern paths. */
import { limits } from '../../limits.ts';
import type { Guest } from '../guest.ts';
import { refuse, type WasiCall } from './call.ts';
import { ILSEQ, INVAL, NAMETOOLONG, NOTSUP } from './errno.ts';
import type { Folder } from './folders.ts';
import { writeStat } from './memory.ts';
import type { DescriptorTable } from './table.ts';

const APPEND = 1;
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

  constructor(guest: Guest, table: DescriptorTable) {
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
      [
        'path_filestat_set_times',
        'iiiiIIi',
        (fd: number, _lookup: number, path: number, length: number) =>
          void this.#table.folder(fd).statOf(this.#path(path, length)),
      ],
      [
        'path_readlink',
        'iiiiii',
        (fd: number, path: number, length: number) => {
          this.#table.folder(fd).statOf(this.#path(path, length));
          // There are no links.
          refuse(INVAL);
        },
      ],
      ['path_link', 'iiiiiii', (fd: number) => refuse(this.#table.folder(fd) && NOTSUP)],
      [
        'path_symlink',
        'iiiii',
        (_path: number, _length: number, fd: number) => refuse(this.#table.folder(fd) && NOTSUP),
      ],
    ];
  }

  readonly #open = (...[fd, , path, pathLength, flags, rights, , fdFlags, result]: PathOpen): void => {
    const asked = rights & (READ | WRITE);
    this.#guest.view(result, 4);
    this.#table.expectRoom();
    const opened = this.#table.folder(fd).open(this.#path(path, pathLength), {
      create: (flags & 1) !== 0,
      directory: (flags & 2) !== 0,
      exclusive: (flags & 4) !== 0,
      truncate: (flags & 8) !== 0,
      append: (fdFlags & APPEND) !== 0,
      // Who asks for one of the two gets no other. Who asks for none gets both: not every program says what it wants.
      readable: asked !== WRITE,
      writable: asked !== READ,
    });
    this.#guest.setU32(result, this.#table.add(opened));
  };

  readonly #filestat = (...[fd, , path, pathLength, result]: PathFilestatGet): void =>
    writeStat(this.#guest, result, this.#table.folder(fd).statOf(this.#path(path, pathLength)));

  readonly #rename = (...[fd, path, pathLength, to, toPath, toLength]: PathRename): void =>
    this.#table
      .folder(fd)
      .rename(this.#path(path, pathLength), this.#table.folder(to), this.#path(toPath, toLength));

  #path(pointer: number, length: number): string {
    // Of its bytes: too many, or no UTF-8.
    return this.#guest.text(pointer, length) ?? refuse(length >>> 0 > MOST ? NAMETOOLONG : ILSEQ);
  }
}
