import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUFFER, PATH, RESULT, world } from '../../testing/wasi-world.ts';

const OK = 0;
const [EXIST, INVAL, ISDIR, LOOP, NOENT, NOTDIR, NOTSUP, PERM, ROFS, XDEV, NOTCAPABLE] = [
  20, 28, 31, 32, 44, 54, 58, 63, 69, 75, 76,
];
const [CREATE, EXCLUSIVE] = [1, 4];
const [READ, WRITE] = [2n, 64n];
const [ATIM, ATIM_NOW, MTIM, MTIM_NOW] = [1, 2, 4, 8];
const OTHER = PATH + 300;
const LINK = 7;
const NOW = 123_450_000_000n;

function folder(bytes = 1 << 20) {
  const made = world({ data: 'x' }, ['report'], bytes);
  const { call, onPath, open, put, read, text, u32, u64, write } = made;
  const close = (fd: number) => call('fd_close', fd);
  const lookup = (flags: number, fd: number, path: string) => {
    const errno = call('path_filestat_get', fd, flags, PATH, put(path), BUFFER);
    return errno === OK ? undefined : errno;
  };
  return {
    ...made,
    make: (path: string) => onPath('path_create_directory', 5, path),
    remove: (path: string) => onPath('path_remove_directory', 5, path),
    unlink: (path: string) => onPath('path_unlink_file', 5, path),
    rename: (from: string, to: string) => {
      const length = put(from);
      return call('path_rename', 5, PATH, length, 5, OTHER, put(to, OTHER));
    },
    fill: (path: string, value: string) => {
      const fd = open(5, path, CREATE);
      if (fd < 1000) return fd;
      const errno = write(fd - 1000, value);
      close(fd - 1000);
      return errno;
    },
    get: (path: string) => {
      const fd = open(5, path);
      if (fd < 1000) return fd;
      const value = read(fd - 1000, 1000);
      close(fd - 1000);
      return value;
    },
    link: (from: string, to: string, follow = 0, fd = 5, other = 5) => {
      const length = put(from);
      return call('path_link', fd, follow, PATH, length, other, OTHER, put(to, OTHER));
    },
    symlink: (target: string, path: string, fd = 5) => {
      const length = put(target);
      return call('path_symlink', PATH, length, fd, OTHER, put(path, OTHER));
    },
    readlink: (path: string, room = 1000) => {
      const errno = call('path_readlink', 5, PATH, put(path), BUFFER, room, RESULT);
      return errno === OK ? text(BUFFER, u32()) : errno;
    },
    /** Accessed, modified and changed, in nanoseconds; else the errno. */
    times: (path: string, follow = 1, fd = 5) =>
      lookup(follow, fd, path) ?? [u64(BUFFER + 40), u64(BUFFER + 48), u64(BUFFER + 56)],
    links: (path: string) => lookup(0, 5, path) ?? u64(BUFFER + 24),
    kind: (path: string, follow = 0) => lookup(follow, 5, path) ?? made.statAt()[2],
    setTimes: (path: string, [accessed, modified]: [bigint, bigint], flags: number, fd = 5) =>
      call('path_filestat_set_times', fd, 1, PATH, put(path), accessed, modified, flags),
  };
}

describe('opening a folder or an input to write', () => {
  it('is refused when it is opened, not when something is written', () => {
    const { make, open } = folder();
    expect(make('d')).toBe(OK);
    for (const rights of [WRITE, READ | WRITE]) {
      for (const [fd, path] of [
        [5, 'd'],
        [5, '.'],
        [3, '.'],
        [4, '.'],
      ] as const)
        expect(open(fd, path, 0, 0, rights)).toBe(ISDIR);
      expect(open(3, 'data', 0, 0, rights)).toBe(ROFS);
    }
    expect(open(5, 'd', 0, 0, READ)).toBeGreaterThan(1000);
    expect(open(3, 'data', 0, 0, READ)).toBeGreaterThan(1000);
  });

  it('an input says that it is to read alone', () => {
    const { call, open, u64 } = folder();
    const fd = open(3, 'data') - 1000;
    expect(call('fd_fdstat_get', fd, BUFFER)).toBe(OK);
    expect(u64(BUFFER + 8) & (READ | WRITE)).toBe(READ);
  });
});

describe('the standard streams', () => {
  it('are no terminals, as isatty of wasi-libc asks', () => {
    const { call, guest } = folder();
    for (const fd of [0, 1, 2]) {
      expect(call('fd_fdstat_get', fd, BUFFER)).toBe(OK);
      expect(guest.view(BUFFER, 1).getUint8(0)).toBe(0);
    }
  });
});

