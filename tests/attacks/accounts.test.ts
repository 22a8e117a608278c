/** Whoever has power over accounts and functions uses it against a bank (A1, A2, A3, A12, A13): other people's passwords, names and approvals. */
import { request } from 'node:https';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { authentication, gaiwan } from '@gaiwan/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import {
  echo,
  nothingStolen,
  possessions,
  robbery,
  SECRET,
  type Victim,
  victimOn,
} from '../support/victim.ts';

let platform: TestPlatform;
let victim: Victim;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(async () => platform.stop());

async function freshVictim(): Promise<void> {
  await platform.deleteUsers();
  victim = await victimOn(platform);
}

describe('beside a bank that nobody ends', () => {
  beforeAll(freshVictim);

  const manager = (id: string, attribute: string) => ({
    id,
    password: 'evil password',
    role: 'DataOwnerManager',
    attribute,
  });
  const denied = { code: 'user-access-denied', grpc: 16 };

  it('A1: a function owner invites no manager into a group that has members of others', async () => {
    await expect(victim.vendor.users.register(manager('evil', 'banks'))).rejects.toMatchObject(denied);
    expect(await victim.admin.users.list('everybody')).not.toContain('evil');
  });

  it('A1: nor is a manager whom an administrator made the master of members that others registered', async () => {
    await victim.admin.users.register(manager('boss', 'banks'));
    const boss = await platform.connect('boss', 'evil password');
    await expect(boss.users.resetPassword('bank')).rejects.toMatchObject(denied);
    await expect(
      boss.users.update({ id: 'bank', password: 'x', role: 'DataOwner', attribute: 'banks' }),
    ).rejects.toMatchObject(denied);
    await expect(boss.users.delete('bank')).rejects.toMatchObject(denied);
  });

  it('A1: in a group of its own making it rules over accounts, and inherits nothing from them', async () => {
    await victim.vendor.users.register(manager('shops-boss', 'shops'));
    // Its own group: a second manager may come.
    await victim.vendor.users.register(manager('shops-boss-2', 'shops'));
    const boss = await platform.connect('shops-boss', 'evil password');
    await boss.users.register({
      id: 'shop',
      password: 'shop password',
      role: 'DataOwner',
      attribute: 'shops',
    });
    const shop = await platform.connect('shop', 'shop password');
    const taskId = await shop.tasks.create({
      functionId: victim.functionId,
      executor: 'builtin',
      arguments: { message: 'of the shop' },
    });
    await shop.tasks.invoke(taskId);
    await shop.tasks.result(taskId);
    const other = await platform.connect('shops-boss-2', 'evil password');
    const thief = await platform.connect(
      'shop',
      await other.users.resetPassword('shop').then((p) => p.reveal()),
    );
    await expect(thief.tasks.get(taskId)).rejects.toMatchObject({ code: 'access-denied' });
    expect(await possessions(thief)).toBe(0);
    expect(await robbery(thief, victim)).toEqual(nothingStolen);
  });

  it('nobody acts on an administrator but itself', async () => {
    await victim.admin.users.register({ id: 'root2', password: 'second admin', role: 'PlatformAdmin' });
    const second = await platform.connect('root2', 'second admin');
    const denied = { code: 'user-access-denied' };
    await expect(second.users.resetPassword('admin')).rejects.toMatchObject(denied);
    await expect(second.users.delete('admin')).rejects.toMatchObject(denied);
    await expect(
      second.users.update({ id: 'admin', password: 'x', role: 'PlatformAdmin' }),
    ).rejects.toMatchObject(denied);
    await second.users.delete('root2');
  });

  it('A3: slots and fusion outputs name only accounts that are there', async () => {
    const { analyst, vendor } = victim;
    const functionId = await vendor.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      inputs: [{ name: 'data' }],
    });
    const task = { functionId, executor: 'builtin', arguments: {}, inputs: { data: ['tomorrow'] } };
    await expect(analyst.tasks.create(task)).rejects.toMatchObject({
      code: 'unknown-owner',
      grpc: 3,
      message: expect.stringMatching(/"data".*tomorrow/) as string,
    });
    await expect(analyst.data.fusion(['analyst', 'tomorrow'])).rejects.toMatchObject({
      code: 'unknown-owner',
    });
  });

  const createEcho = (functionId: string) =>
    victim.bank.tasks.create({ functionId, executor: 'builtin', arguments: { message: 'x' } });

  it('A12: what the administrator disabled stays disabled, whatever its owner does', async () => {
    const { admin, vendor, bank } = victim;
    const functionId = await vendor.functions.register(echo);
    const taskId = await createEcho(functionId);
    await admin.functions.disable(functionId);
    await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled', grpc: 2 });
    await vendor.functions.update(functionId, { ...echo, description: 'again' });
    await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled' });
    await expect(createEcho(functionId)).rejects.toMatchObject({ code: 'access-denied' });
    await vendor.functions.disable(functionId);
    await expect(vendor.functions.enable(functionId)).rejects.toMatchObject({ code: 'access-denied' });
    await admin.functions.enable(functionId);
    await bank.tasks.invoke(taskId);
    await bank.tasks.result(taskId);
  });

  it('A12: what its owner disabled its owner enables, and nobody else', async () => {
    const { admin, vendor, bank } = victim;
    const functionId = await vendor.functions.register(echo);
    const taskId = await createEcho(functionId);
    await vendor.functions.disable(functionId);
    await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled' });
    await expect(admin.functions.enable(functionId)).rejects.toMatchObject({ code: 'access-denied' });
    await vendor.functions.enable(functionId);
    await bank.tasks.invoke(taskId);
    await bank.tasks.result(taskId);
  });
});

