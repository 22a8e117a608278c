import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan, parseManifest } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EVENT_LOG, keys } from '../../domain/index.ts';
import { tellOfTheGone } from '../../tasks/participant-gone.ts';
import { beginEpoch } from '../../testing/epoch.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';

let test: ManagementTest;
beforeEach(async () => {
  test = await ManagementTest.open();
});
afterEach(() => test.close());

const vendor = caller('vendor', 'FunctionOwner');
const ann = caller('ann');
const ben = caller('ben');
const admin = caller('admin', 'PlatformAdmin');
const denied = (policyId: string) =>
  expect.objectContaining({ wire: 'permission denied', grpc: 7, policyId });

const taskOf = (taskId: string) =>
  test.management.tasks.getManifest(ann, create(gaiwan.GetManifestRequestSchema, { taskId }));
const invoke = (taskId: string) =>
  test.management.frontend.invokeTask(ann, create(frontend.InvokeTaskRequestSchema, { taskId }));

describe('a function', () => {
  const get = (who: typeof ann, functionId: string) =>
    test.management.frontend.getFunction(who, create(frontend.GetFunctionRequestSchema, { functionId }));
  const payload = new Uint8Array([1, 2, 3]);

  it('that is private is seen by those it names, and its code by its owner alone', async () => {
    const id = await test.register(vendor, { payload, userAllowlist: ['ann'] });
    expect(await get(vendor, id)).toMatchObject({ payload, userAllowlist: ['ann'] });
    expect(await get(ann, id)).toMatchObject({ payload: new Uint8Array(), userAllowlist: [] });
    await expect(get(ben, id)).rejects.toEqual(denied('deny-by-default'));
    await expect(test.createTask(ben, id)).rejects.toMatchObject({ wire: 'permission denied' });
    expect(await test.createTask(ann, id)).toMatch(/^task-/);
  });

  it('lets people, not their names, and groups by name: a group that a name is taken for stays one', async () => {
    const member = caller('carl', 'DataOwner', 'ben');
    const id = await test.register(vendor, { userAllowlist: ['ann', 'ben'] });
    expect(await test.createTask(ann, id)).toMatch(/^task-/);
    // "ben" is a person, and no group has that name.
    expect(await test.createTask(ben, id)).toMatch(/^task-/);
    await expect(test.createTask(member, id)).rejects.toEqual(denied('deny-by-default'));
    const again = { ...ann, subject: subjectOf('ann', 1), role: { ...ann.role, attribute: 'x' } };
    await expect(test.createTask(again, id)).rejects.toEqual(denied('deny-by-default'));
    // Nobody has this id: it is a group's.
    const banks = await test.register(vendor, { userAllowlist: ['banks'] });
    expect(await test.createTask(caller('carl', 'DataOwner', 'banks'), banks)).toMatch(/^task-/);
    expect(await get(vendor, banks)).toMatchObject({ userAllowlist: ['banks'] });
    const listed = async (who: typeof ann) =>
      (
        await test.management.frontend.listFunctions(
          who,
          create(frontend.ListFunctionsRequestSchema, { userId: who.id }),
        )
      ).allowedFunctions;
    expect(await listed(ann)).toEqual([id]);
    expect(await listed(caller('carl', 'DataOwner', 'banks'))).toEqual([banks]);
  });

  it('that is private and whose owner is gone makes no tasks', async () => {
    const id = await test.register(vendor, { userAllowlist: ['ann'] });
    await putAccounts(test.stored.store, [subjectOf('vendor', 1)]);
    await expect(test.createTask(ann, id)).rejects.toMatchObject({
      code: 'function-owner-gone',
      subjects: ['vendor'],
    });
  });

  it('that is updated runs in its old version where a task was made before', async () => {
    const id = await test.register(vendor, { public: true, payload });
    const before = await test.createTask(ann, id);
    const version = async (taskId: string) =>
      (
        JSON.parse(Buffer.from((await taskOf(taskId)).manifest as Uint8Array).toString()) as {
          function: { version: string };
        }
      ).function.version;
    const old = await version(before);
    const update = create(frontend.UpdateFunctionRequestSchema, {
      functionId: id,
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      usageQuota: -1,
      payload: Buffer.from('other code'),
    });
    await expect(test.management.frontend.updateFunction(ann, update)).rejects.toMatchObject({
      wire: 'permission denied',
    });
    await test.management.frontend.updateFunction(vendor, update);
    expect(await version(before)).toBe(old);
    expect(await version(await test.createTask(ann, id))).not.toBe(old);
  });

  it('that is disabled makes no new tasks; an administrator may disable it, others may not', async () => {
    const id = await test.register(vendor, { public: true });
    const disable = (who: typeof ann) =>
      test.management.frontend.disableFunction(
        who,
        create(frontend.DisableFunctionRequestSchema, { functionId: id }),
      );
    await expect(disable(ann)).rejects.toMatchObject({ wire: 'permission denied' });
    await disable(admin);
    await expect(test.createTask(ann, id)).rejects.toMatchObject({ wire: 'permission denied' });
  });

  it('with a quota runs so often, also when asked all at once', async () => {
    const id = await test.register(vendor, { public: true, usageQuota: 2 });
    const tasks = await Promise.all([1, 2, 3, 4].map(() => test.createTask(ann, id)));
    const done = await Promise.allSettled(tasks.map(invoke));
    expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(done.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { wire: 'function quota has been used up', code: 'quota-used-up' },
    });
    expect(test.staged).toHaveBeenCalledTimes(2);
  });
});

