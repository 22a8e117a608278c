import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformState } from '@gaiwan/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stateFolder } from './folder.ts';
import { StatesInMemory } from './memory.ts';

const [one, other] = ['1a'.repeat(32), '2b'.repeat(32)];
const state = (epoch: number, commits: number, fill = commits): PlatformState => ({
  epoch,
  commits,
  digest: new Uint8Array(32).fill(fill),
  run: new Uint8Array(16).fill(epoch),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-states-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = () => join(folder, 'states');

describe.each([
  ['in memory', () => new StatesInMemory()],
  ['in a folder', () => stateFolder(path())],
])('states %s', (_where, make) => {
  it('are those of each instance, and none before the first', async () => {
    const memory = make();
    expect(await memory.read(one)).toBeUndefined();
    await memory.write(one, state(1, 7));
    expect(await memory.read(one)).toEqual(state(1, 7));
    expect(await memory.read(other)).toBeUndefined();
  });

  it('only become newer, in whatever order they are written', async () => {
    const memory = make();
    const states = [state(1, 7), state(1, 9), state(1, 8), state(2, 3), state(1, 100)];
    await Promise.all(states.map((each) => memory.write(one, each)));
    expect(await memory.read(one)).toEqual(state(2, 3));
    for (const each of states) await memory.write(one, each);
    expect(await memory.read(one)).toEqual(state(2, 3));
  });
});

describe('a folder of states', () => {
  it('is private, keeps the newest alone, and is read by the next client', async () => {
    for (const commits of [1, 2, 3]) await stateFolder(path()).write(one, state(1, commits));
    const names = readdirSync(join(path(), one));
    expect(names).toEqual([`1-3-${'03'.repeat(32)}-${'01'.repeat(16)}`]);
    expect(statSync(join(path(), one)).mode & 0o777).toBe(0o700);
    expect(statSync(join(path(), one, names[0] ?? '')).mode & 0o777).toBe(0o600);
    expect(await stateFolder(path()).read(one)).toEqual(state(1, 3));
  });

  it.each([
    '',
    'x',
    '0-1-',
    `1-2-${'0'.repeat(64)}-${'z'.repeat(32)}`,
    `9007199254740992-1-${'0'.repeat(64)}-${'0'.repeat(32)}`,
    '.1-2.swp',
  ])('takes no other name for a state (%j)', async (name) => {
    await stateFolder(path()).write(one, state(1, 3));
    writeFileSync(join(path(), one, name || 'empty'), '');
    expect(await stateFolder(path()).read(one)).toEqual(state(1, 3));
  });

  it('that cannot be read or written is an error, not an empty memory', async () => {
    mkdirSync(path());
    writeFileSync(join(path(), one), 'a file in its place');
    await expect(stateFolder(path()).read(one)).rejects.toMatchObject({ code: 'state-memory' });
    await expect(stateFolder(path()).write(one, state(1, 1))).rejects.toMatchObject({ code: 'state-memory' });
  });

  it.each(['', '..', '../x', '1A'.repeat(32)])('is no way to another folder (%j)', async (instance) => {
    await expect(stateFolder(path()).read(instance)).rejects.toThrow(TypeError);
  });
});
