import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gaiwanHere } from '../testing/run-here.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'gaiwan-set-aside-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await gaiwanHere(['set-aside', '--data', data, ...args]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
};
const aside = () => join(data, 'blobs-set-aside');

it('shows how much is set aside, of all starts, and removes nothing unless it is told to', async () => {
  expect(await run()).toBe(`Nothing is set aside in ${aside()}.\n`);
  for (const [time, size] of [
    ['2026-11-29', 1 << 20],
    ['2026-11-30', 3],
  ] as const) {
    mkdirSync(join(aside(), time), { recursive: true });
    writeFileSync(join(aside(), time, 'a'), Buffer.alloc(size));
  }
  mkdirSync(join(data, 'blobs'));
  writeFileSync(join(data, 'blobs', 'known'), 'stays');
  // Whatever one of them leads to is none of them.
  symlinkSync(join(data, 'blobs'), join(aside(), 'link'));
  expect(await run()).toBe(`3 files, 2 MiB, in ${aside()}\n`);
  expect(JSON.parse(await run('--json'))).toMatchObject({ folder: aside(), files: 3, removed: false });
  expect(await run('--remove')).toBe(`3 files, 2 MiB, in ${aside()}: removed.\n`);
  expect([existsSync(aside()), existsSync(join(data, 'blobs', 'known'))]).toEqual([false, true]);
  expect(JSON.parse(await run('--remove', '--json'))).toEqual({
    folder: aside(),
    files: 0,
    bytes: 0,
    removed: true,
  });
});

it('is refused for a folder that is not there: a slip in its name is not the news that nothing is set aside', async () => {
  const { code, stderr } = await gaiwanHere(['set-aside', '--data', join(data, 'slip')]);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('slip')]);
  expect(code).not.toBe(0);
});
