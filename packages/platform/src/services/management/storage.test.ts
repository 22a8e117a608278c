import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../domain/index.ts';
import type { PlatformError } from '../../errors.ts';
import { transact } from '../../state/transaction.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open({ user: { bytes: 4 << 20, items: 20 } });
  const { store, clock } = test.stored;
  await putAccounts(store, [subjectOf('ann'), subjectOf('ben')], { name: 'DataOwner', attribute: 'north' });
  await transact(store, clock, async (tx) =>
    ['north', 'banks'].map((group) => tx.put(keys.group(group), { madeBy: subjectOf('ann'), members: 2 })),
  );
});
afterEach(() => test.close());

const [ann, boss, other, vendor, admin] = [
  caller('ann', 'DataOwner', 'north'),
  caller('ben', 'DataOwnerManager', 'north'),
  caller('eve', 'DataOwnerManager', 'south'),
  caller('vendor', 'FunctionOwner', ''),
  caller('admin', 'PlatformAdmin', ''),
];
type Named = { userId?: string; group?: string };
const use = (who: typeof ann, of: Named = {}) =>
  test.management.storage.getStorageUse(who, create(gaiwan.GetStorageUseRequestSchema, of));
const set = (who: typeof ann, of: Named & { bytes?: bigint; items?: bigint }) =>
  test.management.storage.setStorageQuota(who, create(gaiwan.SetStorageQuotaRequestSchema, of));
const input = (who: typeof ann, bytes: number) =>
  test.management.frontend.registerInputFile(
    who,
    create(frontend.RegisterInputFileRequestSchema, {
      url: `data:text/plain;base64,${Buffer.alloc(bytes).toString('base64')}`,
      cmac: new Uint8Array(16),
      cryptoInfo: { schema: 'raw' },
    }),
  );
const denied = { wire: 'permission denied' };

describe('what somebody has the platform keep', () => {
  it('is counted: inputs with what is in their URLs, functions with their versions, tasks', async () => {
    await input(ann, 1000);
    const afterInput = await use(ann);
    expect(afterInput).toMatchObject({ items: 1n, quotaBytes: BigInt(4 << 20), quotaItems: 20n });
    expect(Number(afterInput.bytes)).toBeGreaterThan(1000);
    const functionId = await test.register(vendor, { public: true, payload: new Uint8Array(5000) });
    const vendors = await use(vendor);
    expect(vendors.items).toBe(2n);
    expect(Number(vendors.bytes)).toBeGreaterThan(5000);
    await test.createTask(ann, functionId);
    expect((await use(ann)).items).toBe(2n);
    const request = create(frontend.DeleteFunctionRequestSchema, { functionId });
    await test.management.frontend.deleteFunction(vendor, request);
    // Its version stays: the task names it.
    expect((await use(vendor)).items).toBe(1n);
    expect(await use(admin, { group: 'north' })).toMatchObject({ items: 2n });
  });

  it('is shown to itself, its manager and administrators', async () => {
    await input(ann, 1);
    for (const who of [boss, admin]) {
      expect(await use(who, { userId: 'ann' })).toMatchObject({ items: 1n });
      expect(await use(who, { group: 'north' })).toMatchObject({ items: 1n });
    }
    expect(await use(ann, { userId: 'ann' })).toMatchObject({ items: 1n });
    for (const of of [{ userId: 'ann' }, { group: 'north' }])
      await expect(use(other, of)).rejects.toMatchObject(denied);
    await expect(use(ann, { group: 'north' })).rejects.toMatchObject(denied);
    await expect(use(vendor, { userId: 'ann' })).rejects.toMatchObject(denied);
    for (const of of [
      { userId: 'nobody' },
      { group: 'nowhere' },
      { userId: 'ann', group: 'north' },
      { userId: 'x'.repeat(9999) },
    ])
      await expect(use(admin, of)).rejects.toMatchObject({ code: 'unknown-holder' });
  });
});

it('who may not see the accounts cannot tell by an answer whether there is one of a name, or a group', async () => {
  const answer = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.unreachable(),
      (refused: unknown) => refused,
    );
    const { code, message, wire, policyId } = error as PlatformError;
    return { code, message: message.replace(/ben|nobody|banks|north|nowhere/, 'it'), wire, policyId };
  };
  for (const who of [ann, other, vendor])
    for (const ask of [use, set])
      for (const [there, not] of [
        [{ userId: 'ben' }, { userId: 'nobody' }],
        [{ group: who === ann ? 'banks' : 'north' }, { group: 'nowhere' }],
      ] as const) {
        const known = await answer(ask(who, there));
        expect(known).toMatchObject({ code: 'access-denied', ...denied });
        expect(await answer(ask(who, not))).toEqual(known);
      }
});

describe('a quota', () => {
  it('refuses what is beyond it, with how much is used, and nothing of it is kept', async () => {
    await input(ann, 3 << 20);
    await expect(input(ann, 2 << 20)).rejects.toMatchObject({
      code: 'storage-quota',
      grpc: 8,
      message: expect.stringContaining('of 4194304 bytes that it may have'),
    });
    expect(await use(ann)).toMatchObject({ items: 1n });
    await input(ann, 100);
  });

  it('of items holds for calls at the same time', async () => {
    const made = await Promise.allSettled(Array.from({ length: 50 }, () => input(ann, 1)));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await use(ann)).toMatchObject({ items: 20n });
  });

  it('is set by administrators alone, for a user or a group, and unset', async () => {
    for (const who of [ann, boss, other, vendor])
      for (const of of [{ userId: 'ann' }, { group: 'north' }])
        await expect(set(who, { ...of, bytes: 1n << 60n })).rejects.toMatchObject(denied);
    await set(admin, { userId: 'ann', bytes: 10n });
    await expect(input(ann, 1)).rejects.toMatchObject({ code: 'storage-quota' });
    await set(admin, { userId: 'ann' });
    await input(ann, 1);
    await set(admin, { group: 'north', items: 1n });
    await expect(input(ann, 1)).rejects.toMatchObject({
      code: 'storage-quota',
      message: expect.stringMatching(/^The group north has 1 items of 1/),
    });
    await set(admin, { group: 'north', items: 1n << 63n });
    await input(ann, 1);
  });

  it('that is used up keeps tasks from being invoked', async () => {
    const functionId = await test.register(vendor, { public: true });
    const taskId = await test.createTask(ann, functionId);
    await set(admin, { userId: 'ann', bytes: 1n });
    const invoke = () =>
      test.management.frontend.invokeTask(ann, create(frontend.InvokeTaskRequestSchema, { taskId }));
    await expect(invoke()).rejects.toMatchObject({ code: 'storage-quota' });
    await set(admin, { userId: 'ann' });
    await invoke();
  });

  it('follows the account, not the name', async () => {
    await input(ann, 1);
    const { store } = test.stored;
    await putAccounts(store, [subjectOf('ann', 1)], { name: 'DataOwner', attribute: 'north' });
    expect(await use(admin, { userId: 'ann' })).toMatchObject({ items: 0n });
    expect(await use(admin, { group: 'north' })).toMatchObject({ items: 1n });
  });
});
