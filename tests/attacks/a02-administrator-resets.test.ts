/** A2: the administrator resets a bank's password, logs in as the bank, and reads what the bank has. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { nothingStolen, possessions, robbery, SECRET, type Victim, victimOn } from '../support/victim.ts';

let platform: TestPlatform;
let victim: Victim;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(async () => platform.stop());
beforeEach(async () => {
  await platform.deleteUsers();
  victim = await victimOn(platform);
});

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
  await victim.admin.users.update({ id: 'bank', password: 'stolen', role: 'DataOwner', attribute: 'banks' });
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