describe('paths of a program’s own folder', () => {
  it('walk through what is there', () => {
    const { fill, get, make, remove, rename } = folder();
    expect([make('d'), fill('f', 'text')]).toEqual([OK, OK]);
    expect([get('d/../f'), get('none/../f'), get('f/../f'), get('d/../../f')]).toEqual([
      'text',
      NOENT,
      NOTDIR,
      NOTCAPABLE,
    ]);
    expect([
      remove('d/.'),
      remove('d/./'),
      remove('d/..'),
      rename('d/.', 'e'),
      make('new/.'),
      make('d/.'),
    ]).toEqual([INVAL, INVAL, INVAL, INVAL, NOENT, EXIST]);
    expect([remove('d/'), remove('d')]).toEqual([OK, NOENT]);
  });
});

describe('times of files', () => {
  it('are told as they were set, and of what was made and written', () => {
    const { fill, make, setTimes, times } = folder();
    fill('f', 'x');
    make('d');
    expect(times('f')).toEqual([NOW, NOW, NOW]);
    expect(setTimes('f', [5n, 7n], ATIM | MTIM)).toBe(OK);
    expect(times('f')).toEqual([5n, 7n, NOW]);
    expect(setTimes('f', [9n, 9n], ATIM_NOW)).toBe(OK);
    expect(times('f')).toEqual([NOW, 7n, NOW]);
    expect(setTimes('f', [9n, 9n], 0)).toBe(OK);
    expect(times('f')).toEqual([NOW, 7n, NOW]);
    expect(setTimes('d', [1n, 2n], ATIM | MTIM)).toBe(OK);
    expect(times('d')).toEqual([1n, 2n, NOW]);
    expect(fill('d/new', '')).toBe(OK);
    expect(times('d')).toEqual([1n, NOW, NOW]);
    expect(fill('f', 'y')).toBe(OK);
    expect(times('f')).toEqual([NOW, NOW, NOW]);
    expect(setTimes('f', [1n, 1n], ATIM | ATIM_NOW)).toBe(INVAL);
    expect(setTimes('f', [1n, 1n], MTIM | MTIM_NOW)).toBe(INVAL);
    expect(setTimes('f', [1n, 1n], 16)).toBe(INVAL);
    expect(setTimes('none', [1n, 1n], ATIM)).toBe(NOENT);
  });

  it('can be set of a file that is open', () => {
    const { call, open, times } = folder();
    const fd = open(5, 'f', CREATE) - 1000;
    expect(call('fd_filestat_set_times', fd, 3n, -1n, ATIM | MTIM)).toBe(OK);
    expect(times('f')).toEqual([3n, 2n ** 64n - 1n, NOW]);
    expect(call('fd_filestat_set_times', fd, 3n, 4n, ATIM | ATIM_NOW)).toBe(INVAL);
    expect(call('fd_filestat_set_times', 5, 3n, 4n, ATIM | MTIM)).toBe(OK);
    expect(times('.')).toEqual([3n, 4n, NOW]);
  });

  it('cannot be set where nothing keeps them', () => {
    const { call, open, setTimes, times } = folder();
    expect(setTimes('data', [1n, 1n], MTIM, 3)).toBe(ROFS);
    expect(setTimes('.', [1n, 1n], MTIM, 3)).toBe(ROFS);
    expect(setTimes('none', [1n, 1n], MTIM, 3)).toBe(NOENT);
    const input = open(3, 'data') - 1000;
    expect(call('fd_filestat_set_times', input, 1n, 1n, MTIM)).toBe(ROFS);
    expect(call('fd_filestat_set_times', 3, 1n, 1n, MTIM)).toBe(ROFS);
    const output = open(4, 'report', CREATE) - 1000;
    expect(call('fd_filestat_set_times', output, 1n, 1n, MTIM)).toBe(NOTSUP);
    expect(setTimes('report', [1n, 1n], MTIM, 4)).toBe(NOTSUP);
    expect(call('fd_filestat_set_times', 1, 1n, 1n, MTIM)).toBe(NOTSUP);
    expect(times('data', 1, 3)).toEqual([0n, 0n, 0n]);
  });
});

describe('hard links', () => {
  it('are names of one file', () => {
    const { fill, get, link, links, make, stat, unlink } = folder();
    fill('f', 'one');
    make('d');
    expect([link('f', 'd/g'), links('f'), links('d/g')]).toEqual([OK, 2n, 2n]);
    expect(stat(5, 'f')).toEqual(stat(5, 'd/g'));
    fill('d/g', 'two');
    expect([get('f'), unlink('f'), get('f'), get('d/g'), links('d/g')]).toEqual([
      'two',
      OK,
      NOENT,
      'two',
      1n,
    ]);
    expect([
      link('d', 'e'),
      link('d/g', 'd'),
      link('none', 'x'),
      link('d/g', 'x/'),
      link('d/g', '../x'),
    ]).toEqual([PERM, EXIST, NOENT, NOENT, NOTCAPABLE]);
    expect([link('data', 'x', 0, 3), link('d/g', 'report', 0, 5, 4)]).toEqual([XDEV, XDEV]);
  });

  it('take room, and give it back', () => {
    const { fill, get, link, unlink } = folder(20_000);
    fill('f', 'x');
    const rounds = () => {
      let made = 0;
      while (link('f', `l${made}`) === OK) made++;
      for (let index = 0; index < made; index++) expect(unlink(`l${index}`)).toBe(OK);
      return made;
    };
    const first = rounds();
    expect(first).toBeLessThan(20);
    expect(rounds()).toBe(first);
    expect(get('f')).toBe('x');
    expect(unlink('f')).toBe(OK);
    expect(fill('f', 'x')).toBe(OK);
    expect(rounds()).toBe(first);
  });
});

