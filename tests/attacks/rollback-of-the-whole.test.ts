/** Rollback of the whole: somebody puts an older copy of the data folder back, a fork of it, or a restored backup, or takes the store away. */
import { execFile } from 'node:child_process';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gaiwanBin, NO_WORKER, TestPlatform, temporaryFolder } from '../support/platform.ts';

const run = promisify(execFile);
let anchors: string;
let platform: TestPlatform;

beforeEach(() => {
  anchors = temporaryFolder();
});
afterEach(async () => {
  await platform.stop();
  rmSync(anchors, { recursive: true });
});

const at = (name: string) => join(platform.folder, name);
const anchored = () => ['--anchor', `file:${anchors}`, '--executors', 'builtin'];
/** No task is run. */
const gaiwan = async (...args: string[]) => {
  const machine = ['--tee', 'simulation', '--simulation', platform.machine, ...anchored()];
  const { stdout } = await run(process.execPath, [gaiwanBin, ...args, ...machine, '--json']);
  return JSON.parse(stdout) as Record<string, unknown>;
};
const putBack = (name: string) => {
  rmSync(at('data'), { recursive: true });
  cpSync(at(name), at('data'), { recursive: true });
};
const putBackAnchor = (name: string) => {
  rmSync(anchors, { recursive: true });
  cpSync(at(name), anchors, { recursive: true });
};
/** Commits that are there afterwards. */
async function serve(user: string): Promise<void> {
  await platform.boot();
  (await platform.user(user)).close();
  await platform.kill('SIGTERM');
}

describe('a platform with an anchor', () => {
  it('refuses an older data folder, a fork of it and a restored backup, until a recovery says a new epoch', async () => {
    platform = await TestPlatform.start([...anchored(), ...NO_WORKER]);
    (await platform.user('anna')).close();
    await run(process.execPath, [gaiwanBin, 'backup', at('backup'), '--data', at('data')]);
    await platform.kill('SIGTERM');
    cpSync(at('data'), at('older'), { recursive: true });
    cpSync(anchors, at('anchor-then'), { recursive: true });
    await serve('ben');
    cpSync(at('data'), at('newest'), { recursive: true });

    putBack('older');
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
    // A fork, which went on under an older copy of the anchor, as only a test can make it.
    cpSync(anchors, at('anchor-now'), { recursive: true });
    putBackAnchor('anchor-then');
    await serve('carl');
    putBackAnchor('anchor-now');
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');

    putBack('newest');
    await platform.boot();
    (await platform.connect('ben')).close();
    await platform.kill('SIGTERM');

    rmSync(at('data'), { recursive: true });
    await gaiwan('restore', at('backup'), '--data', at('data'));
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
    expect(await gaiwan('recover', '--data', at('data'))).toMatchObject({ epoch: 2, accepted: { epoch: 1 } });
    await platform.boot();
    (await platform.connect('anna')).close();
    await expect(platform.connect('ben')).rejects.toMatchObject({ code: 'authentication-failed' });
    const admin = await platform.admin();
    const [entry] = await admin.auditLogs('message:recover');
    expect(entry?.message).toMatch(
      /^recover: epoch 2 begins with state 1\.\d+, where the anchor had 1\.\d+$/,
    );
    admin.close();
    await platform.kill('SIGTERM');

    putBack('newest');
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
  });

  it('refuses to start where the store was taken away', async () => {
    platform = await TestPlatform.start([...anchored(), ...NO_WORKER]);
    await platform.kill('SIGTERM');
    renameSync(join(at('data'), 'store'), at('taken'));
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
    rmSync(anchors, { recursive: true });
    await expect(platform.boot()).rejects.toThrow('sealing-store-gone');
  });
});

describe('a platform without an anchor', () => {
  it('says so, and takes an older data folder for the newest', async () => {
    platform = await TestPlatform.start(NO_WORKER);
    expect(platform.anchor).toBe('none');
    await platform.kill('SIGTERM');
    cpSync(at('data'), at('older'), { recursive: true });
    await serve('ben');
    putBack('older');
    await platform.boot();
    await expect(platform.connect('ben')).rejects.toMatchObject({ code: 'authentication-failed' });
  });
});
