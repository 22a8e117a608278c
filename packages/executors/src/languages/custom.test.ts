import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { customRunner } from './custom.ts';

/** A relative name leads out of the folder, a second name to another place. */
const UP = relative(import.meta.dirname, '/');
const folder = mkdtempSync(join(tmpdir(), 'gaiwan-custom-'));
const LINK = join(folder, 'link');
symlinkSync('/proc', LINK);
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  name: 'mine',
  pairs: ['mine/mine'],
  command: ['node', '--no-warnings', 'custom.ts'],
  readOnly: ['node', 'custom.ts'],
  interpreter: 'none',
  overheadMiB: 10,
};

describe('the description of an executor', () => {
  it('names what is in its folder by relative paths', () => {
    const file = resolve(import.meta.dirname, 'custom.ts');
    const runner = customRunner(good, import.meta.dirname);
    expect(runner.command).toEqual([process.execPath, '--no-warnings', file]);
    expect(runner.readOnly).toEqual(expect.arrayContaining([process.execPath, file]));
    expect(runner).toMatchObject({ name: 'mine', forks: false, layers: { interpreter: 'none' } });
  });

  const wide = ['/', '/../', '/usr/..', UP, '/proc', '/proc/self', LINK, '/sys', '/dev', '/run', '/var/run'];
  it.each([...wide, '/etc', '/root', '/home', '/var', '/tmp'].filter((path) => existsSync(path)))(
    'never shows %s',
    (path) => {
      const make = () => customRunner({ ...good, readOnly: ['node', path] }, import.meta.dirname);
      expect(make).toThrow(/which no sandbox is shown/);
    },
  );

  it.each([
    [null, 'must be a JSON object'],
    [[], 'must be a JSON object'],
    [{ ...good, network: true }, 'unknown key "network"'],
    [{ ...good, name: '' }, '"name", a text'],
    [{ ...good, pairs: 'mine/mine' }, '"pairs", a list of texts'],
    [{ ...good, pairs: ['mine'] }, 'no "<executor_type>/<executor>"'],
    [{ ...good, command: [] }, '"command", a list of texts'],
    [{ ...good, command: [1] }, '"command", a list of texts'],
    [{ ...good, command: ['missing'] }, 'a program that is not there'],
    [{ ...good, readOnly: ['missing.py'] }, 'which is not there'],
    [{ ...good, overheadMiB: '10' }, '"overheadMiB", a number'],
    [{ ...good, overheadMiB: -1 }, 'how much memory'],
    [{ ...good, overheadMiB: 4097 }, '0 to 4096 MiB'],
    [{ ...good, overheadMiB: Number.POSITIVE_INFINITY }, '0 to 4096 MiB'],
    [{ ...good, forks: 'yes' }, '"forks"'],
  ])('%j is refused', (config, message) => {
    const make = () => customRunner(config, import.meta.dirname);
    expect(make).toThrow(
      expect.objectContaining({ code: 'runner', message: expect.stringContaining(message) }),
    );
  });
});
