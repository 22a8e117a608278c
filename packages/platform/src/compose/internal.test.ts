/** The folder of the workers' socket, where the data folder's path is too long for one. */
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeSocketFolder } from './internal.ts';

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-internal-'));
  data = join(folder, 'x'.repeat(100));
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true }));

it('lies elsewhere, goes with its process, and after a kill with the next start', async () => {
  // Not disposed of: its process is killed.
  const killed = await makeSocketFolder(data, new AsyncDisposableStack());
  expect(readlinkSync(join(data, 'run'))).toBe(killed);
  expect(killed.length).toBeLessThan(100);
  const parts = new AsyncDisposableStack();
  const next = await makeSocketFolder(data, parts);
  expect([existsSync(killed), existsSync(next)]).toEqual([false, true]);
  await parts.disposeAsync();
  expect([existsSync(next), existsSync(join(data, 'run'))]).toEqual([false, false]);
});

it('does not touch what a link of another making leads to', async () => {
  const others = join(folder, 'gaiwan-run-Ab3dEf');
  mkdirSync(others);
  for (const target of [
    others,
    tmpdir(),
    join(tmpdir(), 'gaiwan-run-Ab3dEf', '..', '..', 'etc'),
    '/nowhere',
  ]) {
    symlinkSync(target, join(data, 'run'));
    const parts = new AsyncDisposableStack();
    await makeSocketFolder(data, parts);
    await parts.disposeAsync();
  }
  expect(existsSync(others)).toBe(true);
});
