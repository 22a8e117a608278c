/** A platform that has no descriptor left to start a worker with starts one as soon as it has. */
import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { invokeEcho, registerEcho } from '../support/echo.ts';
import { TestPlatform } from '../support/platform.ts';

const possible = process.platform === 'linux';

it.runIf(possible)(
  'L3: a worker dies while descriptors are short: it is started again when they are not (skipped: no Linux)',
  async () => {
    const platform = await TestPlatform.start(['--executors', 'builtin']);
    onTestFinished(() => platform.stop());
    const admin = await platform.admin();
    onTestFinished(() => admin.close());
    const functionId = await registerEcho(admin);
    await expect.poll(() => platform.workers().length).toBe(1);

    const allow = (descriptors: number) =>
      execFileSync('prlimit', ['--pid', `${platform.pid}`, `--nofile=${descriptors}:`]);
    // What is open stays open.
    allow(3);
    const [worker = 0] = platform.workers();
    process.kill(worker, 'SIGKILL');
    await expect.poll(() => platform.complaint).toMatch(/worker worker-0 cannot be started.*EMFILE/s);
    expect(platform.workers()).toEqual([]);
    allow(1024);

    const task = await invokeEcho(admin, functionId, 'back again');
    expect(Buffer.from((await admin.tasks.result(task)).returnValue).toString()).toBe('back again');
    expect(platform.workers()).not.toContain(worker);
  },
);
