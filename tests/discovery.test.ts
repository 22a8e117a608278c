/** What people find on a platform, what a task waits for, and how somebody says no: as it is typed. */
import { join } from 'node:path';
import { fileSigner, type Gaiwan, makeKeyFile } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { NO_WORKER, TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

const PASSWORD = 'a test password';

let platform: TestPlatform;
let vendor: Gaiwan;
let ann: Gaiwan;
let bob: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start([...NO_WORKER]);
  vendor = await arrive('vendor', 'FunctionOwner');
  ann = await arrive('ann', 'DataOwner', 'north');
  bob = await arrive('bob');
  await arrive('boss', 'DataOwnerManager', 'north');
  await arrive('root', 'PlatformAdmin');
});
afterAll(() => platform.stop());

const as = (user: string, ...args: string[]) =>
  gaiwanHere(args, {
    env: { GAIWAN_HOME: join(platform.folder, user), GAIWAN_PASSWORD: PASSWORD },
  }).then(({ code, stdout, stderr }) => ({ code, out: stdout.toString(), stderr }));

async function say(user: string, ...args: string[]): Promise<string> {
  const { code, out, stderr } = await as(user, ...args);
  expect(code, stderr).toBe(0);
  return out;
}

/** What a command prints with --json. */
const json = async <T>(user: string, ...args: string[]): Promise<T> =>
  JSON.parse(await say(user, ...args, '--json')) as T;

/** The error of a command that is refused. */
async function refusal(user: string, ...args: string[]) {
  const { code, stderr } = await as(user, ...args, '--json');
  expect(code).not.toBe(0);
  const line = stderr.split('\n').find((text) => text.startsWith('{"error"'));
  return (JSON.parse(line ?? '{}') as { error: Record<string, unknown> }).error;
}

async function login(user: string, ...key: string[]): Promise<void> {
  const { machine, policy, authentication, frontend } = platform;
  const where = ['--authentication', authentication, '--frontend', frontend, '--simulation', machine];
  await say(user, 'login', ...where, '--policy', policy, '--user', user, ...key);
}

/** By the SDK and by the command line, with one key. */
async function arrive(user: string, role?: string, group?: string): Promise<Gaiwan> {
  const client = await platform.user(user, role, group);
  const key = join(platform.folder, `${user}.pem`);
  await makeKeyFile(key);
  await client.login(user, PASSWORD, { signer: await fileSigner(key) });
  await login(user, '--key', key);
  return client;
}

const output = async (owner: Gaiwan, name: string) =>
  owner.data.createOutput({ name, key: freshKey('aes-gcm-256') });

/** A task of Ann's with an output of Bob's. */
async function taskOfTwo(functionId: string): Promise<string> {
  return ann.tasks.create({ functionId, executor: 'builtin', outputs: { out: ['bob'] } });
}

const writer = { name: 'builtin-writer', executorType: 'builtin', outputs: [{ name: 'out' }] };

describe('functions', () => {
  let mine: string;
  beforeAll(async () => {
    await vendor.functions.register({
      ...writer,
      name: 'mean-income',
      public: true,
      description: 'Averages incomes.\nOf each district.',
    });
    await vendor.functions.register({ ...writer, name: 'mean-secret', description: 'For nobody else' });
    mine = await vendor.functions.register({ ...writer, name: 'Mean-for-ann', userAllowlist: ['ann'] });
    await vendor.functions.register({ ...writer, name: 'median', userAllowlist: ['north'], public: true });
  });

  it('that a person may use are found by name and by words, with owner, version and description', async () => {
    const all = await say('ann', 'functions', 'list');
    expect(all).toMatch(/^name +owner +who +version +description/);
    expect(all).toMatch(/mean-income +vendor +everyone +[0-9a-f]{12} +Averages incomes\./);
    expect(all).toMatch(/Mean-for-ann +vendor +you /);
    expect(all.match(/median/g)).toHaveLength(1);
    expect(all).not.toContain('mean-secret');
    const names = async (...args: string[]) =>
      (await json<{ items: { name: string }[] }>('ann', 'functions', ...args)).items
        .map(({ name }) => name)
        .sort();
    expect(await names('search', 'aver', 'DISTRICT')).toEqual(['mean-income']);
    expect(await names('list', '--name', 'MEAN')).toEqual(['Mean-for-ann', 'mean-income']);
    expect(await names('list', '--owner', 'nobody')).toEqual([]);
    expect(await names('search', 'secret')).toEqual([]);
    const [found] = (await json<{ items: unknown[] }>('ann', 'functions', 'search', 'district')).items;
    expect(found).toMatchObject({
      owner: 'vendor',
      public: true,
      description: expect.stringMatching(/^Aver/),
    });
  });

  it('of a group are used by their names, too', async () => {
    await vendor.functions.register({ ...writer, name: 'of-the-north', userAllowlist: ['north'] });
    const taskId = await say('ann', 'tasks', 'create', '--function', 'of-the-north', '--output', 'out=ann');
    expect(taskId).toMatch(/^task-/);
    const { code, stderr } = await as(
      'bob',
      'tasks',
      'create',
      '--function',
      'of-the-north',
      '--output',
      'out=bob',
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('unknown-name')]);
  });

  it('are meant by their names, and vanish from the lists when they are disabled', async () => {
    expect(await say('ann', 'functions', 'show', 'Mean-for-ann')).toContain(mine);
    await vendor.functions.disable(mine);
    const { items } = await json<{ items: unknown[] }>('ann', 'functions', 'list', '--name', 'mean-for');
    expect(items).toEqual([]);
    const everything = await say('root', 'functions', 'list');
    expect(everything).toMatch(/Mean-for-ann .*disabled/);
    await vendor.functions.enable(mine);
  });
});

