/** The calls of WASI preview 1 that concern files: `snapshot_preview1` witx, August 2020. */
import type { Guest } from '../guest.ts';
import { refuse, type WasiCall } from './call.ts';
import { type Descriptor, DIRECTORY, REGULAR_FILE } from './descriptors.ts';
import { BADF, INVAL, NOENT } from './errno.ts';
import type { Folder } from './folders.ts';
import type { DescriptorTable } from './table.ts';

const FIRST_FOLDER = 3;
const DIRENT = 24;
const ALL_RIGHTS = 0x1fff_ffffn;
/** Reading and writing. */
const DEVICE_RIGHTS = 0x42n;

/** Parameters of the calls that have many of them, by the names of the specification. */
type FdReaddir = [fd: number, buffer: number, length: number, cookie: bigint, result: number];
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

/** Pointers and lengths are the program's: `Guest` checks each of them. */
export class FileCalls {
  readonly #guest: Guest;
  readonly #table: DescriptorTable;

  constructor(guest: Guest, table: DescriptorTable) {
    this.#guest = guest;
    this.#table = table;
  }

  all(): readonly WasiCall[] {
    return [
      ['fd_close', 'i', (fd: number) => this.#table.close(fd)],
      ['fd_renumber', 'ii', (from: number, to: number) => this.#table.renumber(from, to)],
      ['fd_read', 'iiii', this.#read],
      ['fd_write', 'iiii', this.#write],
      ['fd_seek', 'iIii', this.#seek],
      ['fd_tell', 'ii', this.#tell],
      ['fd_fdstat_get', 'ii', this.#fdstat],
      ['fd_fdstat_set_flags', 'ii', (fd: number) => void this.#table.get(fd)],
      ['fd_filestat_get', 'ii', (fd: number, result: number) => this.#filestat(result, this.#table.get(fd))],
      ['fd_prestat_get', 'ii', this.#prestat],
      ['fd_prestat_dir_name', 'iii', this.#prestatName],
      ['fd_readdir', 'iiiIi', this.#readdir],
      ['path_open', 'iiiiiIIii', this.#pathOpen],
      ['path_filestat_get', 'iiiii', this.#pathFilestat],
    ];
  }

  readonly #read = (fd: number, pointer: number, count: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    let total = 0;
    for (const target of this.#vectors(pointer, count)) {
      const got = target.length === 0 ? 0 : descriptor.read(target);
      total += got;
      if (got < target.length) break;
    }
    this.#guest.setU32(result, total);
  };

  readonly #write = (fd: number, pointer: number, count: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    let total = 0;
    for (const bytes of this.#vectors(pointer, count)) {
      descriptor.write(bytes);
      total += bytes.length;
    }
    this.#guest.setU32(result, total);
  };

  readonly #seek = (fd: number, offset: bigint, whence: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    const target = base(descriptor, whence) + Number(offset);
    descriptor.seek(target);
    this.#guest.view(result, 8).setBigUint64(0, BigInt(target), true);
  };

  readonly #tell = (fd: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    descriptor.seek(descriptor.position);
    this.#guest.view(result, 8).setBigUint64(0, BigInt(descriptor.position), true);
  };

  readonly #fdstat = (fd: number, result: number): void => {
    const { type } = this.#table.get(fd);
    const view = this.#guest.view(result, 24);
    view.setBigUint64(0, 0n, true);
    view.setUint8(0, type);
    // A terminal is what cannot seek, says wasi-libc; so files and folders have every right, devices only read and write.
    const rights = type === DIRECTORY || type === REGULAR_FILE ? ALL_RIGHTS : DEVICE_RIGHTS;
    view.setBigUint64(8, rights, true);
    view.setBigUint64(16, rights, true);
  };

  readonly #prestat = (fd: number, result: number): void => {
    const { path } = this.#preopened(fd);
    this.#guest.view(result, 8).setBigUint64(0, 0n, true);
    this.#guest.setU32(result + 4, path.length);
  };

  readonly #prestatName = (fd: number, pointer: number, length: number): void => {
    const name = Buffer.from(this.#preopened(fd).path);
    if (length < name.length) refuse(INVAL);
    this.#guest.range(pointer, name.length).set(name);
  };

  readonly #readdir = (...[fd, buffer, length, cookie, result]: FdReaddir): void => {
    const { entries } = this.#table.folder(fd);
    const listing = dirents(entries, Number(BigInt.asUintN(64, cookie))).subarray(0, length >>> 0);
    this.#guest.range(buffer, length).set(listing);
    this.#guest.setU32(result, listing.length);
  };

  readonly #pathOpen = (...[fd, , path, pathLength, flags, , , , result]: PathOpen): void => {
    this.#guest.view(result, 4);
    const opened = this.#table.folder(fd).open(this.#path(path, pathLength), {
      create: (flags & 1) !== 0,
      directory: (flags & 2) !== 0,
      exclusive: (flags & 4) !== 0,
      truncate: (flags & 8) !== 0,
    });
    this.#guest.setU32(result, this.#table.add(opened));
  };

  readonly #pathFilestat = (...[fd, , path, pathLength, result]: PathFilestatGet): void =>
    this.#filestat(result, this.#table.folder(fd).stat(this.#path(path, pathLength)));

  #filestat(pointer: number, { type, size }: { readonly type: number; readonly size: number }): void {
    const view = this.#guest.view(pointer, 64);
    for (let at = 0; at < 64; at += 8) view.setBigUint64(at, 0n, true);
    view.setUint8(16, type);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(32, BigInt(size), true);
  }

  #vectors(pointer: number, count: number): Uint8Array[] {
    const view = this.#guest.view(pointer, 8 * (count >>> 0));
    return Array.from({ length: count >>> 0 }, (_, index) =>
      this.#guest.range(view.getUint32(8 * index, true), view.getUint32(8 * index + 4, true)),
    );
  }

  #path(pointer: number, length: number): string {
    return this.#guest.text(pointer, length) ?? refuse(NOENT);
  }

  #preopened(fd: number): Folder {
    return fd === FIRST_FOLDER || fd === FIRST_FOLDER + 1 ? this.#table.folder(fd) : refuse(BADF);
  }
}

function base(descriptor: Descriptor, whence: number): number {
  if (whence === 0) return 0;
  if (whence === 1) return descriptor.position;
  return whence === 2 ? descriptor.size : refuse(INVAL);
}

function dirents(entries: readonly string[], from: number): Buffer {
  const parts = entries.slice(from).flatMap((entry, index) => {
    const name = Buffer.from(entry);
    const head = Buffer.alloc(DIRENT);
    head.writeBigUInt64LE(BigInt(from + index + 1), 0);
    head.writeBigUInt64LE(BigInt(from + index + 1), 8);
    head.writeUInt32LE(name.length, 16);
    head.writeUInt8(REGULAR_FILE, 20);
    return [head, name];
  });
  return Buffer.concat(parts);
}
