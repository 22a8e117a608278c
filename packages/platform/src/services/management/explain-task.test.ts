/** What a task waits for, state by state: the same that an invocation is refused for, with who can do it. */
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan, TaskStatus } from '@gaiwan/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DataRecord, encodeRecord, keys, manifestDigest, type TaskRecord } from '../../domain/index.ts';
import { readRecord } from '../../state/transaction.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';

let test: ManagementTest;
beforeAll(async () => {
  test = await ManagementTest.open();
  await putAccounts(test.stored.store, [subjectOf('vendor')], { name: 'FunctionOwner', attribute: '' });
});
afterAll(() => test.close());
beforeEach(() => {
  test.able.mockReturnValue(true);
  test.hasTwoWorkersFor.mockReturnValue(true);
});

const [ann, ben, vendor, eve] = [
  caller('ann'),
  caller('ben'),
  caller('vendor', 'FunctionOwner', ''),
  caller('eve'),
];

interface Explained {
  readonly status: number;
  readonly obstacles: readonly {
    readonly reason: string;
    readonly subject: string;
    readonly who: readonly string[];
    readonly remedy: string;
  }[];
  readonly endedBecause: string;
  readonly declinedBy: string;
}

const explain = (taskId: string, who = ann) =>
  test.management.tasks.explainTask(
    who,
    create(gaiwan.ExplainTaskRequestSchema, { taskId }),
  ) as Promise<Explained>;

/** Reasons with what they are about and who can do it. */
const waits = async (taskId: string) =>
  (await explain(taskId)).obstacles.map(({ reason, subject, who }) => [reason, subject, ...who]);

let iv = 0;
const output = () => test.output(ben, ++iv);
const assign = (taskId: string, dataId: string) =>
  test.management.frontend.assignData(
    ben,
    create(frontend.AssignDataRequestSchema, { taskId, outputs: [{ dataName: 'out', dataId }] }),
  );
async function approve(taskId: string, ...everybody: (typeof ann)[]): Promise<void> {
  for (const who of everybody)
    await test.management.frontend.approveTask(who, create(frontend.ApproveTaskRequestSchema, { taskId }));
}
const invoke = (taskId: string) =>
  test.management.frontend.invokeTask(ann, create(frontend.InvokeTaskRequestSchema, { taskId }));
const decline = (taskId: string, who = ben, reason = 'not now') =>
  test.management.tasks.declineTask(who, create(gaiwan.DeclineTaskRequestSchema, { taskId, reason }));

const register = (change: object = {}) =>
  test.register(vendor, { name: 'f', public: true, outputs: [{ name: 'out' }], ...change });
/** With an output of Ben's; all have approved. */
async function ready(functionId: string): Promise<string> {
  const taskId = await test.createTask(ann, functionId, {}, { out: 'ben' });
  await assign(taskId, await output());
  await approve(taskId, ann, ben);
  return taskId;
}
const recordOf = (taskId: string) =>
  readRecord<TaskRecord>(test.stored.store, keys.task(taskId)) as Promise<TaskRecord>;
/** As if it had come to this. */
async function alter(taskId: string, change: Partial<TaskRecord>): Promise<void> {
  const task = { ...(await recordOf(taskId)), ...change };
  await test.stored.store.commit({ put: [{ key: keys.task(taskId), value: encodeRecord(task) }] });
}

describe('a task waits', () => {
  it('for data, then for approvals, then for its creator', async () => {
    const taskId = await test.createTask(ann, await register(), {}, { out: 'ben' });
    expect(await waits(taskId)).toEqual([['data-missing', 'out', 'ben']]);
    expect((await explain(taskId)).obstacles[0]?.remedy).toContain(
      `gaiwan tasks assign ${taskId} --output out=`,
    );
    await assign(taskId, await output());
    expect(await waits(taskId)).toEqual([
      ['approvals-missing', 'ann', 'ann'],
      ['approvals-missing', 'ben', 'ben'],
    ]);
    await approve(taskId, ann, ben);
    expect(await waits(taskId)).toEqual([['invocation-missing', taskId, 'ann']]);
  });

  it('for a worker, or for those that are busy', async () => {
    const taskId = await ready(await register());
    await invoke(taskId);
    expect(await waits(taskId)).toEqual([['worker-busy', 'builtin/builtin']]);
    test.able.mockReturnValue(false);
    expect(await waits(taskId)).toEqual([['worker-missing', 'builtin/builtin', 'operator']]);
    await alter(taskId, { status: TaskStatus.Running, attempt: 2 });
    expect((await explain(taskId)).obstacles).toMatchObject([{ reason: 'running', who: [] }]);
  });

  it('for whoever disabled its function, or for a larger quota', async () => {
    const functionId = await register({ usageQuota: 0 });
    const taskId = await ready(functionId);
    expect(await waits(taskId)).toEqual([['quota-used-up', functionId, 'vendor']]);
    const request = create(frontend.DisableFunctionRequestSchema, { functionId });
    await test.management.frontend.disableFunction(vendor, request);
    expect(await waits(taskId)).toContainEqual(['function-disabled', functionId, 'vendor']);
    const admin = caller('admin', 'PlatformAdmin', '');
    await test.management.frontend.disableFunction(admin, request);
    expect(await waits(taskId)).toContainEqual(['function-disabled', functionId, 'administrator']);
    await test.management.frontend.deleteFunction(
      vendor,
      create(frontend.DeleteFunctionRequestSchema, { functionId }),
    );
    expect(await waits(taskId)).toContainEqual(['unknown-function', functionId, 'ann']);
  });

  it('for another output, a second worker, a key, a role, an account', async () => {
    const functionId = await register();
    const taskId = await ready(functionId);
    const [slot] = (await recordOf(taskId)).outputs;
    const id = slot?.data?.id ?? '';
    const data = (await readRecord<DataRecord>(test.stored.store, keys.data(id))) as DataRecord;
    const value = encodeRecord({ ...data, tag: new Uint8Array(16) });
    await test.stored.store.commit({ put: [{ key: keys.data(id), value }] });
    expect(await waits(taskId)).toEqual([['output-taken', id, 'ben']]);

    const twice = await test.createTask(ann, functionId, {}, { out: 'ben' });
    await assign(twice, await output());
    await alter(twice, { repeat: true });
    await approve(twice, ann, ben);
    test.hasTwoWorkersFor.mockReturnValue(false);
    expect(await waits(twice)).toEqual([['repeat-needs-two-workers', twice, 'operator', 'ann']]);

    const roles = await test.createTask(ann, functionId, {}, { out: 'vendor' });
    const explained = await explain(roles);
    expect(explained.obstacles.map(({ reason, subject }) => [reason, subject])).toEqual([
      ['data-missing', 'out'],
      ['role-missing', 'vendor'],
    ]);
    expect(explained.obstacles[1]?.remedy).toContain(
      'AssignData takes PlatformAdmin or DataOwnerManager or DataOwner',
    );

    const lost = await ready(functionId);
    await putAccounts(test.stored.store, [subjectOf('ben', 1)]);
    expect(await waits(lost)).toEqual([['participants-gone', 'ben', 'ann']]);
    await putAccounts(test.stored.store, [subjectOf('ben')]);
    await alter(lost, { epoch: 2 });
    expect(await waits(lost)).toContainEqual(['older-epoch', lost, 'ann']);
  });

  it('and whoever is no part of it is told nothing', async () => {
    const taskId = await test.createTask(ann, await register(), {}, { out: 'ben' });
    await expect(explain(taskId, eve)).rejects.toMatchObject({ code: 'access-denied' });
    await expect(decline(taskId, eve)).rejects.toMatchObject({ code: 'access-denied' });
  });
});