describe('tasks', () => {
  it('are listed by status, role and function, with statuses as words', async () => {
    const functionId = await vendor.functions.register({ ...writer, name: 'listed', public: true });
    const first = await taskOfTwo(functionId);
    const second = await taskOfTwo(functionId);
    await ann.tasks.cancel(second);
    const list = async (user: string, ...more: string[]) =>
      (await json<{ items: { taskId: string; status: string }[] }>(user, 'tasks', 'list', ...more)).items;
    const expected = { taskId: first, status: 'created', functionName: 'listed', functionId, creator: 'ann' };
    expect(await list('bob', '--status', 'created', '--function', 'listed')).toEqual([expected]);
    expect(await list('ann', '--mine', '--status', 'canceled')).toMatchObject([{ taskId: second }]);
    expect(await list('bob', '--mine')).toEqual([]);
    expect(await list('bob', '--open', '--function-name', 'LIST')).toEqual([expected]);
    expect(await list('bob', '--function-name', 'x')).toEqual([]);
    expect(await json('ann', 'tasks', 'show', first)).toMatchObject({ status: 'created' });
    expect(await json('ann', 'tasks', 'report', second)).toMatchObject({ status: 'canceled' });
  });

  it('say what they wait for, and who can do it', async () => {
    const functionId = await vendor.functions.register({ ...writer, name: 'waits', public: true });
    const taskId = await taskOfTwo(functionId);
    const why = async (user = 'ann') => (await json<Why>(user, 'tasks', 'why', taskId)).obstacles;
    expect(await say('ann', 'tasks', 'why', taskId)).toMatch(/out, up to bob .*gaiwan tasks assign/);
    expect(await why()).toMatchObject([{ reason: 'data-missing', subject: 'out', who: ['bob'] }]);
    await bob.tasks.assign(taskId, { outputs: { out: await output(bob, 'waits') } });
    await ann.tasks.approve(taskId, (await ann.tasks.manifest(taskId)).digest);
    expect(await why()).toMatchObject([{ reason: 'approvals-missing', subject: 'bob', who: ['bob'] }]);
    await bob.tasks.approve(taskId, (await bob.tasks.manifest(taskId)).digest);
    expect(await why('bob')).toMatchObject([{ reason: 'invocation-missing', who: ['ann'] }]);
    await vendor.functions.disable(functionId);
    expect(await why('bob')).toMatchObject([{ reason: 'function-disabled', who: ['vendor'] }]);
    await vendor.functions.enable(functionId);
    await ann.tasks.invoke(taskId);
    expect(await why('bob')).toMatchObject([{ reason: 'worker-missing', who: ['operator'] }]);
    await ann.tasks.cancel(taskId);
    expect(await json('bob', 'tasks', 'why', taskId)).toMatchObject({ status: 'canceled', obstacles: [] });
    expect(await refusal('boss', 'tasks', 'why', taskId)).toMatchObject({ code: 'access-denied' });
  });

  it('tell which role is missing, and who gives it', async () => {
    const functionId = await vendor.functions.register({ ...writer, name: 'roles', public: true });
    const outputs = { out: ['vendor'] };
    const taskId = await ann.tasks.create({ functionId, executor: 'builtin', outputs });
    const { obstacles } = await json<Why>('ann', 'tasks', 'why', taskId);
    expect(obstacles).toMatchObject([
      { reason: 'data-missing', subject: 'out' },
      { reason: 'role-missing', subject: 'vendor', who: ['administrator'] },
    ]);
    expect(obstacles[1]?.remedy).toMatch(/DataOwner/);
  });
});

interface Why {
  readonly status: string;
  readonly obstacles: { readonly reason: string; readonly subject: string; readonly remedy: string }[];
}

