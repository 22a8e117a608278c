import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUFFER, PATH, RESULT, world } from '../../testing/wasi-world.ts';

const OK = 0;
const [BADF, EXIST, INVAL, ISDIR, NOENT, NOSPC, NOTDIR, NOTEMPTY, ROFS, XDEV, NOTCAPABLE] = [
  8, 20, 28, 31, 44, 51, 54, 55, 69, 75, 76,
];
const [CREATE, DIRECTORY, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8];
const APPEND = 1;

function folder(bytes = 1 << 20) {
  const made = world({ data: 'x' }, ['report'], bytes);
  const { call, guest, onPath, open, put, read, write } = made;
  const rename = (from: string, to: string, other = 5) => {
    const length = put(from);
    const target = Buffer.from(to);
    guest.range(PATH + 300, target.length).set(target);
    return call('path_rename', 5, PATH, length, other, PATH + 300, target.length);
  };
  return {
    ...made,
    rename,
    make: (path: string) => onPath('path_create_directory', 5, path),
    remove: (path: string) => onPath('path_remove_directory', 5, path),
    unlink: (path: string) => onPath('path_unlink_file', 5, path),
    put: (path: string, value: string) => {
      const fd = open(5, path, CREATE | TRUNCATE);
      if (fd < 1000) return fd;
      const errno = write(fd - 1000, value);
      call('fd_close', fd - 1000);
      return errno;
    },
    get: (path: string) => {
      const fd = open(5, path);
      if (fd < 1000) return fd;
      const text = read(fd - 1000, 1000);
      call('fd_close', fd - 1000);
      return text;
    },
  };
}

