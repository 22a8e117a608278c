import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { withLock } from './lock.ts';

it('one command at a time has a task, another task is free, and an end by an error frees it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const done = await withLock(folder, 'a', async () => {
    await expect(withLock(folder, 'a', async () => 'never')).rejects.toMatchObject({ code: 'ring-busy' });
    return withLock(folder, 'b', async () => 'other');
  });
  expect(done).toBe('other');
  await expect(withLock(folder, 'a', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(await withLock(folder, 'a', async () => 'free')).toBe('free');
});
