/** Calls WASI's functions as a program would, in a memory of a page. */
import { expect } from 'vitest';
import { Files } from '../files.ts';
import { Guest } from '../wasm/guest.ts';
import { inputsFolder, outputsFolder } from '../wasm/wasi/folders.ts';
import { wasiFunctions } from '../wasm/wasi/index.ts';
import { scratchFolder } from '../wasm/wasi/scratch.ts';
import { jobFor, MemoryFiles } from './memory-files.ts';

const OK = 0;
/** Where results go, and where texts lie. */
export const [RESULT, PATH, VECTOR, BUFFER] = [0, 256, 512, 1024];

export function world(
  inputs: Record<string, string> = { data: 'hello world' },
  outputs: readonly string[] = ['report'],
  scratch = 1 << 20,
) {
  let time = 123_450_000_000n;
  const slept: number[] = [];
  const requests = new MemoryFiles(inputs, outputs);
  const files = new Files(requests);
  const job = jobFor({}, inputs, outputs);
  const guest = new Guest();
  guest.memory = new WebAssembly.Memory({ initial: 1 });
  const said: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  const functions = wasiFunctions(guest, {
    argv: ['f', 'key', 'välue'],
    stdin: Buffer.from('{"key":1}'),
    stdout: (bytes) => (said.stdout += Buffer.from(bytes).toString()),
    stderr: (bytes) => (said.stderr += Buffer.from(bytes).toString()),
    folders: [
      inputsFolder(job, files),
      outputsFolder(job, files),
      scratchFolder(
        () => scratch,
        () => time,
      ),
    ],
    clock: {
      resolution: 10_000_000,
      now: () => time,
      sleep(milliseconds) {
        slept.push(milliseconds);
        time += BigInt(milliseconds) * 1_000_000n;
      },
    },
  });
  const call = (name: string, ...args: (number | bigint)[]): number | undefined =>
    (functions.get(name) as unknown as { call: (...args: (number | bigint)[]) => number | undefined }).call(
      ...args,
    );
  const u32 = (at = RESULT) => guest.view(at, 4).getUint32(0, true);
  const u64 = (at = RESULT) => guest.view(at, 8).getBigUint64(0, true);
  const text = (at: number, length: number) => Buffer.from(guest.range(at, length)).toString();
  const put = (value: string, at = PATH): number => {
    const bytes = Buffer.from(value);
    guest.range(at, bytes.length).set(bytes);
    return bytes.length;
  };
  const vector = (pointer: number, length: number) => {
    guest.setU32(VECTOR, pointer);
    guest.setU32(VECTOR + 4, length);
  };
  /** The errno, or the descriptor plus 1000. */
  const open = (folder: number, path: string, flags = 0, fdFlags = 0, rights = 0n): number => {
    const errno = call('path_open', folder, 1, PATH, put(path), flags, rights, 0n, fdFlags, RESULT);
    return errno === OK ? 1000 + u32() : (errno ?? -1);
  };
  const read = (fd: number, length: number): string | number => {
    vector(BUFFER, length);
    const errno = call('fd_read', fd, VECTOR, 1, RESULT);
    return errno === OK ? text(BUFFER, u32()) : (errno ?? -1);
  };
  const write = (fd: number, value: string): number | undefined => {
    vector(BUFFER, put(value, BUFFER));
    return call('fd_write', fd, VECTOR, 1, RESULT);
  };
  /** The errno, or the bytes. */
  const readAt = (fd: number, at: bigint, length: number): string | number => {
    vector(BUFFER, length);
    const errno = call('fd_pread', fd, VECTOR, 1, at, RESULT);
    return errno === OK ? text(BUFFER, u32()) : (errno ?? -1);
  };
  const writeAt = (fd: number, at: bigint, value: string): number | undefined => {
    vector(BUFFER, put(value, BUFFER));
    return call('fd_pwrite', fd, VECTOR, 1, at, RESULT);
  };
  const onPath = (name: string, folder: number, path: string): number | undefined =>
    call(name, folder, PATH, put(path));
  /** Device, inode, type and size; else the errno. */
  const stat = (folder: number, path: string): readonly number[] | number => {
    const errno = call('path_filestat_get', folder, 0, PATH, put(path), BUFFER);
    return errno === OK ? statAt() : (errno ?? -1);
  };
  const statAt = () => [
    Number(u64(BUFFER)),
    Number(u64(BUFFER + 8)),
    guest.view(BUFFER + 16, 1).getUint8(0),
    Number(u64(BUFFER + 32)),
  ];
  const list = (fd: number): { readonly name: string; readonly inode: number; readonly type: number }[] => {
    expect(call('fd_readdir', fd, BUFFER, 10_000, 0n, RESULT)).toBe(OK);
    const entries = [];
    for (let at = BUFFER, end = BUFFER + u32(); at < end; ) {
      const length = u32(at + 16);
      entries.push({
        name: text(at + 24, length),
        inode: Number(u64(at + 8)),
        type: guest.view(at + 20, 1).getUint8(0),
      });
      at += 24 + length;
    }
    return entries;
  };
  return {
    readAt,
    writeAt,
    onPath,
    stat,
    statAt,
    list,
    slept,
    call,
    files,
    functions,
    guest,
    open,
    put,
    read,
    requests,
    said,
    text,
    u32,
    u64,
    vector,
    write,
  };
}
