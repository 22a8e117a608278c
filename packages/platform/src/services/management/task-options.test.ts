import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { frontend, gaiwan, TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys, type TaskOutcome, type TaskRecord } from '../../domain/index.ts';
import { transact } from '../../state/transaction.ts';
import { perform } from '../../tasks/engine/engine.ts';
import { caller, ManagementTest } from '../../testing/management.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open();
});
afterEach(() => test.close());

const vendor = caller('vendor', 'FunctionOwner');
const [ann, ben, eve] = [caller('ann'), caller('ben'), caller('eve')];
const admin = caller('admin', 'PlatformAdmin');
const finished = (task: TaskRecord, outcome: TaskOutcome): TaskRecord =>
  perform('finish', { ...task, status: TaskStatus.Running }, { outcome });
type Options = Omit<MessageInitShape<typeof gaiwan.SetTaskOptionsRequestSchema>, 'taskId' | '$typeName'>;

const set = (who: typeof ann, taskId: string, options: Options) =>
  test.management.tasks.setTaskOptions(
    who,
    create(gaiwan.SetTaskOptionsRequestSchema, { ...options, taskId }),
  );
const manifest = async (taskId: string) =>
  JSON.parse(
    Buffer.from(
      (await test.management.tasks.getManifest(ann, create(gaiwan.GetManifestRequestSchema, { taskId })))
        .manifest as Uint8Array,
    ).toString(),
  ) as { limits: Record<string, number>; logs: string[]; repeat: boolean };
const invoke = (taskId: string) =>
  test.management.frontend.invokeTask(ann, create(frontend.InvokeTaskRequestSchema, { taskId }));

/** A public function of the vendor's; Ann has made the task, Ben takes part. */
const prepare = async () => {
  const outputs = [{ name: 'out', description: '', optional: false }];
  const functionId = await test.register(vendor, { public: true, outputs });
  const taskId = await test.createTask(ann, functionId, {}, { out: 'ben' });
  const dataId = await test.output(ben, 1);
  const give = { taskId, outputs: [{ dataName: 'out', dataId }] };
  await test.management.frontend.assignData(ben, create(frontend.AssignDataRequestSchema, give));
  return taskId;
};

describe('options of a task', () => {
  it('are in the manifest, and every approval of the former one is void', async () => {
    const taskId = await prepare();
    const before = await manifest(taskId);
    expect(before).toMatchObject({ logs: [], repeat: false });
    const approve = create(frontend.ApproveTaskRequestSchema, { taskId });
    for (const who of [ann, ben]) await test.management.frontend.approveTask(who, approve);
    await set(ann, taskId, {
      limits: { timeMs: 5000n, memoryMib: 64n, stagedBytes: 9n, transferMs: 7n },
      logs: { readers: ['creator'] },
      repeat: true,
    });
    expect(await manifest(taskId)).toMatchObject({
      limits: { ...before.limits, timeMs: 5000, memoryMiB: 64, stagedBytes: 9, transferMs: 7 },
      logs: ['creator'],
      repeat: true,
    });
    await expect(invoke(taskId)).rejects.toMatchObject({
      code: 'approvals-missing',
      subjects: ['ann', 'ben'],
    });
  });

  it.each([
    [ben, 'task-creator-only'],
    [eve, 'task-creator-only'],
    [admin, 'task-creator-only'],
    // Its role is refused before the task is looked at.
    [vendor, 'deny-by-default'],
  ])('are not for %j to set', async (who, policyId) => {
    const taskId = await prepare();
    await expect(set(who, taskId, { repeat: true })).rejects.toMatchObject({
      wire: 'permission denied',
      policyId,
    });
  });

  it('have the operator’s bounds', async () => {
    const taskId = await prepare();
    for (const limits of [{ timeMs: 2n ** 40n }, { files: 0n }, { outputBytes: 2n ** 64n - 1n }])
      await expect(set(ann, taskId, { limits })).rejects.toMatchObject({ code: 'limit-out-of-range' });
  });

  it('that no workers can meet keep the task from being invoked', async () => {
    const functionId = await test.register(vendor, { public: true, usageQuota: 1 });
    const taskId = await test.createTask(ann, functionId);
    await set(ann, taskId, { repeat: true });
    test.hasTwoWorkersFor.mockReturnValueOnce(false);
    await expect(invoke(taskId)).rejects.toMatchObject({ code: 'repeat-needs-two-workers' });
    expect(test.staged).not.toHaveBeenCalled();
    // Nothing was charged.
    await invoke(taskId);
    expect(test.staged).toHaveBeenCalledOnce();
  });
});

