import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeRecord, keys, type TaskRecord, type UserRecord } from '../../domain/index.ts';
import { readRecord } from '../../state/transaction.ts';
import { TestKey } from '../../testing/keys.ts';
import { caller, ManagementTest } from '../../testing/management.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open();
});
afterEach(() => test.close());

const [ann, ben, carl, eve] = [caller('ann'), caller('ben'), caller('carl'), caller('eve')];
const admin = caller('admin', 'PlatformAdmin', '');

let functionId: string;
let inputId: string;
beforeEach(async () => {
  functionId = await test.register(admin, { public: true, inputs: [{ name: 'in' }] });
  inputId = await input(ben);
});

async function input(owner: typeof ann): Promise<string> {
  const request = create(frontend.RegisterInputFileRequestSchema, {
    url: 'https://allowed.example/in',
    cmac: new Uint8Array(16),
    cryptoInfo: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
  });
  return (await test.management.frontend.registerInputFile(owner, request)).dataId as string;
}

const newTask = (who = ann) => test.createTask(who, functionId, { in: 'ben' });
async function assign(taskId: string, dataId = inputId): Promise<void> {
  const inputs = [{ dataName: 'in', dataId }];
  await test.management.frontend.assignData(
    ben,
    create(frontend.AssignDataRequestSchema, { taskId, inputs }),
  );
}
const invoke = (taskId: string, who = ann) =>
  test.management.frontend.invokeTask(who, create(frontend.InvokeTaskRequestSchema, { taskId }));

const PROPOSAL = { uses: 3n, until: 2n ** 50n };
async function propose(more: object = {}, who = ann): Promise<string> {
  const taskId = await newTask();
  await assign(taskId);
  const request = create(gaiwan.ProposeAgreementRequestSchema, { taskId, ...PROPOSAL, ...more });
  return (await test.management.agreements.proposeAgreement(who, request)).agreementId as string;
}
const get = (agreementId: string, who = ann) =>
  test.management.agreements.getAgreement(who, create(gaiwan.GetAgreementRequestSchema, { agreementId }));
async function approve(who: typeof ann, agreementId: string): Promise<void> {
  const digest = (await get(agreementId, who)).digest as Uint8Array;
  const request = create(gaiwan.ApproveAgreementRequestSchema, { agreementId, digest });
  await test.management.agreements.approveAgreement(who, request);
}
async function standing(more: object = {}): Promise<string> {
  const agreementId = await propose(more);
  for (const who of [ann, ben]) await approve(who, agreementId);
  return agreementId;
}
const apply = (agreementId: string, taskId: string, who = ann) =>
  test.management.agreements.applyAgreement(
    who,
    create(gaiwan.ApplyAgreementRequestSchema, { agreementId, taskId }),
  );
const revoke = (agreementId: string, who = ben) =>
  test.management.agreements.revokeAgreement(
    who,
    create(gaiwan.RevokeAgreementRequestSchema, { agreementId }),
  );
const taskOf = (taskId: string) => readRecord<TaskRecord>(test.stored.store, keys.task(taskId));
const refused = (code: string) => expect.objectContaining({ name: 'PlatformError', code });

