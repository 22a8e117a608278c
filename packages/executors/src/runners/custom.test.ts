import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { customRunner } from './custom.ts';

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
    [{ ...good, forks: 'yes' }, '"forks"'],
  ])('%j is refused', (config, message) => {
    const make = () => customRunner(config, import.meta.dirname);
    expect(make).toThrow(
      expect.objectContaining({ code: 'runner', message: expect.stringContaining(message) }),
    );
  });
});
