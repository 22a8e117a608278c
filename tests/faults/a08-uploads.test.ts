/** A8: a user announces, uploads and writes as much as it can. */
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../../packages/cli/src/testing/run-here.ts';
import { TestPlatform } from '../support/platform.ts';

const MIB = 2 ** 20;
const QUOTA = 16 * MIB;
const key = () => ({ scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) });

let platform: TestPlatform;
let admin: Gaiwan;
let users = 0;
const someone = () => platform.user(`user${++users}`, 'DataOwner', 'north');
beforeAll(async () => {
  platform = await TestPlatform.start(['--executors', 'javascript', '--storage', `user-bytes=${QUOTA}`]);
  admin = await platform.admin();
});
afterAll(async () => platform.stop());

const bytes = async function* (size: number) {
  for (let left = size; left > 0; left -= MIB) yield Buffer.alloc(Math.min(left, MIB), 7);
};
const upload = (user: Gaiwan, size: number) =>
  user.data.upload({ size, open: (offset) => bytes(size - offset) }, { name: 'x' });
const codes = (settled: readonly PromiseSettledResult<unknown>[]) => {
  const counts: Record<string, number> = {};
  for (const one of settled) {
    const code = one.status === 'fulfilled' ? 'ok' : (one.reason as { code: string }).code;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
};
/** Announces and sends nothing. */
const announce = async (user: Gaiwan, size: number) => {
  const never = new AbortController();
  const open = async function* () {
    never.abort();
    yield Buffer.alloc(0);
    throw new Error('nothing is sent');
  };
  await user.data.upload({ size, open }, { name: 'x', signal: never.signal });
};

describe('A8: uploads', () => {
  it('that were announced with more than there is room for are refused, and leave nothing', async () => {
    const user = await someone();
    const before = readdirSync(join(platform.folder, 'data', 'blobs'));
    const size = 2 ** 40;
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => upload(user, size)));
    // The disk has not so much either, and is asked first.
    const { 'storage-quota': byQuota = 0, 'disk-full': byDisk = 0 } = codes(all);
    expect(byQuota + byDisk).toBe(100);
    expect(readdirSync(join(platform.folder, 'data', 'blobs'))).toEqual(before);
  });

  it('sent at the same time fill the quota and no more; what was given up is given back', async () => {
    const user = await someone();
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => upload(user, 4 * MIB)));
    expect(codes(all)).toEqual({ ok: 4, 'storage-quota': 6 });
    expect(await user.storage.use()).toEqual({
      bytes: QUOTA,
      items: 4,
      quota: { bytes: QUOTA, items: 1_000_000 },
      unfinishedUploads: 0,
      retention: {},
    });
    const other = await someone();
    await expect(announce(other, QUOTA)).rejects.toMatchObject({ code: 'aborted' });
    await upload(other, QUOTA);
  });

  it('are refused with what is used, what may be, and what to do; an operator gives more', async () => {
    const user = await someone();
    await upload(user, 10 * MIB);
    const message = `user${users} has ${10 * MIB} bytes of ${QUOTA} bytes that it may have`;
    await expect(upload(user, 7 * MIB)).rejects.toMatchObject({
      code: 'storage-quota',
      message: expect.stringContaining(message),
    });
    await admin.storage.setQuota({ user: `user${users}` }, { bytes: 2 * QUOTA });
    await upload(user, 7 * MIB);
    expect((await admin.storage.use({ user: `user${users}` })).bytes).toBe(17 * MIB);
    expect((await admin.storage.use({ group: 'north' })).bytes).toBeGreaterThanOrEqual(17 * MIB);
  });
});

describe('A8: outputs', () => {
  it('count as uploads do: the task whose output has no room fails, and nothing of it counts', async () => {
    const user = await someone();
    const functionId = await admin.functions.register({
      name: 'writer',
      executorType: 'javascript',
      public: true,
      payload: Buffer.from(
        'export const main = (inputs, outputs, args) => { for (let n = 0; n < Number(args.mib); n++) outputs.out.write(new Uint8Array(1 << 20)); return "written"; }',
      ),
      arguments: [{ key: 'mib', allowOverwrite: true }],
      outputs: [{ name: 'out' }],
    });
    const run = async (mib: number) => {
      const outputId = await user.data.createOutput({ name: 'out', key: key() });
      const taskId = await user.tasks.create({
        functionId,
        executor: 'javascript',
        arguments: { mib },
        outputs: { out: [`user${users}`] },
      });
      await user.tasks.assign(taskId, { outputs: { out: outputId } });
      const { digest } = await user.tasks.manifest(taskId);
      await user.tasks.approve(taskId, digest);
      await user.tasks.invoke(taskId);
      return user.tasks.result(taskId);
    };
    await run(9);
    const { bytes: before } = await user.storage.use();
    expect(before).toBeGreaterThan(9 * MIB);
    await expect(run(9)).rejects.toMatchObject({
      message: expect.stringContaining('output "out": its owner has no room left for it on the platform'),
    });
    expect((await user.storage.use()).bytes - before).toBeLessThan(100_000);
    await run(2);
  });
});

it('gaiwan quota shows and sets', async () => {
  const home = join(platform.folder, 'home');
  const secret = join(platform.folder, 'password');
  writeFileSync(secret, 'a test password');
  const env = { GAIWAN_HOME: home, GAIWAN_PASSWORD_FILE: secret };
  const { authentication, frontend, machine, policy } = platform;
  const at = ['--authentication', authentication, '--frontend', frontend];
  const run = async (...args: string[]) => {
    const ended = await gaiwanHere(args, { env });
    expect(ended.stderr).toBe('');
    return ended.stdout.toString();
  };
  const operator = await platform.user('operator', 'PlatformAdmin', '');
  operator.close();
  await gaiwanHere(['login', ...at, '--simulation', machine, '--policy', policy, '--user', 'operator'], {
    env,
  });
  const user = await someone();
  await upload(user, MIB);
  const name = `user${users}`;
  const shown = JSON.parse(await run('quota', 'show', '--user', name, '--json')) as object;
  expect(shown).toEqual(await user.storage.use());
  expect(await run('quota', 'set', '--user', name, '--bytes', String(MIB), '--items', '1')).toBe(
    `bytes  ${MIB} of ${MIB} (1 of 1 MiB)\nitems  1 of 1\nunfinished uploads  0\n`,
  );
  await expect(upload(user, 0)).rejects.toMatchObject({ code: 'storage-quota' });
  await run('quota', 'set', '--user', name);
  await upload(user, 0);
  expect(await run('quota', 'show', '--group', 'north')).toMatch(/^bytes {2}\d+ of /);
});
