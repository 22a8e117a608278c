/** A12: a function that was disabled goes on running, or its owner enables it again. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { echo, type Victim, victimOn } from '../support/victim.ts';

let platform: TestPlatform;
let victim: Victim;
beforeAll(async () => {
  platform = await TestPlatform.start();
  victim = await victimOn(platform);
});
afterAll(async () => platform.stop());

const create = (functionId: string) =>
  victim.bank.tasks.create({ functionId, executor: 'builtin', arguments: { message: 'x' } });

it('A12: what the administrator disabled stays disabled, whatever its owner does', async () => {
  const { admin, vendor, bank } = victim;
  const functionId = await vendor.functions.register(echo);
  const taskId = await create(functionId);
  await admin.functions.disable(functionId);
  await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled', grpc: 2 });
  await vendor.functions.update(functionId, { ...echo, description: 'again' });
  await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled' });
  await expect(create(functionId)).rejects.toMatchObject({ code: 'access-denied' });
  await vendor.functions.disable(functionId);
  await expect(vendor.functions.enable(functionId)).rejects.toMatchObject({ code: 'access-denied' });
  await admin.functions.enable(functionId);
  await bank.tasks.invoke(taskId);
  await bank.tasks.result(taskId);
});

it('A12: what its owner disabled its owner enables, and nobody else', async () => {
  const { admin, vendor, bank } = victim;
  const functionId = await vendor.functions.register(echo);
  const taskId = await create(functionId);
  await vendor.functions.disable(functionId);
  await expect(bank.tasks.invoke(taskId)).rejects.toMatchObject({ code: 'function-disabled' });
  await expect(admin.functions.enable(functionId)).rejects.toMatchObject({ code: 'access-denied' });
  await vendor.functions.enable(functionId);
  await bank.tasks.invoke(taskId);
  await bank.tasks.result(taskId);
});
