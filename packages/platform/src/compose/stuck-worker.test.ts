/** B1: a worker with an attempt that never ends is replaced, and with it ends what the attempt has started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { toBinary } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import { expect, it } from 'vitest';
import { smallLease } from '../testing/leases.ts';
import { SchedulingTest } from '../testing/scheduling.ts';
import type { WorkerSettings } from './worker-main.ts';
import { WorkerProcesses } from './worker-processes.ts';

const STUCK = fileURLToPath(new URL('../testing/stuck-worker.ts', import.meta.url));

const isAlive = (group: number): boolean => {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
};

it('the group of its function is gone, its slot is free, and another worker comes', async () => {
  const test = await SchedulingTest.open();
  const attached = test.worker(undefined, 1, 'w0');
  const id = await test.stage();
  await attached.next('lease');
  const lease = toBinary(wire.LeaseSchema, smallLease({ noFiles: true }));
  const started: ChildProcess[] = [];
  let group = 0;
  const reported: unknown[] = [];
  const ended = Promise.withResolvers<string>();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it reads a lease in place of settings
  const settings = [{ id: 'w0' } as WorkerSettings];
  const workers = new WorkerProcesses(settings, {
    report: (error) => reported.push(error),
    ended: (worker) => {
      test.scheduler.gone(worker);
      ended.resolve(worker);
    },
    start: () => {
      const child = spawn(process.execPath, ['--no-warnings', STUCK], { stdio: ['pipe', 'pipe', 'inherit'] });
      // The one that follows waits for a lease.
      if (started.length === 0) child.stdin.write(`${Buffer.from(lease).toString('base64')}\n`);
      started.push(child);
      return child;
    },
  });
  try {
    const [said] = (await once(started[0]?.stdout ?? process.stdin, 'data')) as [Buffer];
    group = Number(said.toString());
    expect(isAlive(group)).toBe(true);
    expect(await ended.promise).toBe('w0');
    await expect.poll(() => isAlive(group)).toBe(false);
    expect(reported).toEqual([expect.objectContaining({ message: 'worker w0 ended (1)' })]);
    expect(await test.reached(id, TaskStatus.Staged)).toMatchObject({ attempt: 1 });
    await expect.poll(() => started.length).toBe(2);
    const next = test.worker(undefined, 1, 'w0');
    expect(await next.next('lease')).toMatchObject({ taskId: id, token: 2n });
  } finally {
    for (const child of started) child.kill('SIGKILL');
    if (group > 0 && isAlive(group)) process.kill(-group, 'SIGKILL');
    await workers.close();
    await test.close();
  }
});