describe('a task that is declined', () => {
  it('has ended, says who and why, and holds nothing any more', async () => {
    const functionId = await register({ usageQuota: 1 });
    const taskId = await ready(functionId);
    await invoke(taskId);
    const { store } = test.stored;
    const id = (await recordOf(taskId)).outputs[0]?.data?.id ?? '';
    expect(await store.get(keys.reservedOutput(id))).toBeDefined();
    await decline(taskId, ben, '  The board said no ');
    expect(await store.get(keys.reservedOutput(id))).toBeUndefined();
    expect(await store.queue('tasks', { limit: 1000 })).not.toContainEqual(
      expect.objectContaining({ id: taskId }),
    );
    expect(test.canceled).toHaveBeenLastCalledWith(expect.objectContaining({ id: taskId }));
    expect(await explain(taskId)).toMatchObject({
      status: TaskStatus.Canceled,
      obstacles: [],
      endedBecause: 'ben declined the task: The board said no',
      declinedBy: 'ben',
      declinedBecause: 'The board said no',
    });
    // Its use of the quota is given back.
    await invoke(await ready(functionId));
    const { logs } = (await test.management.frontend.queryAuditLogs(
      caller('admin', 'PlatformAdmin', ''),
      create(frontend.QueryAuditLogsRequestSchema, { query: 'decline_task', limit: 10n }),
    )) as { logs: { user: string; result: boolean }[] };
    expect(logs).toContainEqual(
      expect.objectContaining({ user: expect.stringContaining('ben'), result: true }),
    );
  });

  it.each([
    ['empty', ''],
    ['blank', ' '],
    ['of two lines', 'two\nlines'],
    ['that is written backwards', '\u202ebackwards'],
    ['that is too long', 'x'.repeat(501)],
  ])('for a reason %s is refused', async (_what, reason) => {
    const taskId = await test.createTask(ann, await register(), {}, { out: 'ben' });
    await expect(decline(taskId, ben, reason)).rejects.toMatchObject({ code: 'bad-decline-reason' });
    expect((await recordOf(taskId)).status).toBe(TaskStatus.Created);
  });

  it('is none that runs, or has ended', async () => {
    const taskId = await ready(await register());
    await alter(taskId, { status: TaskStatus.Running });
    await expect(decline(taskId)).rejects.toMatchObject({ code: 'not-declinable' });
    await alter(taskId, { status: TaskStatus.Approved });
    expect(manifestDigest(await recordOf(taskId)).hex).toHaveLength(64);
    await decline(taskId);
    await expect(decline(taskId)).rejects.toMatchObject({ code: 'not-declinable' });
  });
});

it('of very many obstacles the first are listed, and the others counted', async () => {
  const outputs = Array.from({ length: 250 }, (_, n) => ({ name: `out-${n}` }));
  const functionId = await register({ outputs });
  const owners = Object.fromEntries(outputs.map(({ name }) => [name, 'ben']));
  const explained = await explain(await test.createTask(ann, functionId, {}, owners));
  expect(explained.obstacles).toHaveLength(200);
  expect(explained).toMatchObject({ furtherObstacles: 50 });
});

it('a task whose manifest nobody can approve says so', async () => {
  const taskId = await ready(await register());
  await alter(taskId, {
    arguments: JSON.stringify({ x: 'x'.repeat(17 << 20) }),
    approvals: [],
    status: TaskStatus.DataAssigned,
  });
  expect(await waits(taskId)).toEqual([['manifest-too-large', taskId, 'ann']]);
});

it('what a function says when it fails is shown to those who see results', async () => {
  const taskId = await ready(await register());
  await alter(taskId, { status: TaskStatus.Failed, outcome: { ok: false, reason: 'a secret of the data' } });
  expect((await explain(taskId)).endedBecause).toBe('a secret of the data');
});
