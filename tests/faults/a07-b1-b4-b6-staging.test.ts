/**
 * A7, B1, B4, B6: what a task's files may take of a worker. The same file in sixty slots is fetched and kept once; inputs end at the bytes, and
 * with the time, that the manifest allows; servers that answer what they like, or nothing, keep no place of anybody's.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Gaiwan, TaskOptions } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';

const layers = ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!layers) console.warn('SKIPPED: functions in sandboxes want bubblewrap and util-linux.');

const SLOTS = Array.from({ length: 60 }, (_, index) => `in-${index}`);
const UPLOAD = 300_000;
/** A worker has one slot less than there are processors, or one. */
const PLACES = Math.max(1, availableParallelism() - 1);

/** Requests by their path. */
const asked = new Map<string, number>();
const sockets = new Set<Socket>();
const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  '/upgrade': (socket) => socket.end('HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  '/refused': (socket) => {
    socket.pause();
    socket.end('HTTP/1.1 413 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  },
  '/early': (socket) => {
    socket.pause();
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  },
  '/silence': () => undefined,
  '/endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = () => {
      while (socket.writable && socket.write(Buffer.alloc(1 << 16)));
    };
    socket.on('drain', more);
    more();
  },
};
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  socket.once('data', (head) => {
    const path = head.toString('latin1').split(' ')[1] ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    answers[path]?.(socket);
  });
});

let platform: TestPlatform;
let user: Gaiwan;
let origin: string;
let functionId: string;
beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  platform = await TestPlatform.start(['--allow-url', origin, '--workers', '1']);
  user = await platform.user('ann');
  functionId = await (await platform.user('vendor', 'FunctionOwner', '')).functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
    inputs: SLOTS.map((name) => ({ name, optional: true })),
  });
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await platform.stop();
});

/** Invoked. `inputs`: data by slot. */
async function start(inputs: Readonly<Record<string, string>>, limits: TaskOptions['limits'] = {}) {
  const owners = Object.fromEntries(Object.keys(inputs).map((slot) => [slot, ['ann']]));
  const taskId = await user.tasks.create({
    functionId,
    executor: 'builtin',
    arguments: { message: 'done' },
    inputs: owners,
    limits,
  });
  await user.tasks.assign(taskId, { inputs });
  await user.tasks.invoke(taskId);
  return taskId;
}

const result = async (taskId: string) =>
  Buffer.from((await user.tasks.result(taskId)).returnValue).toString();

async function upload(name: string): Promise<string> {
  const path = join(platform.folder, name);
  writeFileSync(path, randomBytes(UPLOAD));
  return (await user.data.encryptAndUpload({ path, name, key: freshKey('aes-gcm-256') })).dataId;
}

const external = (path: string) =>
  user.data.registerInput({ url: `${origin}${path}`, tag: randomBytes(16), key: freshKey('aes-gcm-256') });

it('A7: one file in sixty slots counts and is fetched once, and what is more than the task allows is refused', async () => {
  const [a, b] = [await upload('a'), await upload('b')];
  const sixty = Object.fromEntries(SLOTS.map((slot) => [slot, a]));
  // With the file's tag.
  const limits = { stagedBytes: UPLOAD + 16 };
  expect(await result(await start(sixty, limits))).toBe('done');
  await expect(result(await start({ ...sixty, 'in-7': b }, limits))).rejects.toThrow(
    'the inputs have more than the 300016 bytes that the task allows',
  );
});

it('A7: time counts from the lease: a server that says nothing ends with the time of the task', async () => {
  const silence = await external('/silence');
  await expect(result(await start({ 'in-0': silence }, { timeMs: 1000 }))).rejects.toThrow('the 1000 ms');
  await expect(result(await start({ 'in-0': silence }, { transferMs: 1000 }))).rejects.toThrow('the 1000 ms');
});

it('B1: honest tasks go on after hostile servers, and after the cancel of whoever waits for one', async () => {
  const upgrade = await external('/upgrade');
  const broken = await Promise.all(
    Array.from({ length: PLACES + 1 }, async () => start({ 'in-0': upgrade })),
  );
  for (const taskId of broken) await expect(result(taskId)).rejects.toThrow('answered 101');

  asked.clear();
  const silence = await external('/silence');
  const silent = await Promise.all(Array.from({ length: PLACES }, async () => start({ 'in-0': silence })));
  await expect.poll(() => asked.get('/silence')).toBe(PLACES);
  const honest = await start({});
  for (const taskId of silent) await user.tasks.cancel(taskId);
  expect(await result(honest)).toBe('done');
  await expect.poll(() => sockets.size).toBe(0);
});

it('B4: an endless file ends at the bytes that the task allows', async () => {
  const endless = await external('/endless');
  const taskId = await start({ 'in-0': endless }, { stagedBytes: 5_000_000 });
  await expect(result(taskId)).rejects.toThrow('more than the 5000000 bytes');
  await expect.poll(() => sockets.size).toBe(0);
  expect(await result(await start({}))).toBe('done');
});

it.skipIf(!layers)(
  'B1, B6: an output that a server refuses early, or takes a part of, has failed; others go on',
  async () => {
    const writes = await (await platform.user('writer', 'FunctionOwner', '')).functions.register({
      name: 'writes',
      executorType: 'javascript',
      public: true,
      payload: Buffer.from(`export function main(inputs, outputs) {
      for (let i = 0; i < 8; i++) outputs.out?.write(new Uint8Array(1 << 20));
      return 'written';
    }`),
      outputs: [{ name: 'out', optional: true }],
    });
    const create = (outputs: Readonly<Record<string, readonly string[]>>) =>
      user.tasks.create({ functionId: writes, executor: 'javascript', outputs });
    const store = async (path: string) => {
      const taskId = await create({ out: ['ann'] });
      const out = await user.data.registerOutput({ url: `${origin}${path}`, key: freshKey('aes-gcm-256') });
      await user.tasks.assign(taskId, { outputs: { out } });
      await user.tasks.invoke(taskId);
      return taskId;
    };
    // What they do to a place is tested at the socket (web-hostile.test.ts): a process for each job is dear.
    for (const path of ['/refused', '/early', '/upgrade'])
      await expect(result(await store(path))).rejects.toMatchObject({ code: 'task-failed' });
    const honest = await create({});
    await user.tasks.invoke(honest);
    expect(await result(honest)).toBe('written');
  },
);
