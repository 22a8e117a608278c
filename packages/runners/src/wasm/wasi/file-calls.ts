/** The calls of WASI preview 1 that concern files: `snapshot_preview1` witx, August 2020. */
import type { HostFunction } from '../env.ts';
import type { Guest } from '../guest.ts';
import { type Descriptor, DIRECTORY } from './descriptors.ts';
import { BADF, Errno, INVAL, NOENT, NOSYS, OK } from './errno.ts';
import type { DescriptorTable } from './table.ts';

const FIRST_FOLDER = 3;
const DIRENT = 24;
const ALL_RIGHTS = 0x1fff_ffffn;

/** A call returns its errno; undefined is success. */
type Call = (...args: never[]) => void;

export function fileCalls(guest: Guest, table: DescriptorTable): [string, string, Call][] {
  const vectors = (pointer: number, count: number): Uint8Array[] => {
    const view = guest.view(pointer, 8 * (count >>> 0));
    return Array.from({ length: count >>> 0 }, (_, index) =>
      guest.range(view.getUint32(8 * index, true), view.getUint32(8 * index + 4, true)),
    );
  };
  const path = (pointer: number, length: number): string => guest.text(pointer, length) ?? refuse(NOENT);
  const writeStat = (pointer: number, { type, size }: { type: number; size: number }): void => {
    const view = guest.view(pointer, 64);
    for (let at = 0; at < 64; at += 8) view.setBigUint64(at, 0n, true);
    view.setUint8(16, type);
    view.setBigUint64(24, 1n, true);
    view.setBigUint64(32, BigInt(size), true);
  };
  const preopened = (fd: number) =>
    fd === FIRST_FOLDER || fd === FIRST_FOLDER + 1 ? table.folder(fd) : refuse(BADF);

  return [
    ['fd_close', 'i', (fd: number) => table.close(fd)],
    ['fd_renumber', 'ii', (from: number, to: number) => table.renumber(from, to)],
    [
      'fd_read',
      'iiii',
      (fd: number, pointer: number, count: number, result: number) => {
        const descriptor = table.get(fd);
        let total = 0;
        for (const target of vectors(pointer, count)) {
          const got = target.length === 0 ? 0 : descriptor.read(target);
          total += got;
          if (got < target.length) break;
        }
        guest.setU32(result, total);
      },
    ],
    [
      'fd_write',
      'iiii',
      (fd: number, pointer: number, count: number, result: number) => {
        const descriptor = table.get(fd);
        let total = 0;
        for (const bytes of vectors(pointer, count)) {
          descriptor.write(bytes);
          total += bytes.length;
        }
        guest.setU32(result, total);
      },
    ],
    [
      'fd_seek',
      'iIii',
      (fd: number, offset: bigint, whence: number, result: number) => {
        const descriptor = table.get(fd);
        const target = base(descriptor, whence) + Number(offset);
        descriptor.seek(target);
        guest.view(result, 8).setBigUint64(0, BigInt(target), true);
      },
    ],
    [
      'fd_tell',
      'ii',
      (fd: number, result: number) => {
        const descriptor = table.get(fd);
        descriptor.seek(descriptor.position);
        guest.view(result, 8).setBigUint64(0, BigInt(descriptor.position), true);
      },
    ],
    [
      'fd_fdstat_get',
      'ii',
      (fd: number, result: number) => {
        const { type } = table.get(fd);
        const view = guest.view(result, 24);
        view.setBigUint64(0, 0n, true);
        view.setUint8(0, type);
        // A terminal is what cannot seek, says wasi-libc; so files and folders have every right, devices only read and write.
        const rights = type === DIRECTORY || type === 4 ? ALL_RIGHTS : 0x42n;
        view.setBigUint64(8, rights, true);
        view.setBigUint64(16, rights, true);
      },
    ],
    ['fd_fdstat_set_flags', 'ii', (fd: number) => void table.get(fd)],
    ['fd_filestat_get', 'ii', (fd: number, result: number) => writeStat(result, table.get(fd))],
    [
      'fd_prestat_get',
      'ii',
      (fd: number, result: number) => {
        const { path: name } = preopened(fd);
        guest.view(result, 8).setBigUint64(0, 0n, true);
        guest.setU32(result + 4, name.length);
      },
    ],
    [
      'fd_prestat_dir_name',
      'iii',
      (fd: number, pointer: number, length: number) => {
        const name = Buffer.from(preopened(fd).path);
        if (length < name.length) throw new Errno(INVAL);
        guest.range(pointer, name.length).set(name);
      },
    ],
    [
      'fd_readdir',
      'iiiIi',
      (fd: number, pointer: number, length: number, cookie: bigint, result: number) => {
        const { entries } = table.folder(fd);
        const listing = dirents(entries, Number(BigInt.asUintN(64, cookie))).subarray(0, length >>> 0);
        guest.range(pointer, length).set(listing);
        guest.setU32(result, listing.length);
      },
    ],
    [
      'path_open',
      'iiiiiIIii',
      (
        fd: number,
        _lookup: number,
        pointer: number,
        length: number,
        flags: number,
        _rights: bigint,
        _inheriting: bigint,
        _fdFlags: number,
        result: number,
      ) => {
        guest.view(result, 4);
        const opened = table.folder(fd).open(path(pointer, length), {
          create: (flags & 1) !== 0,
          directory: (flags & 2) !== 0,
          exclusive: (flags & 4) !== 0,
          truncate: (flags & 8) !== 0,
        });
        guest.setU32(result, table.add(opened));
      },
    ],
    [
      'path_filestat_get',
      'iiiii',
      (fd: number, _lookup: number, pointer: number, length: number, result: number) =>
        writeStat(result, table.folder(fd).stat(path(pointer, length))),
    ],
  ];
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
    head.writeUInt8(4, 20);
    return [head, name];
  });
  return Buffer.concat(parts);
}