describe('a participant declines', () => {
  it('a task that was invoked: it ends, everybody reads why, and its output is free again', async () => {
    const functionId = await vendor.functions.register({ ...writer, name: 'declined', public: true });
    const out = await output(bob, 'declined');
    const ready = async () => {
      const taskId = await taskOfTwo(functionId);
      await bob.tasks.assign(taskId, { outputs: { out } });
      for (const who of [ann, bob])
        await who.tasks.approve(taskId, (await who.tasks.manifest(taskId)).digest);
      return taskId;
    };
    const [first, second] = [await ready(), await ready()];
    await ann.tasks.invoke(first);
    await expect(ann.tasks.invoke(second)).rejects.toMatchObject({ code: 'output-taken' });
    expect(await json('ann', 'tasks', 'why', second)).toMatchObject({
      obstacles: [{ reason: 'output-taken', subject: out, who: ['bob'] }],
    });

    expect(await refusal('boss', 'tasks', 'decline', first, '--reason', 'x')).toMatchObject({
      code: 'access-denied',
    });
    expect(await refusal('bob', 'tasks', 'decline', first, '--reason', ' ')).toMatchObject({
      code: 'bad-decline-reason',
    });
    await say('bob', 'tasks', 'decline', first, '--reason', 'Our board said no');
    const said = 'bob declined the task: Our board said no';
    expect(await say('ann', 'tasks', 'show', first)).toContain(said);
    expect(await json('ann', 'tasks', 'why', first)).toMatchObject({
      status: 'canceled',
      obstacles: [],
      declinedBy: 'bob',
      declinedBecause: 'Our board said no',
    });
    await expect(ann.tasks.result(first)).rejects.toMatchObject({ code: 'task-canceled' });
    expect(await refusal('bob', 'tasks', 'decline', first, '--reason', 'again')).toMatchObject({
      code: 'not-declinable',
    });
    // Nothing of it holds the output any more.
    await ann.tasks.invoke(second);
    const log = await platform.admin().then((admin) => admin.auditLogs('decline_task', 10));
    expect(log.map(({ result }) => result)).toContain(true);
  });
});

describe('data and users', () => {
  it('are listed by kind and name', async () => {
    await output(ann, 'Report-of-may');
    const list = async (...more: string[]) =>
      (await json<{ items: { name: string }[] }>('ann', 'data', 'list', ...more)).items.map(
        ({ name }) => name,
      );
    expect(await list('--name', 'report', '--outputs')).toEqual(['Report-of-may']);
    expect(await list('--name', 'report', '--inputs')).toEqual([]);
    expect(await list('--name', 'report', '--written')).toEqual([]);
    expect(await list('--name', 'x')).toEqual([]);
  });

  it('are shown with their roles, to whom they are shown', async () => {
    expect(await say('root', 'users', 'list')).toMatch(/^name +role +group +created +key\n/);
    expect(await say('root', 'users', 'list')).toMatch(/ann +DataOwner +north +20\d\d-/);
    const list = async (user: string, ...more: string[]) =>
      (await json<{ users: { id: string }[] }>(user, 'users', 'list', ...more)).users.map(({ id }) => id);
    expect(await list('root', '--role', 'FunctionOwner')).toEqual(['vendor']);
    expect(await list('root', '--name', 'BO')).toEqual(['bob', 'boss']);
    expect(await list('root', '--group', 'north')).toEqual(['ann', 'boss']);
    expect(await list('boss')).toEqual(['ann']);
    const error = await refusal('bob', 'users', 'list');
    expect(error).toMatchObject({ code: 'user-access-denied', roles: ['PlatformAdmin', 'DataOwnerManager'] });
    expect(error.message).toMatch(/PlatformAdmin.*administrator/);
  });
});

describe('a refusal', () => {
  it('says which role is missing, who gives it, and what to do', async () => {
    const error = await refusal('bob', 'functions', 'register', '--name', 'builtin-echo', '--public');
    expect(error).toMatchObject({
      code: 'access-denied',
      roles: ['PlatformAdmin', 'FunctionOwner'],
      details: [
        { reason: 'access-denied', subject: 'bob', remedy: expect.stringContaining('administrator') },
      ],
    });
    expect(error.message).toMatch(/DataOwner.*PlatformAdmin or FunctionOwner/);
  });

  it('has one detail for each of those it is about', async () => {
    const functionId = await vendor.functions.register({ ...writer, name: 'details', public: true });
    const taskId = await taskOfTwo(functionId);
    expect((await refusal('ann', 'tasks', 'invoke', taskId)).details).toEqual([
      { reason: 'data-missing', subject: 'out', remedy: expect.stringContaining('assign') },
    ]);
  });
});