describe('symbolic links', () => {
  it('lead on, and can be read, moved and removed', () => {
    const { fill, get, kind, list, make, open, readlink, rename, symlink, unlink, remove } = folder();
    fill('f', 'text');
    make('d');
    expect([symlink('../f', 'd/l'), symlink('d', 'e'), symlink('none', 'n')]).toEqual([OK, OK, OK]);
    expect([get('d/l'), get('e/l'), get('e/../f'), get('n')]).toEqual(['text', 'text', 'text', NOENT]);
    expect([readlink('d/l'), readlink('e/l', 2), readlink('f'), readlink('none')]).toEqual([
      '../f',
      '..',
      INVAL,
      NOENT,
    ]);
    expect([kind('d/l'), kind('d/l', 1), kind('e/'), kind('n'), kind('n', 1)]).toEqual([
      LINK,
      4,
      3,
      LINK,
      NOENT,
    ]);
    expect(list(open(5, 'd') - 1000)).toEqual([expect.objectContaining({ name: 'l', type: LINK })]);
    expect([
      symlink('x', 'f'),
      symlink('x', 'none/x'),
      symlink('', 'x'),
      symlink('/tmp', 'x'),
      symlink('x', 'd/'),
    ]).toEqual([EXIST, NOENT, NOENT, NOTCAPABLE, EXIST]);
    expect([symlink('x', 'y', 3), symlink('x', 'y', 4)]).toEqual([ROFS, ROFS]);
    expect([rename('e', 'g'), readlink('g'), get('g/l')]).toEqual([OK, 'd', 'text']);
    expect([remove('g'), unlink('g'), kind('d'), unlink('n')]).toEqual([NOTDIR, OK, 3, OK]);
  });

  it('are not followed by who asks so, and a new file goes where they lead', () => {
    const { call, fill, get, link, put, readlink, symlink } = folder();
    symlink('f', 'l');
    const open = (lookup: number, flags: number) =>
      call('path_open', 5, lookup, PATH, put('l'), flags, 0n, 0n, 0, RESULT);
    expect([open(0, 0), open(1, CREATE | EXCLUSIVE), open(1, 0), open(1, CREATE)]).toEqual([
      LOOP,
      EXIST,
      NOENT,
      OK,
    ]);
    fill('f', 'text');
    expect([get('l'), link('l', 'm', 1), get('m'), link('l', 'k'), readlink('m'), readlink('k')]).toEqual([
      'text',
      OK,
      'text',
      OK,
      INVAL,
      'f',
    ]);
  });

  it('do not lead out or on for ever', () => {
    const { get, make, open, symlink } = folder();
    make('d');
    expect([symlink('../..', 'd/out'), symlink('a', 'b'), symlink('b', 'a'), symlink('.', 'here')]).toEqual([
      OK,
      OK,
      OK,
      OK,
    ]);
    expect([get('d/out/f'), get('a'), get('a/x'), get('b')]).toEqual([NOTCAPABLE, LOOP, LOOP, LOOP]);
    expect(open(5, `${'here/'.repeat(40)}d`)).toBeGreaterThan(1000);
    expect(open(5, `${'here/'.repeat(41)}d`)).toBe(LOOP);
    // From a folder that is open, they stay within it.
    expect(symlink('../d', 'd/back')).toBe(OK);
    const inner = open(5, 'd') - 1000;
    expect([open(inner, 'back'), open(5, 'd/back')]).toEqual([NOTCAPABLE, expect.any(Number)]);
    for (let i = 0; i < 50; i++) symlink(`${'x/../'.repeat(40)}n${i + 1}`, `n${i}`);
    expect(get('n0')).toBe(NOENT);
  });

  it('whatever is linked and renamed, a path ends, and nothing but an errno or a file comes of it', () => {
    const name = fc.constantFrom('a', 'b', 'tmp', 'tmp/a', '..', '.', 'a/b', 'b/..', 'tmp/../a', 'a/');
    const step = fc.tuple(
      fc.constantFrom('symlink', 'link', 'rename', 'make', 'remove', 'unlink', 'fill', 'get'),
      name,
      name,
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { fill, get, link, make, remove, rename, symlink, unlink } = folder(30_000);
        const acts = { fill, get, link, make, remove, rename, symlink, unlink } as Record<
          string,
          (one: string, other: string) => unknown
        >;
        for (const [act, one, other] of steps)
          expect(['number', 'string']).toContain(typeof acts[act]?.(one, other));
      }),
    );
  });
});
