import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { removeAside } from './set-aside.ts';

/** Is called before each look at a file. */
let looking = (): void => undefined;
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof promises>();
  return {
    ...real,
    lstat: (path: string) => {
      looking();
      return real.lstat(path);
    },
  };
});

let folder: string;
const add = (place: string) => {
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, place, 'file'), place);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-aside-'));
});
afterEach(() => {
  looking = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

it('what a start sets aside while the rest is removed stays: nobody was told of it', async () => {
  add('earlier');
  looking = () => add('later');
  expect(await removeAside(folder)).toEqual({ folder, files: 1, bytes: 7 });
  expect(readdirSync(folder)).toEqual(['later']);
});
