/** A3: whoever registers a deleted name, or one that a task named before it existed, inherits what is the name's. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { nothingStolen, possessions, robbery, type Victim, victimOn } from '../support/victim.ts';

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
  await expect(analyst.data.fusion(['analyst', 'tomorrow'])).rejects.toMatchObject({ code: 'unknown-owner' });
});
