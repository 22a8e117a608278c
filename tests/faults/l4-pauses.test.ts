/** L4: the platform, or a worker, stands still for a while: a task that is under way keeps its first attempt. */
import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gaiwan } from '@gaiwan/client';
import { encrypt } from '@gaiwan/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../packages/platform/src/limits.ts';
import { TestPlatform } from '../support/platform.ts';

/** A worker that fetches it has a task under way until the test answers: each attempt asks once. */
const asked: ServerResponse[] = [];
const server = createServer((_request, response) => void asked.push(response));

let platform: TestPlatform;
let user: Gaiwan;
let functionId: string;
let inputId: string;
const ciphertext: Uint8Array[] = [];
beforeAll(async () => {
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  // It listens on a port.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  platform = await TestPlatform.start(['--allow-url', origin, '--workers', '1', '--executors', 'builtin']);
  user = await platform.user('ann');
  const key = { scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) };
  const sink = { write: (part: Uint8Array) => void ciphertext.push(Buffer.from(part)) };
  const { tag } = await encrypt([Buffer.from('input')], sink, { key });
  inputId = await user.data.registerInput({ url: `${origin}/file`, tag, key });
  functionId = await (await platform.user('vendor', 'FunctionOwner', '')).functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
    inputs: [{ name: 'in' }],
  });
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await platform.stop();
});

/** In real time: a process that is stopped, and one beside it that is not, have no clock of the test. */
const stopped = async (pid: number, ms: number) => {
  process.kill(pid, 'SIGSTOP');
  // oxlint-disable-next-line tests/no-sleep -- how long it stands still is what is tested
  await new Promise((resolve) => setTimeout(resolve, ms));
  process.kill(pid, 'SIGCONT');
};

describe('L4: a task keeps its first attempt', () => {
  it.each([
    [
      'where the platform stands still for longer than a lease',
      () => platform.pid,
      limits.lease.value + 1500,
    ],
    [
      'where a worker stands still for less than a lease',
      () => platform.workers()[0] ?? 0,
      limits.lostStream.value + 1000,
    ],
  ])('%s', async (_what, pid, ms) => {
    asked.splice(0);
    const taskId = await user.tasks.create({
      functionId,
      executor: 'builtin',
      arguments: { message: 'first' },
      inputs: { in: ['ann'] },
    });
    await user.tasks.assign(taskId, { inputs: { in: inputId } });
    await user.tasks.invoke(taskId);
    await expect.poll(() => asked.length).toBe(1);
    const worker = platform.workers();
    await stopped(pid(), ms);
    // The platform has looked at its leases since: it answers.
    await user.tasks.get(taskId);
    asked[0]?.end(Buffer.concat(ciphertext));
    expect(Buffer.from((await user.tasks.result(taskId)).returnValue).toString()).toBe('first');
    for await (const { attempt } of user.tasks.watch(taskId)) expect(attempt).toBe(1);
    expect(asked).toHaveLength(1);
    expect(platform.workers()).toEqual(worker);
  });
});