function refuse(errno: number): never {
  throw new Errno(errno);
}

/** Wraps calls for import: an errno is their result, and success is 0. */
export function importable(
  calls: readonly (readonly [string, string, Call])[],
  refusal: (error: unknown) => number | undefined,
): Map<string, HostFunction> {
  return new Map(
    calls.map(([name, params, call]) => [
      name,
      {
        signature: `${params}:i`,
        call: (...args: never[]) => {
          try {
            call(...args);
            return OK;
          } catch (error) {
            if (error instanceof Errno) return error.number;
            const errno = refusal(error);
            if (errno === undefined) throw error;
            return errno;
          }
        },
      },
    ]),
  );
}

/** Calls that exist, and that nothing of a task can want. */
export const UNSUPPORTED: [string, string, Call][] = (
  [
    ['fd_advise', 'iIIi'],
    ['fd_allocate', 'iII'],
    ['fd_datasync', 'i'],
    ['fd_fdstat_set_rights', 'iII'],
    ['fd_filestat_set_size', 'iI'],
    ['fd_filestat_set_times', 'iIIi'],
    ['fd_pread', 'iiiIi'],
    ['fd_pwrite', 'iiiIi'],
    ['fd_sync', 'i'],
    ['path_create_directory', 'iii'],
    ['path_filestat_set_times', 'iiiiIIi'],
    ['path_link', 'iiiiiii'],
    ['path_readlink', 'iiiiii'],
    ['path_remove_directory', 'iii'],
    ['path_rename', 'iiiiii'],
    ['path_symlink', 'iiiii'],
    ['path_unlink_file', 'iii'],
    ['poll_oneoff', 'iiii'],
    ['proc_raise', 'i'],
    ['sock_accept', 'iii'],
    ['sock_recv', 'iiiiii'],
    ['sock_send', 'iiiii'],
    ['sock_shutdown', 'ii'],
  ] as const
).map(([name, params]) => [name, params, () => refuse(NOSYS)]);
