/** A8: ten times as much is uploaded as the disk has. What was begun goes on: commits have room that uploads do not take. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';

const MIB = 2 ** 20;
/** Bytes. */
const DISK = Number(process.env['GAIWAN_TEST_SMALL_DISK']);
const RESERVE = 16 * MIB;
const FILE = DISK / 8;
/** What is under way on one connection when the disk is looked at, and pages of the store's log. */
const SLACK = 8 * MIB;

let platform: TestPlatform;
let user: Gaiwan;
let mounted = false;
const data = () => join(platform.folder, 'data');
const mount = (...options: string[]): void =>
  void execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', data()], { stdio: 'ignore' });

beforeAll(async () => {
  platform = await TestPlatform.start([...NO_WORKER, '--storage', `reserve-bytes=${RESERVE}`]);
  await platform.kill('SIGTERM');
  try {
    mount(`size=${DISK}`);
    mounted = true;
  } catch {
    // Only root may: the test says so.
    return;
  }
  await platform.boot();
  user = await platform.user('ann');
});
afterAll(async () => {
  await platform.kill('SIGTERM');
  if (mounted) execFileSync('umount', ['-l', data()]);
  await platform.stop();
});

const upload = async (size: number) => {
  const open = async function* (offset: number) {
    for (let left = size - offset; left > 0; left -= MIB) yield Buffer.alloc(Math.min(left, MIB), 7);
  };
  return user.data.upload({ size, open }, { name: 'x' });
};
const free = () => {
  const { bavail, bsize } = statfsSync(data());
  return bavail * bsize;
};

it('A8: uploads of ten times the disk are refused by name, and everything else goes on', async ({ skip }) => {
  if (!mounted) skip('this user may not mount a small disk');
  const admin = await platform.admin();
  const outcomes: string[] = [];
  for (let sent = 0; sent < 10 * DISK; sent += 4 * FILE) {
    const settled = await Promise.allSettled(Array.from({ length: 4 }, () => upload(FILE)));
    outcomes.push(
      ...settled.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as { code: string }).code)),
    );
  }
  expect([...new Set(outcomes)].sort()).toEqual(['disk-full', 'ok']);
  expect(free()).toBeGreaterThan(RESERVE - SLACK);
  // What was announced while there was room, and met a full disk, was discarded.
  expect((await user.storage.use()).unfinishedUploads).toBe(0);
  // Commits have their room.
  for (let n = 0; n < 20; n++) {
    await admin.users.changePassword('a test password');
    await admin.login('admin', 'a test password');
  }
  await expect(upload(FILE)).rejects.toMatchObject({ code: 'disk-full' });
  execFileSync('mount', ['-o', `remount,size=${2 * DISK}`, data()]);
  await upload(FILE);
});