describe('against a bank', () => {
  beforeEach(freshVictim);

  /** Others are told, and nothing is run on the bank's data. */
  async function othersAreTold({ analyst, openTask }: Victim): Promise<void> {
    const { goneUsers, approvedUsers } = await analyst.tasks.manifest(openTask);
    expect(goneUsers).toEqual([expect.stringMatching(/^bank#[\w-]{16}$/)]);
    expect(approvedUsers).toEqual(['analyst']);
    expect((await analyst.tasks.get(openTask)).approvedUsers).toEqual(['analyst']);
    await expect(analyst.tasks.invoke(openTask)).rejects.toMatchObject({
      code: 'participants-gone',
      subjects: ['bank'],
    });
  }

  it('A2: a reset by the administrator begins a new account', async () => {
    const password = await victim.admin.users.resetPassword('bank');
    const thief = await platform.connect('bank', password.reveal());
    expect(await robbery(thief, victim)).toEqual(nothingStolen);
    expect(await possessions(thief)).toBe(0);
    await othersAreTold(victim);
  });

  it('A2: so does an update, which sets a password', async () => {
    await victim.admin.users.update({
      id: 'bank',
      password: 'stolen',
      role: 'DataOwner',
      attribute: 'banks',
    });
    const thief = await platform.connect('bank', 'stolen');
    expect(await robbery(thief, victim)).toEqual(nothingStolen);
    expect(await possessions(thief)).toBe(0);
    await othersAreTold(victim);
  });

  it('the owner itself keeps everything when it changes its password', async () => {
    const before = await possessions(victim.bank);
    await victim.bank.users.changePassword('my new password');
    const bank = await platform.connect('bank', 'my new password');
    const { returnValue } = await bank.tasks.result(victim.endedTask);
    expect(Buffer.from(returnValue).toString()).toBe(SECRET);
    expect(await possessions(bank)).toBe(before);
    await victim.analyst.tasks.invoke(victim.openTask);
  });

  it('A3: the name registered again is somebody else', async () => {
    await victim.admin.users.delete('bank');
    const thief = await platform.user('bank', 'DataOwnerManager', 'zzz');
    expect(await robbery(thief, victim)).toEqual(nothingStolen);
    expect(await possessions(thief)).toBe(0);
  });

  it('A3: what a deleted user approved is not run, and nothing of its data', async () => {
    await victim.admin.users.delete('bank');
    const { analyst, openTask } = victim;
    const { goneUsers, approvedUsers } = await analyst.tasks.manifest(openTask);
    expect([goneUsers.length, approvedUsers]).toEqual([1, ['analyst']]);
    const gone = { code: 'participants-gone', subjects: ['bank'] };
    await expect(analyst.tasks.invoke(openTask)).rejects.toMatchObject(gone);
    await platform.user('bank', 'DataOwner', 'banks');
    await expect(analyst.tasks.invoke(openTask)).rejects.toMatchObject(gone);
  });

  const transport = (baseUrl: string) =>
    createGrpcTransport({ baseUrl, nodeOptions: { ca: platform.certificate } });

  async function session() {
    const auth = createClient(authentication.TeaclaveAuthenticationApi, transport(platform.authentication));
    const { token } = await auth.userLogin({ id: 'bank', password: 'a test password' });
    return { headers: { id: 'bank', token } };
  }

  const status = (path: string, capability: string) =>
    new Promise<number>((resolve, reject) => {
      const options = { ca: platform.certificate, headers: { authorization: `Bearer ${capability}` } };
      request(new URL(path, platform.frontend), options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });

  it.each([
    ['was deleted', (victim: Victim) => victim.admin.users.delete('bank')],
    ['was begun anew', (victim: Victim) => victim.admin.users.resetPassword('bank')],
  ])('A13: the capability of an account that %s opens nothing', async (_what, end) => {
    const data = createClient(gaiwan.DataService, transport(platform.frontend));
    const { path, capability } = await data.createDownload({ dataId: victim.inputId }, await session());
    expect(await status(path, capability)).toBe(200);
    await end(victim);
    expect(await status(path, capability)).toBe(403);
  });

  it('A13: a watch ends with its account', async () => {
    const tasks = createClient(gaiwan.TaskService, transport(platform.frontend));
    const { openTask } = victim;
    const watching = tasks.watchTask({ taskId: openTask }, await session())[Symbol.asyncIterator]();
    expect((await watching.next()).done).toBe(false);
    const ended = watching.next().then(
      ({ value }) => value as unknown,
      (error: unknown) => error,
    );
    await victim.admin.users.delete('bank');
    // What would have been seen next; an end without an error would be seen as no end of the task, and tried again.
    await victim.analyst.tasks.cancel(openTask);
    expect(await ended).toMatchObject({ code: 16, rawMessage: 'incorrent credential' });
  });
});
