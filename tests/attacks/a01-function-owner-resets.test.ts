/** A1: a function owner makes itself a manager of other people's group, and resets their passwords. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { nothingStolen, possessions, robbery, type Victim, victimOn } from '../support/victim.ts';

let platform: TestPlatform;
let victim: Victim;
beforeAll(async () => {
  platform = await TestPlatform.start();
  victim = await victimOn(platform);
});
afterAll(async () => platform.stop());

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
  await boss.users.register({ id: 'shop', password: 'shop password', role: 'DataOwner', attribute: 'shops' });
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