describe('a WASI program’s own folder', () => {
  it('moves a folder with as many folders in it as there is room for', () => {
    const { make, rename } = folder(1 << 30);
    expect(make('full')).toBe(OK);
    for (let i = 0; i < 200_000; i++) if (make(`full/${i}`) !== OK) throw new Error(`${i} was refused`);
    expect([rename('full', 'tmp/moved'), rename('tmp', 'tmp/moved/in')]).toEqual([OK, INVAL]);
  });

  it('is "/", has /tmp, and takes files and folders', () => {
    const { call, get, list, make, put, remove, stat, text, u32, unlink } = folder();
    expect(call('fd_prestat_get', 5, RESULT)).toBe(OK);
    expect(call('fd_prestat_dir_name', 5, 600, u32(4))).toBe(OK);
    expect(text(600, u32(4))).toBe('/');
    expect(put('tmp/one', 'text')).toBe(OK);
    expect([make('a'), make('a/b'), put('a/b/two', 'more')]).toEqual([OK, OK, OK]);
    expect([get('tmp/one'), get('./a//b/../b/two')]).toEqual(['text', 'more']);
    expect(list(5).map(({ name }) => name)).toEqual(['tmp', 'a']);
    expect([stat(5, 'a/b/two'), stat(5, 'a/')].map((one) => [one].flat().slice(2))).toEqual([
      [4, 4],
      [3, 0],
    ]);
    expect([make('a'), make('tmp/one'), make('x/y'), make('tmp/one/z'), make('../x'), make('/x')]).toEqual([
      EXIST,
      EXIST,
      NOENT,
      NOTDIR,
      NOTCAPABLE,
      NOTCAPABLE,
    ]);
    expect([
      remove('a'),
      remove('tmp/one'),
      remove('none'),
      unlink('a'),
      unlink('none'),
      remove('.'),
    ]).toEqual([NOTEMPTY, NOTDIR, NOENT, ISDIR, NOENT, INVAL]);
    expect([unlink('a/b/two'), remove('a/b'), remove('a/'), get('a/b/two')]).toEqual([OK, OK, OK, NOENT]);
    expect(make('x'.repeat(256))).toBe(37);
  });

  it('opens as POSIX does', () => {
    const { call, get, open, put, read, write } = folder();
    put('f', 'abcdef');
    expect([
      open(5, 'f', CREATE | EXCLUSIVE),
      open(5, 'f', DIRECTORY),
      open(5, 'f/'),
      open(5, 'none'),
      open(5, 'tmp', CREATE),
      open(5, 'new/', CREATE),
      open(5, 'tmp', TRUNCATE),
    ]).toEqual([EXIST, NOTDIR, NOTDIR, NOENT, ISDIR, ISDIR, ISDIR]);
    const fd = open(5, 'f') - 1000;
    expect([write(fd, 'AB'), read(fd, 2)]).toEqual([OK, 'cd']);
    expect(call('fd_seek', fd, 10n, 0, RESULT)).toBe(OK);
    expect([write(fd, 'Z'), get('f')]).toEqual([OK, 'ABcdef\0\0\0\0Z']);
    const end = open(5, 'f', 0, APPEND) - 1000;
    expect([write(end, '!'), get('f')]).toEqual([OK, 'ABcdef\0\0\0\0Z!']);
    expect([
      call('fd_filestat_set_size', fd, 3n),
      get('f'),
      call('fd_filestat_set_size', fd, 5n),
      get('f'),
    ]).toEqual([OK, 'ABc', OK, 'ABc\0\0']);
    // What has no name any more is there for who has it open.
    expect(call('fd_close', end)).toBe(OK);
    const { unlink } = { unlink: () => call('path_unlink_file', 5, PATH, 1) };
    expect(open(5, 'f') - 1000).toBe(end);
    expect([unlink(), get('f')]).toEqual([OK, NOENT]);
    expect(read(end, 3)).toBe('ABc');
  });

  it('lets a program read or write alone where it asked for one of the two, as Go’s os.test has it', () => {
    const { call, open, put, read, readAt, write, writeAt, u64 } = folder();
    const [READ, WRITE] = [2n, 64n];
    expect(put('file', 'abc')).toBe(OK);
    const rights = (fd: number) => {
      expect(call('fd_fdstat_get', fd, BUFFER)).toBe(OK);
      return u64(BUFFER + 8) & (READ | WRITE);
    };
    const reader = open(5, 'file', 0, 0, READ | 32n) - 1000;
    expect(write(reader, 'x')).toBe(BADF);
    expect(writeAt(reader, 0n, 'x')).toBe(BADF);
    expect(call('fd_filestat_set_size', reader, 0n)).toBe(BADF);
    expect(rights(reader)).toBe(READ);
    expect(read(reader, 9)).toBe('abc');
    const writer = open(5, 'file', 0, APPEND, WRITE) - 1000;
    expect(read(writer, 9)).toBe(BADF);
    expect(readAt(writer, 0n, 9)).toBe(BADF);
    expect(rights(writer)).toBe(WRITE);
    expect(write(writer, 'd')).toBe(OK);
    for (const asked of [0n, READ | WRITE]) {
      const both = open(5, 'file', 0, 0, asked) - 1000;
      expect(rights(both)).toBe(READ | WRITE);
      expect(read(both, 9)).toBe('abcd');
      expect(writeAt(both, 0n, 'a')).toBe(OK);
    }
    const output = open(4, 'report', CREATE, 0, READ) - 1000;
    expect(write(output, 'x')).toBe(BADF);
  });

  it('renames within itself, and not into the task’s folders', () => {
    const { get, make, put, rename } = folder();
    put('f', 'one');
    put('g', 'two');
    make('d');
    make('d/e');
    expect([rename('f', 'g'), get('f'), get('g')]).toEqual([OK, NOENT, 'one']);
    expect([rename('g', 'd/g'), get('d/g'), rename('d/g', 'd/g'), get('d/g')]).toEqual([
      OK,
      'one',
      OK,
      'one',
    ]);
    expect([
      rename('d', 'd/e/f'),
      rename('d', 'd/g'),
      rename('d/g', 'd/e'),
      rename('none', 'x'),
      rename('d/g', '../x'),
    ]).toEqual([INVAL, INVAL, ISDIR, NOENT, NOTCAPABLE]);
    expect([rename('d', 'tmp'), get('tmp/g'), rename('tmp', '.')]).toEqual([OK, 'one', INVAL]);
    expect([rename('tmp/g', 'report', 4), rename('tmp/g', 'data', 3)]).toEqual([XDEV, XDEV]);
    const { call, put: at } = folder();
    at('f', '');
    expect(call('path_unlink_file', 3, PATH, 1)).toBe(NOENT);
  });

  it('does not change the task’s folders', () => {
    const { onPath } = folder();
    expect([
      onPath('path_create_directory', 3, 'new'),
      onPath('path_create_directory', 3, 'data'),
      onPath('path_unlink_file', 3, 'data'),
      onPath('path_remove_directory', 4, 'report'),
    ]).toEqual([ROFS, EXIST, ROFS, ROFS]);
  });

  it('holds as many bytes as it may, names included, and gets back what is removed', () => {
    const { get, make, put, unlink } = folder(20_000);
    const block = 'x'.repeat(5000);
    expect([put('a', block), put('b', block), put('c', block)]).toEqual([OK, OK, NOSPC]);
    expect([get('c'), unlink('a'), put('c', block), unlink('c'), unlink('b')]).toEqual(['', OK, OK, OK, OK]);
    let made = 0;
    while (make(`d${made}`) === OK) made++;
    expect(made).toBe(17);
    expect(put('f', '')).toBe(NOSPC);
  });

  it('gives back what a file loses', () => {
    const { call, get, open, put, write } = folder(300_000);
    const fill = (path: string, size: bigint) => {
      const fd = open(5, path, CREATE) - 1000;
      const errno = call('fd_filestat_set_size', fd, size);
      call('fd_close', fd);
      return errno;
    };
    expect([fill('a', 250_000n), fill('b', 250_000n)]).toEqual([OK, NOSPC]);
    expect([fill('a', 70_000n), fill('b', 200_000n), fill('c', 200_000n)]).toEqual([OK, OK, NOSPC]);
    expect([put('b', ''), fill('c', 200_000n), put('a', 'x'), get('a')]).toEqual([OK, OK, OK, 'x']);
    const fd = open(5, 'a') - 1000;
    expect([write(fd, 'yz'), get('a')]).toEqual([OK, 'yz']);
  });

  it('lists each name once, in a small buffer, also while what was listed is removed and made', () => {
    const { call, make, open, put, remove, rename, text, u32, u64, unlink } = folder();
    make('d');
    const names = Array.from({ length: 50 }, (_, index) => `d/file-${index}`);
    for (const name of names) put(name, '');
    // It takes another's place, and is behind all others.
    expect(rename('d/file-7', 'd/file-3')).toBe(OK);
    const fd = open(5, 'd', DIRECTORY) - 1000;
    const seen: string[] = [];
    for (let cookie = 0n, more = true; more; ) {
      const from = cookie;
      expect(call('fd_readdir', fd, BUFFER, 100, cookie, RESULT)).toBe(OK);
      const listed: string[] = [];
      for (let at = BUFFER, end = BUFFER + u32(); at + 24 < end; ) {
        const length = u32(at + 16);
        if (at + 24 + length > end) break;
        listed.push(`d/${text(at + 24, length)}`);
        cookie = u64(at);
        at += 24 + length;
      }
      for (const name of listed) expect(unlink(name)).toBe(OK);
      if (seen.length === 0) expect(put('d/late', '')).toBe(OK);
      seen.push(...listed);
      more = cookie !== from;
    }
    expect(seen).toEqual([
      ...names.filter((name) => name !== 'd/file-7' && name !== 'd/file-3'),
      'd/file-3',
      'd/late',
    ]);
    expect(remove('d')).toBe(OK);
  });

  it('a file is what was written, over all its pieces', () => {
    const near = fc
      .tuple(fc.nat(3), fc.integer({ min: -2, max: 2 }))
      .map(([piece, by]) => Math.max(0, piece * 65_536 + by));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), at: near, size: fc.constantFrom(1, 5, 3000) }),
      fc.record({ kind: fc.constant('resize' as const), at: near, size: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { call, open, readAt, writeAt } = folder();
        const fd = open(5, 'f', CREATE) - 1000;
        let model = Buffer.alloc(0);
        for (const [index, { kind, at, size }] of steps.entries()) {
          const longer = Buffer.alloc(kind === 'write' ? Math.max(model.length, at + size) : at);
          model.copy(longer);
          model = longer;
          if (kind === 'resize') expect(call('fd_filestat_set_size', fd, BigInt(at))).toBe(OK);
          else {
            const bytes = String.fromCharCode(97 + index).repeat(size);
            model.write(bytes, at);
            expect(writeAt(fd, BigInt(at), bytes)).toBe(OK);
          }
        }
        for (let at = 0; at <= model.length; at += 50_000)
          expect(readAt(fd, BigInt(at), 50_000)).toBe(model.subarray(at, at + 50_000).toString());
      }),
      { numRuns: 50 },
    );
  });

  it('a hole is as large as it is', () => {
    const { call, open, write } = folder();
    const fd = open(5, 'f', CREATE) - 1000;
    expect(call('fd_seek', fd, 2n ** 40n, 0, RESULT)).toBe(OK);
    expect(write(fd, 'x')).toBe(NOSPC);
    expect(call('fd_filestat_set_size', fd, 2n ** 40n)).toBe(NOSPC);
    expect(call('fd_filestat_set_size', fd, -1n)).toBe(INVAL);
    expect(call('fd_seek', fd, 2n ** 62n, 1, RESULT)).toBe(INVAL);
  });

  it('has what a table of names and texts has, whatever is done to it', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'tmp/a', 'tmp/b');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), name, value: fc.stringMatching(/^[a-z]{0,9}$/) }),
      fc.record({ kind: fc.constant('append' as const), name, value: fc.stringMatching(/^[a-z]{0,9}$/) }),
      fc.record({ kind: fc.constant('unlink' as const), name, value: fc.constant('') }),
      fc.record({ kind: fc.constant('rename' as const), name, value: name }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { call, get, open, put, rename, unlink, write } = folder();
        const model = new Map<string, string>();
        for (const { kind, name: at, value } of steps) {
          if (kind === 'put') {
            put(at, value);
            model.set(at, value);
          } else if (kind === 'append') {
            const fd = open(5, at, CREATE, APPEND) - 1000;
            write(fd, value);
            call('fd_close', fd);
            model.set(at, (model.get(at) ?? '') + value);
          } else if (kind === 'unlink') expect(unlink(at) === OK).toBe(model.delete(at));
          else {
            const moved = model.get(at);
            expect(rename(at, value) === OK).toBe(moved !== undefined);
            if (moved !== undefined) {
              model.delete(at);
              model.set(value, moved);
            }
          }
        }
        for (const one of ['a', 'b', 'c', 'tmp/a', 'tmp/b']) expect(get(one)).toBe(model.get(one) ?? NOENT);
      }),
    );
  });
});