describe('an agreement', () => {
  it('fills what it names, and approves', async () => {
    const agreementId = await standing();
    const taskId = await newTask();
    await apply(agreementId, taskId);
    expect(await taskOf(taskId)).toMatchObject({
      agreement: { id: agreementId },
      inputs: [{ data: { id: inputId } }],
      approvals: [{ participant: ann.subject }, { participant: ben.subject }],
    });
    await invoke(taskId);
    expect(await get(agreementId)).toMatchObject({ used: 1n, missingUsers: [] });
  });

  it('is its participants’ alone', async () => {
    const agreementId = await standing();
    const only = { policyId: 'agreement-participants-only' };
    await expect(get(agreementId, eve)).rejects.toMatchObject(only);
    await expect(revoke(agreementId, eve)).rejects.toMatchObject(only);
    await expect(approve(eve, agreementId)).rejects.toMatchObject(only);
    const taskId = await newTask(eve);
    await expect(apply(agreementId, taskId, eve)).rejects.toMatchObject(only);
    const list = create(gaiwan.ListAgreementsRequestSchema, {});
    expect(await test.management.agreements.listAgreements(eve, list)).toMatchObject({ items: [] });
    expect(await test.management.agreements.listAgreements(ben, list)).toMatchObject({
      items: [{ agreementId, used: 0n, uses: 3n, revoked: false }],
    });
    await expect(get('agreement-1')).rejects.toThrow(refused('unknown-agreement'));
  });

  it('has the callers that it names, who approve it too', async () => {
    const agreementId = await propose({ callers: ['carl'] });
    for (const who of [ann, ben]) await approve(who, agreementId);
    const taskId = await newTask(carl);
    await expect(apply(agreementId, taskId, carl)).rejects.toThrow(refused('agreement-void'));
    await approve(carl, agreementId);
    await apply(agreementId, taskId, carl);
    await invoke(taskId, carl);
    await expect(apply(agreementId, await newTask())).rejects.toThrow(refused('outside-agreement'));
    await expect(propose({ callers: ['nobody'] })).rejects.toThrow(refused('unknown-owner'));
  });

  it('with any data waits for its owner, who puts it there', async () => {
    const agreementId = await standing({ anyData: ['in'] });
    const taskId = await newTask();
    await expect(apply(agreementId, taskId)).rejects.toThrow(refused('nothing-to-approve'));
    await assign(taskId, await input(ben));
    await apply(agreementId, taskId);
    await invoke(taskId);
  });

  it('ends for tasks that wait for a worker, once it is revoked', async () => {
    const agreementId = await standing();
    const taskId = await newTask();
    await apply(agreementId, taskId);
    await revoke(agreementId);
    await expect(invoke(taskId)).rejects.toThrow(refused('agreement-void'));
    await expect(approve(ann, agreementId)).rejects.toThrow(refused('agreement-void'));
    await expect(apply(agreementId, await newTask())).rejects.toThrow(refused('agreement-void'));
    // The first word stays.
    await revoke(agreementId, ann);
    expect(await get(agreementId)).toMatchObject({ revokedBy: 'ben' });
  });

  it('is approved by the key that it names, and by no other', async () => {
    const agreementId = await propose();
    const digest = (await get(agreementId)).digest as Uint8Array;
    const key = new TestKey();
    const record = await readRecord<UserRecord>(test.stored.store, keys.user('ben'));
    const held = { ...record, keys: { current: key.account, former: [], recovery: '' } };
    await test.stored.store.commit({ put: [{ key: keys.user('ben'), value: encodeRecord(held) }] });
    // Ben has a key now, which the agreement does not name, and the task does.
    await approve(ann, agreementId);
    const request = create(gaiwan.ApproveAgreementRequestSchema, { agreementId, digest });
    await test.management.agreements.approveAgreement(ben, request);
    await expect(apply(agreementId, await newTask())).rejects.toThrow(refused('outside-agreement'));
  });

  it.each([
    ['no uses', { uses: 0n }],
    ['more uses than can be counted', { uses: 2n ** 60n }],
    ['an end in the past', { until: 1n }],
    ['an argument that the task has not', { anyArguments: ['x'] }],
    ['an input that the task has not', { anyData: ['x'] }],
  ])('is not proposed with %s', async (_, more) => {
    await expect(propose(more)).rejects.toThrow(refused('bad-agreement'));
  });

  it('is proposed by a participant, of a task with all of its data', async () => {
    await expect(propose({}, eve)).rejects.toMatchObject({ policyId: 'task-participants-only' });
    const request = create(gaiwan.ProposeAgreementRequestSchema, { taskId: await newTask(), ...PROPOSAL });
    await expect(test.management.agreements.proposeAgreement(ann, request)).rejects.toThrow(
      refused('nothing-to-approve'),
    );
    const digest = new Uint8Array(32);
    const agreementId = await propose();
    await expect(
      test.management.agreements.approveAgreement(
        ann,
        create(gaiwan.ApproveAgreementRequestSchema, { agreementId, digest }),
      ),
    ).rejects.toThrow(refused('manifest-changed'));
  });

  it('is used as often as it says by 64 callers at once, and by none after it was revoked', async () => {
    const agreementId = await standing({ uses: 20n });
    const tasks = await Promise.all(Array.from({ length: 64 }, () => newTask()));
    await Promise.all(tasks.map((taskId) => apply(agreementId, taskId)));
    const [early, late] = [tasks.slice(0, 32), tasks.slice(32)];
    /** Too many at once are told to try again: nothing was changed. */
    const outcome = async (run: () => Promise<unknown>): Promise<string | undefined> => {
      for (;;) {
        try {
          await run();
          return 'done';
        } catch (error) {
          const { code } = error as { code?: string };
          if (code !== 'busy') return code;
        }
      }
    };
    const before = await Promise.all(early.map((taskId) => outcome(() => invoke(taskId))));
    expect(before.filter((one) => one === 'done')).toHaveLength(20);
    expect(new Set(before)).toEqual(new Set(['done', 'agreement-void']));

    // In any serial order some uses come before the revocation, and none after it.
    const other = await standing({ uses: 100n });
    await Promise.all(late.map((taskId) => apply(other, taskId)));
    const raced = late.map(async (taskId, index) => {
      if (index === 16) await outcome(() => revoke(other));
      return outcome(() => invoke(taskId));
    });
    const after = await Promise.all(raced);
    const invoked = after.filter((one) => one === 'done').length;
    expect(await get(other)).toMatchObject({ used: BigInt(invoked), revokedBy: 'ben' });
    expect(after[16]).toBe('agreement-void');
  });
});
