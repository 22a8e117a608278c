/** The calls of WASI preview 1 that concern descriptors: `snapshot_preview1` witx, August 2020. */
import type { Guest } from '../guest.ts';
import { refuse, type WasiCall } from './call.ts';
import { type Descriptor, DIRECTORY, REGULAR_FILE } from './descriptors.ts';
import { BADF, INVAL } from './errno.ts';
import type { Entry } from './folders.ts';
import { place, readInto, vectors, writeStat } from './memory.ts';
import { READ, WRITE } from './path-calls.ts';
import type { DescriptorTable } from './table.ts';
import { type Now, newTimes } from './times.ts';

const DIRENT = 24;
const APPEND = 1;
/** Rights of `fd_seek` and `fd_tell`: no folder has them. */
const PLACE_RIGHTS = 0x24n;
const ALL_RIGHTS = 0x1fff_ffffn;
/** Reading and writing. */
const DEVICE_RIGHTS = 0x42n;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;

/** Parameters of the calls that have many of them, by the names of the specification. */
type FdReaddir = [fd: number, buffer: number, length: number, cookie: bigint, result: number];
type FdPread = [fd: number, pointer: number, count: number, offset: bigint, result: number];

/** Pointers and lengths are the program's: `Guest` checks each of them. */
export class FileCalls {
  readonly #guest: Guest;
  readonly #table: DescriptorTable;
  readonly #now: Now;
  /** Numbers of the folders that the program finds open. */
  readonly #preopened: ReadonlySet<number>;

  constructor(guest: Guest, table: DescriptorTable, preopened: readonly number[], now: Now) {
    this.#now = now;
    this.#guest = guest;
    this.#table = table;
    this.#preopened = new Set(preopened);
  }

