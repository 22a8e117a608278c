import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Files } from '../../files.ts';
import { jobFor, MemoryFiles } from '../../testing/memory-files.ts';
import { Guest } from '../guest.ts';
import { Trap } from '../traps.ts';
import { inputsFolder, outputsFolder } from './folders.ts';
import { Exit, wasiFunctions } from './index.ts';

const OK = 0;
const [ACCES, BADF, INVAL, NOENT, NOSYS, NOTDIR, ROFS, SPIPE] = [2, 8, 28, 44, 52, 54, 69, 70];
const [CREATE, DIRECTORY, TRUNCATE] = [1, 2, 8];
/** Where results go, and where texts lie. */
const [RESULT, PATH, VECTOR, BUFFER] = [0, 256, 512, 1024];

function world(
  inputs: Record<string, string> = { data: 'hello world' },
  outputs: readonly string[] = ['report'],
) {
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
    folders: [inputsFolder(job, files), outputsFolder(job, files)],
    clock: { resolution: 10_000_000, now: () => 123_450_000_000n },
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
  const open = (folder: number, path: string, flags = 0): number => {
    const errno = call('path_open', folder, 0, PATH, put(path), flags, 0n, 0n, 0, RESULT);
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
  return { call, files, functions, guest, open, put, read, requests, said, text, u32, u64, vector, write };
}

describe('WASI', () => {
  it('opens the inputs by their names, and nothing else', () => {
    const { open } = world({ data: 'x', 'a/b': 'y' });
    expect(open(3, 'data')).toBe(1005);
    expect(open(3, './data')).toBe(1006);
    expect(open(3, 'a/b')).toBe(1007);
    for (const path of ['nothing', '../outputs/report', '/etc/passwd', 'data/..', 'a', '..', 'da\0ta'])
      expect(open(3, path)).toBe(NOENT);
    expect(open(3, '')).toBe(INVAL);
    expect(open(3, 'new', CREATE)).toBe(ROFS);
    expect(open(3, 'data', TRUNCATE)).toBe(ROFS);
    expect(open(3, 'data', DIRECTORY)).toBe(NOENT);
    expect(open(3, '.', DIRECTORY)).toBe(1008);
    expect(open(5, 'data')).toBe(NOTDIR);
    expect(open(99, 'data')).toBe(BADF);
  });

  it('creates the outputs by their names, and nothing else', () => {
    const { open, write, files, requests } = world();
    expect(open(4, 'report')).toBe(NOENT);
    expect(open(4, 'other', CREATE)).toBe(ROFS);
    const fd = open(4, 'report', CREATE | TRUNCATE) - 1000;
    expect(write(fd, 'one ')).toBe(OK);
    expect(write(fd, 'two')).toBe(OK);
    files.flush();
    expect(requests.outputs.get('report')?.toString()).toBe('one two');
    expect(open(4, 'report', CREATE | TRUNCATE)).toBe(1006);
    files.flush();
    expect(requests.outputs.get('report')?.toString()).toBe('');
  });

  it('reads on, back and forth', () => {
    const { call, open, read, u64 } = world();
    const fd = open(3, 'data') - 1000;
    expect(read(fd, 5)).toBe('hello');
    expect(call('fd_tell', fd, RESULT)).toBe(OK);
    expect(u64()).toBe(5n);
    expect(call('fd_seek', fd, 6n, 0, RESULT)).toBe(OK);
    expect(read(fd, 3)).toBe('wor');
    expect(call('fd_seek', fd, -9n, 1, RESULT)).toBe(OK);
    expect(read(fd, 5)).toBe('hello');
    expect(call('fd_seek', fd, -1n, 2, RESULT)).toBe(OK);
    expect(read(fd, 9)).toBe('d');
    expect(read(fd, 9)).toBe('');
    expect(call('fd_seek', fd, -1n, 0, RESULT)).toBe(INVAL);
    expect(call('fd_seek', fd, 0n, 9, RESULT)).toBe(INVAL);
    expect(call('fd_seek', 0, 0n, 0, RESULT)).toBe(SPIPE);
  });

  it('refuses what a descriptor is not for', () => {
    const { call, open, read, write } = world();
    const input = open(3, 'data') - 1000;
    const output = open(4, 'report', CREATE) - 1000;
    expect(write(input, 'x')).toBe(ACCES);
    expect(read(output, 5)).toBe(ACCES);
    expect(read(1, 5)).toBe(ACCES);
    expect(write(0, 'x')).toBe(ACCES);
    expect(call('fd_close', input)).toBe(OK);
    expect(call('fd_close', input)).toBe(BADF);
    expect(read(input, 5)).toBe(BADF);
    expect(call('fd_prestat_get', 5, RESULT)).toBe(BADF);
  });

  it('has standard streams', () => {
    const { read, write, said } = world();
    expect(read(0, 6)).toBe('{"key"');
    expect(read(0, 60)).toBe(':1}');
    expect(read(0, 60)).toBe('');
    write(1, 'result');
    write(2, 'log');
    expect(said).toEqual({ stdout: 'result', stderr: 'log' });
  });

  it('tells arguments, folders, sizes and clocks', () => {
    const { call, text, u32, u64, guest, put } = world();
    expect(call('args_sizes_get', RESULT, 4)).toBe(OK);
    expect([u32(), u32(4)]).toEqual([3, 2 + 4 + 7]);
    expect(call('args_get', RESULT, BUFFER)).toBe(OK);
    expect(text(BUFFER, 13)).toBe('f\0key\0välue\0');
    expect(u32(8)).toBe(BUFFER + 6);
    expect(call('fd_prestat_get', 4, RESULT)).toBe(OK);
    expect(call('fd_prestat_dir_name', 4, BUFFER, u32(4))).toBe(OK);
    expect(text(BUFFER, u32(4))).toBe('/outputs');
    expect(call('path_filestat_get', 3, 0, PATH, put('data'), BUFFER)).toBe(OK);
    expect(u64(BUFFER + 32)).toBe(11n);
    expect(call('path_filestat_get', 4, 0, PATH, put('report'), BUFFER)).toBe(NOENT);
    expect(call('clock_time_get', 0, 1n, RESULT)).toBe(OK);
    expect(u64()).toBe(123_450_000_000n);
    expect(call('clock_res_get', 1, RESULT)).toBe(OK);
    expect(u64()).toBe(10_000_000n);
    expect(call('clock_time_get', 9, 1n, RESULT)).toBe(INVAL);
    expect(call('environ_sizes_get', RESULT, 4)).toBe(OK);
    expect([u32(), u32(4)]).toEqual([0, 0]);
    expect(call('random_get', BUFFER, 60_000)).toBe(OK);
    expect(new Set(guest.range(BUFFER, 1000)).size).toBeGreaterThan(100);
  });

  it('lists folders', () => {
    const { call, u32, u64, text } = world({ one: '', three: '' });
    expect(call('fd_readdir', 3, BUFFER, 1000, 0n, RESULT)).toBe(OK);
    expect(u32()).toBe(24 + 3 + 24 + 5);
    expect([u64(BUFFER), u32(BUFFER + 16), text(BUFFER + 24, 3)]).toEqual([1n, 3, 'one']);
    expect(call('fd_readdir', 3, BUFFER, 1000, 1n, RESULT)).toBe(OK);
    expect(text(BUFFER + 24, 5)).toBe('three');
    expect(call('fd_readdir', 3, BUFFER, 10, 0n, RESULT)).toBe(OK);
    expect(u32()).toBe(10);
    expect(call('fd_readdir', 1, BUFFER, 10, 0n, RESULT)).toBe(NOTDIR);
  });

  it('has no sockets, links or sleep, and ends where it is told to', () => {
    const { call } = world();
    for (const name of ['sock_send', 'path_symlink', 'path_unlink_file', 'poll_oneoff', 'fd_pwrite'])
      expect(call(name)).toBe(NOSYS);
    expect(() => call('proc_exit', 3)).toThrow(new Exit(3));
  });

  it('does not wrap sizes around', () => {
    const { call } = world();
    expect(() => call('fd_read', 0, 0, 0x2000_0000, RESULT)).toThrow(Trap);
    expect(() => call('fd_write', 1, -8, 2, RESULT)).toThrow(Trap);
  });

  it('gives an errno or a trap for whatever it is called with', () => {
    const { functions } = world();
    const names = [...functions.keys()].filter((name) => name !== 'proc_exit');
    const number = fc.oneof(fc.nat(8), fc.integer(), fc.constantFrom(PATH, BUFFER, 65_535, -1, 0x2000_0000));
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(number, { minLength: 9, maxLength: 9 }),
        (name, values) => {
          const { call } = world();
          const letters = (functions.get(name)?.signature ?? '').split(':')[0] ?? '';
          const args = letters.split('').map((letter, index) => {
            const value = values[index] ?? 0;
            return letter === 'I' ? BigInt(value) : value;
          });
          try {
            expect(call(name, ...args)).toBeTypeOf('number');
          } catch (error) {
            if (!(error instanceof Trap)) throw error;
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});
