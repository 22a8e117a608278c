import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUFFER, PATH, RESULT, world } from '../../testing/wasi-world.ts';
import { Trap } from '../traps.ts';
import { Exit } from './index.ts';

const OK = 0;
const [BADF, EXIST, INVAL, ISDIR, MFILE, NOENT, NOTDIR, NOTSOCK, NOTSUP, ROFS, SPIPE, NOTCAPABLE] = [
  8, 20, 28, 31, 33, 44, 54, 57, 58, 69, 70, 76,
];
const [CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8];
const APPEND = 1;

describe('WASI', () => {
  it('opens the inputs by their names, and nothing else', () => {
    const { open } = world({ data: 'x', 'a/b': 'y' });
    expect(open(3, 'data')).toBe(1006);
    expect(open(3, './data')).toBe(1007);
    expect(open(3, 'a//b')).toBe(1008);
    for (const path of ['nothing', 'a', '', 'etc/passwd']) expect(open(3, path)).toBe(NOENT);
    for (const path of ['../outputs/report', '/etc/passwd', '..', '/', 'a/../../data'])
      expect(open(3, path)).toBe(NOTCAPABLE);
    for (const path of ['data/', 'data/.', 'data/x']) expect(open(3, path)).toBe(NOTDIR);
    expect(open(3, 'da\0ta')).toBe(INVAL);
    expect(open(3, 'new', CREATE)).toBe(ROFS);
    expect(open(3, 'data', TRUNCATE)).toBe(ROFS);
    expect(open(3, 'data', CREATE | EXCLUSIVE)).toBe(EXIST);
    expect(open(3, 'data', CREATE)).toBe(1009);
    expect(open(3, 'data', DIRECTORY)).toBe(NOTDIR);
    expect(open(3, '.', DIRECTORY)).toBe(1010);
    expect(open(6, 'data')).toBe(NOTDIR);
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
    expect(open(4, 'report', CREATE | TRUNCATE)).toBe(1007);
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
    expect(write(input, 'x')).toBe(BADF);
    expect(read(output, 5)).toBe(BADF);
    expect(read(1, 5)).toBe(BADF);
    expect(write(0, 'x')).toBe(BADF);
    expect(read(3, 5)).toBe(ISDIR);
    expect(write(3, 'x')).toBe(BADF);
    expect(call('fd_close', input)).toBe(OK);
    expect(call('fd_close', input)).toBe(BADF);
    expect(read(input, 5)).toBe(BADF);
    expect(call('fd_prestat_get', 6, RESULT)).toBe(BADF);
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

  it('has no sockets, no links to what it has not got, and ends where it is told to', () => {
    const { call, open } = world();
    const fd = open(3, 'data') - 1000;
    expect(call('sock_shutdown', fd, 3)).toBe(NOTSOCK);
    expect(call('sock_shutdown', 99, 3)).toBe(BADF);
    expect(call('path_link', 5, 0, PATH, 1, 5, PATH, 1)).toBe(NOENT);
    expect(call('proc_raise', 9)).toBe(52);
    expect(() => call('proc_exit', 3)).toThrow(new Exit(3));
  });

  it('B7: O_EXCL refuses an output that is there, and what it has stays', () => {
    const { open, write, files, requests } = world();
    const fd = open(4, 'report', CREATE | EXCLUSIVE) - 1000;
    expect(write(fd, 'first')).toBe(OK);
    expect(open(4, 'report', CREATE | EXCLUSIVE)).toBe(EXIST);
    expect(open(4, 'report', CREATE | EXCLUSIVE | TRUNCATE)).toBe(EXIST);
    files.flush();
    expect(requests.outputs.get('report')?.toString()).toBe('first');
  });

  it('B7: O_APPEND goes on where an output ends, also one that was closed; what is written is never written over', () => {
    const { call, open, write, writeAt, files, requests, stat } = world();
    const first = open(4, 'report', CREATE) - 1000;
    expect(write(first, 'one')).toBe(OK);
    expect(call('fd_close', first)).toBe(OK);
    const second = open(4, 'report', 0, APPEND) - 1000;
    const third = open(4, 'report', CREATE, APPEND) - 1000;
    expect([write(second, ' two'), write(third, ' three'), write(second, ' four')]).toEqual([OK, OK, OK]);
    const plain = open(4, 'report', CREATE) - 1000;
    expect(write(plain, 'X')).toBe(NOTSUP);
    expect(writeAt(plain, 1n, 'X')).toBe(NOTSUP);
    expect(call('fd_seek', plain, 0n, 2, RESULT)).toBe(OK);
    expect(write(plain, ' five')).toBe(OK);
    expect(call('fd_fdstat_set_flags', plain, APPEND)).toBe(OK);
    expect(call('fd_seek', plain, 0n, 0, RESULT)).toBe(OK);
    expect(write(plain, ' six')).toBe(OK);
    files.flush();
    expect(requests.outputs.get('report')?.toString()).toBe('one two three four five six');
    expect(stat(4, 'report')).toEqual([2, 2, 4, 27]);
    // Another descriptor empties it for all.
    expect(call('fd_filestat_set_size', plain, 1n)).toBe(NOTSUP);
    expect(call('fd_filestat_set_size', plain, 0n)).toBe(OK);
    expect(write(second, 'new')).toBe(OK);
    files.flush();
    expect(requests.outputs.get('report')?.toString()).toBe('new');
  });

  it('B7: reads at a place, and goes on reading where it was', () => {
    const { call, open, read, readAt } = world();
    const fd = open(3, 'data') - 1000;
    expect(read(fd, 3)).toBe('hel');
    expect([readAt(fd, 6n, 5), readAt(fd, 0n, 2), readAt(fd, 11n, 2), readAt(fd, 99n, 2)]).toEqual([
      'world',
      'he',
      '',
      '',
    ]);
    expect(read(fd, 3)).toBe('lo ');
    expect(readAt(fd, -1n, 2)).toBe(INVAL);
    expect(readAt(0, 0n, 2)).toBe(SPIPE);
    expect(call('fd_close', fd)).toBe(OK);
    expect(readAt(fd, 0n, 2)).toBe(BADF);
  });

  it('B7: sync is done, and advice taken', () => {
    const { call, open } = world();
    const fd = open(4, 'report', CREATE) - 1000;
    for (const name of ['fd_sync', 'fd_datasync']) {
      expect(call(name, fd)).toBe(OK);
      expect(call(name, 99)).toBe(BADF);
    }
    expect(call('fd_advise', fd, 0n, 0n, 3)).toBe(OK);
    expect(call('fd_advise', fd, 0n, 0n, 9)).toBe(INVAL);
  });

  it('B7: each file has an inode of its own, by path, descriptor and listing', () => {
    const { call, list, open, stat, statAt } = world({ one: 'x', two: 'yy' }, ['r', 's']);
    open(4, 's', CREATE);
    open(5, 'mine', CREATE);
    const files = [
      stat(3, 'one'),
      stat(3, 'two'),
      stat(4, 's'),
      stat(5, 'mine'),
      stat(5, 'tmp'),
      stat(3, '.'),
      stat(4, '.'),
      stat(5, '.'),
    ];
    expect(new Set(files.map((file) => String([file].flat().slice(0, 2)))).size).toBe(files.length);
    expect(list(3).map(({ inode }) => inode)).toEqual(
      [stat(3, 'one'), stat(3, 'two')].map((file) => [file].flat()[1]),
    );
    expect(list(5)).toEqual(
      ['tmp', 'mine'].map((name) => ({
        name,
        inode: [stat(5, name)].flat()[1],
        type: name === 'tmp' ? 3 : 4,
      })),
    );
    const fd = open(3, 'two') - 1000;
    expect(call('fd_filestat_get', fd, BUFFER)).toBe(OK);
    expect(statAt()).toEqual(stat(3, 'two'));
  });

  it('has a bounded number of descriptors, of which the lowest is next', () => {
    const { call, open } = world();
    let last = 0;
    for (let fd = open(5, '.'); fd >= 1000; fd = open(5, '.')) last = fd - 1000;
    expect(last).toBe(1023);
    expect(open(3, 'data')).toBe(MFILE);
    expect([call('fd_close', 700), call('fd_close', 9)]).toEqual([OK, OK]);
    expect([open(5, '.'), open(5, '.'), open(5, '.')]).toEqual([1009, 1700, MFILE]);
  });

  it('B8: a path of nothing but slashes is taken apart at once', () => {
    const { call, guest } = world();
    guest.range(BUFFER, 60_000).fill(0x2f);
    guest.range(BUFFER, 1).fill(0x78);
    expect(call('path_open', 3, 0, BUFFER, 60_000, 0, 0n, 0n, 0, RESULT)).toBe(NOENT);
  });

  it('waits for a time, on its clock, and for nothing else', () => {
    const { call, guest, slept, u32, u64 } = world();
    const subscribe = (
      index: number,
      userdata: bigint,
      clock: number,
      timeout: bigint,
      absolute: boolean,
    ) => {
      const view = guest.view(BUFFER + 48 * index, 48);
      for (let at = 0; at < 48; at += 8) view.setBigUint64(at, 0n, true);
      view.setBigUint64(0, userdata, true);
      view.setUint32(16, clock, true);
      view.setBigUint64(24, timeout, true);
      view.setUint16(40, absolute ? 1 : 0, true);
    };
    const EVENTS = 4096;
    subscribe(0, 7n, 1, 50_000_001n, false);
    subscribe(1, 8n, 0, 123_450_000_000n + 30_000_000n, true);
    expect(call('poll_oneoff', BUFFER, EVENTS, 2, RESULT)).toBe(OK);
    expect([u32(), u64(EVENTS), slept]).toEqual([1, 8n, [30]]);
    expect(call('poll_oneoff', BUFFER, EVENTS, 1, RESULT)).toBe(OK);
    expect([u32(), u64(EVENTS), slept]).toEqual([1, 7n, [30, 51]]);
    // A descriptor is ready at once: 0 bytes may be all that there is.
    guest.view(BUFFER, 48).setUint8(8, 1);
    guest.view(BUFFER, 48).setUint32(16, 99, true);
    expect(call('poll_oneoff', BUFFER, EVENTS, 2, RESULT)).toBe(OK);
    expect([u32(), guest.view(EVENTS + 8, 2).getUint16(0, true), slept.length]).toEqual([2, BADF, 2]);
    expect(call('poll_oneoff', BUFFER, EVENTS, 0, RESULT)).toBe(INVAL);
    expect(() => call('poll_oneoff', BUFFER, EVENTS, 0x2000_0000, RESULT)).toThrow(Trap);
  });

  it('does not wrap sizes around', () => {
    const { call } = world();
    expect(() => call('fd_read', 0, 0, 0x2000_0000, RESULT)).toThrow(Trap);
    expect(() => call('fd_write', 1, -8, 2, RESULT)).toThrow(Trap);
  });

  it('takes as many pieces of memory at once as other systems do', () => {
    const { call } = world();
    expect([call('fd_write', 1, 0, 1024, RESULT), call('fd_write', 1, 0, 1025, RESULT)]).toEqual([OK, INVAL]);
    expect([call('fd_read', 0, 0, 1025, RESULT), call('fd_pread', 0, 0, 1025, 0n, RESULT)]).toEqual([
      INVAL,
      INVAL,
    ]);
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