describe('the log of a function', () => {
  const good: TaskOutcome = { ok: true, returnValue: Buffer.from('x'), tags: {}, log: ['line'] };
  const bad: TaskOutcome = { ok: false, reason: 'no', log: ['line'] };

  /** What each is shown: by Teaclave's call, while watching, and in the report; undefined: nothing at all. */
  const shown = async (logs: TaskRecord['logs'], outcome: TaskOutcome) => {
    const taskId = await prepare();
    await transact(test.stored.store, test.stored.clock, async (tx) => {
      const task = (await tx.read<TaskRecord>(keys.task(taskId))) as TaskRecord;
      tx.put(keys.task(taskId), finished({ ...task, logs }, outcome));
    });
    const logOf = (result: unknown) =>
      (result as { result?: { value?: { log?: string[] } } } | undefined)?.result?.value?.log;
    const views = [ann, ben, vendor, eve, admin].map(async (who) => {
      const none = () => undefined;
      const get = create(frontend.GetTaskRequestSchema, { taskId });
      const task = await test.management.frontend.getTask(who, get).catch(none);
      const watched = await test.management.tasks
        .watchTask(who, create(gaiwan.WatchTaskRequestSchema, { taskId }), new AbortController().signal)
        [Symbol.asyncIterator]()
        .next()
        .catch(none);
      const ask = create(gaiwan.GetTaskReportRequestSchema, { taskId });
      const report = await test.management.tasks.getTaskReport(who, ask).catch(none);
      const value = watched?.value as { result?: unknown } | undefined;
      return [who.id, [logOf(task?.result), logOf(value?.result), report?.log]] as const;
    });
    return Object.fromEntries(await Promise.all(views));
  };
  const nothing = [undefined, undefined, undefined];

  it('is nobody’s by default', async () => {
    expect(await shown([], good)).toEqual({
      ann: [[], [], []],
      ben: [[], [], []],
      vendor: nothing,
      eve: nothing,
      admin: nothing,
    });
  });

  it('is the creator’s where the manifest says so', async () => {
    expect(await shown(['creator'], good)).toEqual({
      ann: [['line'], ['line'], ['line']],
      ben: [[], [], []],
      vendor: nothing,
      eve: nothing,
      admin: nothing,
    });
  });

  it('is the function’s owner’s where the manifest says so, who sees nothing else of the task', async () => {
    expect(await shown(['function-owner'], good)).toEqual({
      ann: [[], [], []],
      ben: [[], [], []],
      vendor: [undefined, undefined, ['line']],
      eve: nothing,
      admin: nothing,
    });
  });

  it('is there also when the function failed', async () => {
    expect(await shown(['creator', 'function-owner'], bad)).toMatchObject({
      ann: [undefined, undefined, ['line']],
      ben: [undefined, undefined, []],
      vendor: [undefined, undefined, ['line']],
      eve: nothing,
    });
  });
});

describe('a report', () => {
  it.each([
    [{ ok: true, returnValue: new Uint8Array(), tags: {}, log: [] }, gaiwan.RepeatOutcome.SAME],
    [{ ok: false, reason: '', different: ['out'] }, gaiwan.RepeatOutcome.DIFFERENT],
    [{ ok: false, reason: 'failed' }, gaiwan.RepeatOutcome.UNSPECIFIED],
  ] as [TaskOutcome, gaiwan.RepeatOutcome][])(
    'says whether two runs made the same: %j',
    async (outcome, repeat) => {
      const taskId = await prepare();
      const runs = [{ worker: 'w', runner: 'wasm', layers: ['process', 'seccomp'] }];
      await transact(test.stored.store, test.stored.clock, async (tx) => {
        const task = (await tx.read<TaskRecord>(keys.task(taskId))) as TaskRecord;
        tx.put(keys.task(taskId), { ...finished(task, outcome), repeat: true, runs });
      });
      const ask = create(gaiwan.GetTaskReportRequestSchema, { taskId });
      expect(await test.management.tasks.getTaskReport(ben, ask)).toMatchObject({
        executorType: 'builtin',
        executor: 'builtin',
        runs,
        repeat,
      });
    },
  );
});