describe('a task', () => {
  it('names only owners that have an account, and says where one does not', async () => {
    const id = await test.register(vendor, { public: true, inputs: [slot('in')] });
    await expect(test.createTask(ann, id, { in: 'nobody' })).rejects.toMatchObject({
      code: 'unknown-owner',
      grpc: 3,
      subjects: ['nobody'],
    });
    await expect(test.createTask(ann, id, { in: ben.subject })).rejects.toMatchObject({
      code: 'unknown-owner',
    });
  });

  const slot = (name: string) => ({ name, description: '', optional: false });
  const prepare = async () => {
    const id = await test.register(vendor, { public: true, outputs: [slot('out')] });
    const taskId = await test.createTask(ann, id, {}, { out: 'ben' });
    const first = await test.output(ben, 1);
    const give = (dataId: string) => ({ taskId, outputs: [{ dataName: 'out', dataId }] });
    await test.management.frontend.assignData(ben, create(frontend.AssignDataRequestSchema, give(first)));
    const approve = async (who: typeof ann) => {
      const { digest } = await taskOf(taskId);
      return test.management.tasks.approveManifest(
        who,
        create(gaiwan.ApproveManifestRequestSchema, { taskId, digest: digest as Uint8Array }),
      );
    };
    const replace = async (dataId: string) =>
      test.management.tasks.replaceData(ben, create(gaiwan.ReplaceDataRequestSchema, give(dataId)));
    return { taskId, approve, replace };
  };

  it('tells who watches that a participant has gone, and whose approval is void by it', async () => {
    const { taskId, approve } = await prepare();
    await approve(ben);
    const { store, clock } = test.stored;
    const watched = test.management.tasks
      .watchTask(ann, create(gaiwan.WatchTaskRequestSchema, { taskId }), new AbortController().signal)
      [Symbol.asyncIterator]();
    expect((await watched.next()).value).toMatchObject({
      approvedUsers: ['ben'],
      goneUsers: [],
      voidUsers: [],
    });
    const next = watched.next();
    await putAccounts(store, [subjectOf('ben', 1)]);
    const mark = { key: keys.goneAccount(ben.subject), value: new Uint8Array() };
    await store.commit({ put: [mark] });
    await tellOfTheGone({ store, clock, events: test.events });
    const gone = { approvedUsers: [], goneUsers: [ben.subject], voidUsers: [ben.subject] };
    expect((await next).value).toMatchObject(gone);
    expect(await taskOf(taskId)).toMatchObject(gone);
    // Whoever comes later, as after a restart, is told by the state itself.
    const later = test.management.tasks
      .watchTask(ann, create(gaiwan.WatchTaskRequestSchema, { taskId }), new AbortController().signal)
      [Symbol.asyncIterator]();
    expect((await later.next()).value).toMatchObject(gone);
    const events = (await store.log(EVENT_LOG)).map(({ value }) => Buffer.from(value).toString());
    const told = events.filter((event) => event.includes('participant-gone'));
    expect(told.map((event) => JSON.parse(event) as unknown)).toEqual([
      { at: clock.time, type: 'participant-gone', task: taskId, subject: ben.subject },
    ]);
    // Of a task that has ended nobody is gone.
    await test.management.frontend.cancelTask(ann, create(frontend.CancelTaskRequestSchema, { taskId }));
    expect((await watched.next()).value).toMatchObject({ goneUsers: [], voidUsers: [] });
    expect((await watched.next()).done).toBe(true);
    expect((await later.next()).value).toMatchObject({ goneUsers: [], voidUsers: [] });
    expect((await later.next()).done).toBe(true);
  });

  it('loses every approval when data is replaced', async () => {
    const { taskId, approve, replace } = await prepare();
    await approve(ann);
    await approve(ben);
    await replace(await test.output(ben, 2));
    expect(await taskOf(taskId)).toMatchObject({ approvedUsers: [], missingUsers: ['ann', 'ben'] });
    await expect(invoke(taskId)).rejects.toMatchObject({
      code: 'approvals-missing',
      subjects: ['ann', 'ben'],
    });
    expect(test.staged).not.toHaveBeenCalled();
  });

  it('is shown to its participants alone', async () => {
    const { taskId } = await prepare();
    const get = create(gaiwan.GetManifestRequestSchema, { taskId });
    for (const stranger of [caller('eve'), admin])
      await expect(test.management.tasks.getManifest(stranger, get)).rejects.toEqual(
        denied('task-participants-only'),
      );
  });

  it('is approved under a digest of 32 bytes that is its own', async () => {
    const { taskId } = await prepare();
    const approve = (digest: Uint8Array) =>
      test.management.tasks.approveManifest(
        ann,
        create(gaiwan.ApproveManifestRequestSchema, { taskId, digest }),
      );
    await expect(approve(new Uint8Array(31))).rejects.toMatchObject({ code: 'bad-digest' });
    await expect(approve(new Uint8Array(32))).rejects.toMatchObject({ code: 'manifest-changed' });
  });

  it.each(['task-00000000-0000-4000-8000-000000000000', 'task-x', '', 'input-1'])(
    '"%s" is none',
    async (taskId) => {
      await expect(taskOf(taskId)).rejects.toMatchObject({ wire: 'invalid task id', grpc: 3 });
    },
  );
});