  all(): readonly WasiCall[] {
    /** What is in memory, and what the worker has, needs no more than that. */
    const known = (fd: number) => void this.#table.get(fd);
    return [
      ['fd_close', 'i', (fd: number) => this.#table.close(fd)],
      ['fd_renumber', 'ii', (from: number, to: number) => this.#table.renumber(from, to)],
      ['fd_read', 'iiii', this.#read],
      ['fd_pread', 'iiiIi', this.#pread],
      ['fd_write', 'iiii', this.#write],
      ['fd_pwrite', 'iiiIi', this.#pwrite],
      ['fd_seek', 'iIii', this.#seek],
      ['fd_tell', 'ii', this.#tell],
      ['fd_sync', 'i', known],
      ['fd_datasync', 'i', known],
      ['fd_advise', 'iIIi', this.#advise],
      ['fd_allocate', 'iII', this.#allocate],
      ['fd_fdstat_get', 'ii', this.#fdstat],
      ['fd_fdstat_set_flags', 'ii', this.#setFlags],
      // Rights are no wall here: folders and files are.
      ['fd_fdstat_set_rights', 'iII', known],
      [
        'fd_filestat_get',
        'ii',
        (fd: number, result: number) => writeStat(this.#guest, result, this.#table.get(fd).stat),
      ],
      ['fd_filestat_set_size', 'iI', (fd: number, size: bigint) => this.#table.get(fd).resize(place(size))],
      ['fd_filestat_set_times', 'iIIi', this.#setTimes],
      ['fd_prestat_get', 'ii', this.#prestat],
      ['fd_prestat_dir_name', 'iii', this.#prestatName],
      ['fd_readdir', 'iiiIi', this.#readdir],
    ];
  }

  readonly #read = (fd: number, pointer: number, count: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    const targets = vectors(this.#guest, pointer, count);
    this.#guest.setU32(
      result,
      readInto(targets, (target) => descriptor.read(target)),
    );
  };

  readonly #pread = (...[fd, pointer, count, offset, result]: FdPread): void => {
    const descriptor = this.#table.get(fd);
    const from = place(offset);
    const targets = vectors(this.#guest, pointer, count);
    this.#guest.setU32(
      result,
      readInto(targets, (target, done) => descriptor.readAt(target, from + done)),
    );
  };

  readonly #write = (fd: number, pointer: number, count: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    this.#guest.setU32(
      result,
      this.#writeAll(pointer, count, (bytes) => descriptor.write(bytes)),
    );
  };

  readonly #pwrite = (...[fd, pointer, count, offset, result]: FdPread): void => {
    const descriptor = this.#table.get(fd);
    const to = place(offset);
    this.#guest.setU32(
      result,
      this.#writeAll(pointer, count, (bytes, done) => descriptor.writeAt(bytes, to + done)),
    );
  };

  readonly #seek = (fd: number, offset: bigint, whence: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    const target = base(descriptor, whence) + Number(offset);
    if (target > MOST_BYTES) refuse(INVAL);
    descriptor.seek(target);
    this.#guest.view(result, 8).setBigUint64(0, BigInt(target), true);
  };

  readonly #tell = (fd: number, result: number): void => {
    const descriptor = this.#table.get(fd);
    descriptor.seek(descriptor.position);
    this.#guest.view(result, 8).setBigUint64(0, BigInt(descriptor.position), true);
  };

  readonly #advise = (fd: number, _offset: bigint, _length: bigint, advice: number): void => {
    this.#table.get(fd);
    if (advice < 0 || advice > 5) refuse(INVAL);
  };

  readonly #allocate = (fd: number, offset: bigint, length: bigint): void => {
    const descriptor = this.#table.get(fd);
    if (descriptor.stat.type === DIRECTORY || descriptor.mode?.writable === false) refuse(BADF);
    if (length === 0n) refuse(INVAL);
    const end = place(BigInt(place(offset)) + BigInt(place(length)));
    if (end > descriptor.stat.size) descriptor.resize(end);
  };

  readonly #fdstat = (fd: number, result: number): void => {
    const {
      stat: { type },
      append,
      mode,
    } = this.#table.get(fd);
    const view = this.#guest.view(result, 24);
    view.setBigUint64(0, 0n, true);
    view.setUint8(0, type);
    view.setUint16(2, append ? APPEND : 0, true);
    // A terminal is what cannot seek, says wasi-libc; so files and folders have every right, streams only read and write.
    const known = type === DIRECTORY || type === REGULAR_FILE;
    const rights = known ? ALL_RIGHTS : DEVICE_RIGHTS;
    // From these `fcntl` tells how a file was opened.
    const withheld = (mode?.readable === false ? READ : 0n) | (mode?.writable === false ? WRITE : 0n);
    view.setBigUint64(8, rights & ~withheld & ~(type === DIRECTORY ? PLACE_RIGHTS : 0n), true);
    view.setBigUint64(16, rights, true);
  };

  readonly #setTimes = (fd: number, accessed: bigint, modified: bigint, flags: number): void =>
    this.#table.get(fd).setTimes(newTimes(accessed, modified, flags, this.#now));

  readonly #setFlags = (fd: number, flags: number): void => {
    this.#table.get(fd).append = (flags & APPEND) !== 0;
  };

  readonly #prestat = (fd: number, result: number): void => {
    const path = this.#announced(fd);
    this.#guest.view(result, 8).setBigUint64(0, 0n, true);
    this.#guest.setU32(result + 4, path.length);
  };

  readonly #prestatName = (fd: number, pointer: number, length: number): void => {
    const name = Buffer.from(this.#announced(fd));
    if (length < name.length) refuse(INVAL);
    this.#guest.range(pointer, name.length).set(name);
  };

  readonly #readdir = (...[fd, buffer, length, cookie, result]: FdReaddir): void => {
    const folder = this.#table.folder(fd);
    const target = this.#guest.range(buffer, length);
    const size = writeEntries(target, folder.entriesFrom(place(cookie)));
    this.#guest.setU32(result, size);
  };

  #writeAll(pointer: number, count: number, write: (bytes: Uint8Array, done: number) => void): number {
    let total = 0;
    for (const bytes of vectors(this.#guest, pointer, count)) {
      write(bytes, total);
      total += bytes.length;
    }
    return total;
  }

  #announced(fd: number): string {
    const path = this.#preopened.has(fd) ? this.#table.folder(fd).path : undefined;
    return path ?? refuse(BADF);
  }
}

function base(descriptor: Descriptor, whence: number): number {
  if (whence === 0) return 0;
  if (whence === 1) return descriptor.position;
  return whence === 2 ? descriptor.stat.size : refuse(INVAL);
}

/** As many as there is room for, the last one perhaps cut: then the program asks again, with more room. */
function writeEntries(target: Uint8Array, entries: Iterable<Entry>): number {
  let at = 0;
  for (const { name, type, inode, next } of entries) {
    if (at >= target.length) break;
    const text = Buffer.from(name);
    const head = Buffer.alloc(DIRENT);
    head.writeBigUInt64LE(BigInt(next), 0);
    head.writeBigUInt64LE(BigInt(inode), 8);
    head.writeUInt32LE(text.length, 16);
    head.writeUInt8(type, 20);
    const part = Buffer.concat([head, text]).subarray(0, target.length - at);
    target.set(part, at);
    at += part.length;
  }
  return at;
}