describe('data', () => {
  it.each([
    ['http://other.example/x', 'url-not-allowed'],
    ['file:///etc/passwd', 'scheme-not-supported'],
    ['ftp://allowed.example/x', 'scheme-not-supported'],
    ['data:text/html,x', 'bad-url'],
    ['relative', 'bad-url'],
  ])('at %s is refused', async (url, code) => {
    const request = create(frontend.RegisterInputFileRequestSchema, {
      url,
      cmac: new Uint8Array(16),
      cryptoInfo: { schema: 'raw' },
    });
    await expect(test.management.frontend.registerInputFile(ann, request)).rejects.toMatchObject({ code });
  });

  it('of an epoch that a recovery has ended is not written, and its tasks are not invoked', async () => {
    const functionId = await test.register(vendor, { public: true, outputs: [{ name: 'out' }] });
    const [old, before] = [
      await test.output(ann, 1),
      await test.createTask(ann, functionId, {}, { out: 'ann' }),
    ];
    const assign = (taskId: string, dataId: string) =>
      test.management.frontend.assignData(
        ann,
        create(frontend.AssignDataRequestSchema, { taskId, outputs: [{ dataName: 'out', dataId }] }),
      );
    await beginEpoch(test.stored.store, 2);
    await expect(assign(before, old)).rejects.toMatchObject({ code: 'iv-older-epoch' });
    const now = await test.output(ann, 2);
    await assign(before, now);
    await expect(invoke(before)).rejects.toMatchObject({ code: 'older-epoch' });
    const after = await test.createTask(ann, functionId, {}, { out: 'ann' });
    await assign(after, await test.output(ann, 3));
    expect(parseManifest((await taskOf(after)).manifest as Uint8Array).epoch).toBe(2);
    await invoke(after);
  });

  it('under one key and IV is written by one output only', async () => {
    const input = create(frontend.RegisterInputFileRequestSchema, {
      url: 'https://allowed.example/in',
      cmac: new Uint8Array(16),
      cryptoInfo: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12).fill(7) },
    });
    await test.management.frontend.registerInputFile(ann, input);
    await expect(test.output(ben, 7)).rejects.toMatchObject({
      code: 'iv-reuse',
      message: expect.stringContaining('fresh'),
    });
  });
});
