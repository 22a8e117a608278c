import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan, type Subject } from '@gaiwan/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeletedRecord, keys, type StorageHolder, sha256Hex, usageLog } from '../domain/index.ts';
import { limits } from '../limits.ts';
import { AUDIT_LOG } from '../state/audit/entries.ts';
import { forgottenOf } from '../state/forgotten.ts';
import { readRecord } from '../state/transaction.ts';
import { resultDeletedOf } from '../tasks/view.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { KeepingTest } from '../testing/keeping.ts';
import { caller } from '../testing/management.ts';
import { digestOf } from './forget.ts';

const [ann, ben] = [caller('ann'), caller('ben')];
const DAY = 86_400_000;
let test: KeepingTest;
beforeEach(async () => {
  test = await KeepingTest.open();
});
afterEach(() => test.close());

/** Of ann, with an output of ben. */
const finished = async (how: Parameters<KeepingTest['run']>[1] = {}) => {
  const [input, output] = [await test.input(ann, await test.upload(ann, 'secret')), await test.output(ben)];
  const task = await test.task(ann, { in: ann, out: ben });
  const options = { taskId: task, logs: { readers: ['creator'] } };
  await test.management.management.tasks.setTaskOptions(
    ann,
    create(gaiwan.SetTaskOptionsRequestSchema, options),
  );
  await test.assign(ann, task, { in: input });
  await test.assign(ben, task, { out: output });
  await test.invoke(task, ann, ben);
  await test.run(task, how);
  return { task, input, output };
};
const deleted = (id: string) => readRecord<DeletedRecord>(test.store, keys.deleted(id));
const told = async (query: string) => {
  const { entries } = await test.management.audit.search(query, { limit: 100, most: 10_000 });
  return entries.map(({ message }) => message);
};
const count = async (log: string) => (await test.store.log(log, { limit: 10_000 })).length;

it('deletes nothing where nothing was said', async () => {
  const { task, input } = await finished();
  test.pass(10_000 * DAY);
  await test.retention({}).pass();
  expect(await test.record(task)).toMatchObject({ outcome: { ok: true } });
  expect(await readRecord(test.store, keys.data(input))).toBeDefined();
});

describe('tasks', () => {
  it('go when their time since their end is over, with a digest and a line in the audit log', async () => {
    const { task } = await finished();
    const open = await test.task(ann, { in: ann, out: ben });
    test.pass(30 * DAY - 1);
    const retention = test.retention({ tasks: 30 * DAY });
    await retention.pass();
    expect(await test.record(task)).toBeDefined();
    test.pass(2);
    await retention.pass();
    expect(await test.record(task)).toBeUndefined();
    expect(await test.record(open)).toBeDefined();
    expect(await deleted(task)).toMatchObject({
      reason: 'retention',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      seenBy: [ann.subject, ben.subject],
    });
    expect(await told('retention')).toEqual([
      `retention: task deleted, ${task}, sha256 ${(await deleted(task))?.digest}`,
    ]);
    for (const who of [ann, ben]) await test.requireCounted(who);
  });

  it('that were deleted by their owners are no concern of a pass', async () => {
    const task = await test.task(ann, { in: ann, out: ben });
    await test.cancel(ann, task);
    await test.deleteTask(ann, task);
    const before = await deleted(task);
    test.pass(2 * DAY);
    await test.retention({ tasks: DAY }).pass();
    expect(await deleted(task)).toEqual(before);
  });
});

describe('results', () => {
  it('go alone: the task stays and says that it succeeded, never an empty result', async () => {
    const { task } = await finished({ returned: 'x'.repeat(10_000), log: ['a line'] });
    const before = test.management.holdings.use({ user: ann.subject }).bytes;
    test.pass(8 * DAY);
    await test.retention({ results: 7 * DAY }).pass();
    const after = await test.record(task);
    expect(after).not.toHaveProperty('outcome');
    // Who has kept the result, and is told the salt, can show it; who reads the digest in the audit log can confirm no guess.
    const { digest, salt = new Uint8Array() } = after?.resultDeleted ?? {};
    expect(salt).toHaveLength(32);
    expect(digest).toBe(sha256Hex(Buffer.concat([salt, Buffer.from('x'.repeat(10_000))])));
    const lines = await told('retention');
    expect(lines).toEqual([`retention: result deleted, ${task}, sha256 ${digest}`]);
    expect(before - test.management.holdings.use({ user: ann.subject }).bytes).toBeGreaterThan(10_000);
    await test.requireCounted(ann);
    // Nobody has to be asked for it any more.
    expect(await test.deleteTask(ann, task)).toMatchObject({ deleted: true });
  });

  it('are told by name: to Teaclave’s clients as an error, to participants with digest and salt, to others without', async () => {
    const { task } = await finished({ returned: 'yes' });
    test.pass(8 * DAY);
    await test.retention({ results: 7 * DAY }).pass();
    const request = create(frontend.GetTaskRequestSchema, { taskId: task });
    expect((await test.management.management.frontend.getTask(ben, request)).result).toEqual({
      result: { case: 'Err', value: { reason: expect.stringContaining('keeps its result no longer') } },
    });
    const record = await test.record(task);
    if (!record) throw new Error('no task');
    const shown = (subject: Subject, results = true) => resultDeletedOf(record, { subject, results });
    expect(shown(ben.subject)).toMatchObject({ resultDeleted: { salt: record.resultDeleted?.salt } });
    // A session without the account's signature, and whoever may read the log alone.
    expect([shown(ben.subject, false), shown(record.function.owner)]).toEqual([{}, {}]);
    const watched = test.management.management.tasks.watchTask(
      ann,
      create(gaiwan.WatchTaskRequestSchema, { taskId: task }),
      new AbortController().signal,
    );
    const states: (typeof watched extends AsyncIterable<infer State> ? State : never)[] = [];
    for await (const state of watched) states.push(state);
    expect(states).toMatchObject([{ result: {}, resultDeleted: { salt: record.resultDeleted?.salt } }]);
    expect(states[0]?.result).toEqual({});
  });

  it('of a task that failed are its log; why it failed stays', async () => {
    const { task } = await finished({ ok: false, returned: 'it broke', log: ['a line'] });
    test.pass(8 * DAY);
    await test.retention({ results: 7 * DAY }).pass();
    const after = await test.record(task);
    expect(after?.outcome).toEqual({ ok: false, reason: 'it broke' });
    expect(after?.resultDeleted).toBeDefined();
    await test.requireCounted(ann);
  });
});

describe('files', () => {
  it('go when nobody has needed them for their time: counted from the end of the last task', async () => {
    const { input, output } = await finished();
    test.pass(6 * DAY);
    const again = await test.task(ann, { in: ann, out: ben });
    await test.assign(ann, again, { in: input });
    test.pass(6 * DAY);
    const retention = test.retention({ files: 7 * DAY });
    await retention.pass();
    // The output's task has ended twelve days ago; the input is named by one that is open.
    expect(await deleted(output)).toMatchObject({ reason: 'retention', tag: '02'.repeat(16) });
    expect(await deleted(input)).toBeUndefined();
    await test.cancel(ann, again);
    test.pass(6 * DAY);
    await retention.pass();
    expect(await deleted(input)).toBeUndefined();
    test.pass(2 * DAY);
    await retention.pass();
    expect(await deleted(input)).toMatchObject({ reason: 'retention', tag: '01'.repeat(16) });
    await test.blobs.settled();
    expect(test.files).toEqual([]);
    for (const who of [ann, ben]) await test.requireCounted(who);
  });

  it('whose registration is due, and whose last task is not, stay', async () => {
    const dataId = await test.input(ann, await test.upload(ann, 'secret'));
    test.pass(6 * DAY);
    const task = await test.task(ann, { in: ann, out: ben });
    await test.assign(ann, task, { in: dataId });
    await test.cancel(ann, task);
    test.pass(2 * DAY);
    const retention = test.retention({ files: 7 * DAY });
    await retention.pass();
    expect(await deleted(dataId)).toBeUndefined();
    test.pass(6 * DAY);
    await retention.pass();
    expect(await deleted(dataId)).toBeDefined();
  });

  it('that nobody registered go too, but no upload that is under way', async () => {
    await test.upload(ann, 'nobody registers it');
    await test.calls.createOutput(ann.subject, 'out');
    const { url } = await test.calls.createUpload(ann.subject, 'late', 5);
    const id = url.split('/')[3] ?? '';
    test.blobs.writing.add(id);
    test.pass(8 * DAY);
    await test.retention({ files: 7 * DAY }).pass();
    await test.blobs.settled();
    expect(test.files).toEqual([id]);
    expect(await told('"blob deleted"')).toHaveLength(2);
    // Nobody sends it any more.
    test.blobs.writing.delete(id);
    await test.retention({}).pass();
    await test.blobs.settled();
    expect(test.files).toEqual([]);
    await test.requireCounted(ann);
  });

  it('count from when their upload was complete, however long it took', async () => {
    const retention = test.retention({ files: 7 * DAY });
    const begun = await Promise.all([1, 2].map(() => test.calls.createUpload(ann.subject, 'slow', 0)));
    const [early = '', late = ''] = begun.map(({ url }) => url.split('/')[3]);
    test.blobs.writing.add(late);
    test.pass(6 * DAY);
    await test.blobs.complete(early);
    test.pass(2 * DAY);
    // What they were announced with is due now.
    await retention.pass();
    await test.blobs.complete(late);
    test.pass(4 * DAY);
    await retention.pass();
    expect(await told('"blob deleted"')).toEqual([]);
    test.pass(2 * DAY);
    await retention.pass();
    await test.blobs.settled();
    expect(test.files).toEqual([late]);
    test.pass(2 * DAY);
    await retention.pass();
    await test.blobs.settled();
    expect(test.files).toEqual([]);
  });

  it('that are inputs made of an output anew count from then, whenever it was one before', async () => {
    const { output } = await finished();
    const input = await test.fromOutput(ben, output);
    await test.deleteData(ben, input);
    test.pass(6 * DAY);
    expect(await test.fromOutput(ben, output)).toBe(input);
    test.pass(2 * DAY);
    await test.retention({ files: 7 * DAY }).pass();
    expect(await deleted(input)).toMatchObject({ reason: 'owners' });
    expect(await readRecord(test.store, keys.data(input))).toBeDefined();
  });

  it('that are one file for several go with the last of them', async () => {
    const url = await test.upload(ann, 'secret');
    for (let number = 0; number < 5; number++) await test.input(ann, url);
    test.pass(8 * DAY);
    await test.retention({ files: 7 * DAY }).pass();
    await test.blobs.settled();
    expect(test.files).toEqual([]);
    expect((await test.store.scan(['blob'])).entries).toHaveLength(1);
    await test.requireCounted(ann);
  });
});

describe('logs', () => {
  it('forget audit entries in the order of time, and say how many and their digest', async () => {
    await Promise.all(Array.from({ length: 70 }, () => test.input(ann, 'https://allowed.example/x')));
    const old = (await test.store.log(AUDIT_LOG, { limit: 1000 })).map(({ value }) => value);
    test.pass(10 * DAY);
    const young = await test.input(ann, 'https://allowed.example/x');
    await test.retention({ audit: 7 * DAY }).pass();
    const forgotten = await forgottenOf(test.store, AUDIT_LOG);
    expect(forgotten).toEqual({ position: old.length, digest: digestOf('', old) });
    expect(await told('register_input_file')).toHaveLength(1);
    expect(await told('retention')).toEqual([
      expect.stringContaining(
        `${old.length} rows of the audit log from before 2026-01-04T00:00:00.000Z forgotten; ${old.length} in all, sha256 ${forgotten.digest}`,
      ),
    ]);
    // The store keeps less than one chunk of what was forgotten.
    expect(await count(AUDIT_LOG)).toBeLessThan(64 + 3);
    expect(young).toMatch(/^input-/);
    // Another pass goes on where this one ended.
    test.pass(10 * DAY);
    await test.retention({ audit: 7 * DAY }).pass();
    expect((await forgottenOf(test.store, AUDIT_LOG)).position).toBe(old.length + 2);
  });

  it('forget who used a function, and not how often', async () => {
    for (let number = 0; number < 3; number++) await finished();
    const [functionId = ''] = (await test.store.scan(keys.usedFunctions())).entries.map(({ key }) =>
      key.at(-1),
    );
    test.pass(8 * DAY);
    await test.retention({ usage: 7 * DAY }).pass();
    expect(await test.store.logLength(usageLog(functionId))).toBe(3);
    expect((await forgottenOf(test.store, usageLog(functionId))).position).toBe(3);
    expect(await told('uses')).toHaveLength(1);
  });

  it('of what is due is forgotten as far as every kind was dealt with', async () => {
    await Promise.all(Array.from({ length: 70 }, () => test.input(ann, 'https://allowed.example/x')));
    const length = await count('due');
    test.pass(8 * DAY);
    await test.retention({ files: 7 * DAY }).pass();
    expect(await count('due')).toBe(length);
    await test.retention({ files: 7 * DAY, tasks: 7 * DAY, results: 7 * DAY }).pass();
    expect(await count('due')).toBeLessThan(64);
  });
});

it('a pass that a failing store ends is taken up by the next one, and nothing is lost or done twice', async () => {
  const ended = async () => {
    const task = await test.task(ann, { in: ann, out: ben });
    await test.cancel(ann, task);
    return task;
  };
  const tasks = await Promise.all(Array.from({ length: 2 * limits.deletionsAtOnce.value + 1 }, ended));
  test.pass(8 * DAY);
  const failing = new FaultyStore(test.store);
  let commits = 0;
  failing.fate = () => (++commits === 30 ? 'refused' : 'done');
  await expect(test.retention({ tasks: 7 * DAY }, failing).pass()).rejects.toMatchObject({
    code: 'anchor-unavailable',
  });
  const left = (await test.store.scan(['task'])).entries.length;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(tasks.length);
  await test.requireCounted(ann);
  await test.retention({ tasks: 7 * DAY }).pass();
  expect((await test.store.scan(['task'])).entries).toEqual([]);
  expect((await told('"task deleted"')).length).toBe(tasks.length);
  await test.requireCounted(ann);
});

const setLimit = (limit: { readonly value: number }, value: number): void => {
  vi.spyOn(limit, 'value', 'get').mockReturnValue(value);
};

describe('what cannot be deleted', () => {
  // In the order in which they came.
  beforeEach(() => setLimit(limits.deletionsAtOnce, 1));
  afterEach(() => vi.restoreAllMocks());
  const ended = async () => {
    const task = await test.task(ann, { in: ann, out: ben });
    await test.cancel(ann, task);
    return task;
  };
  const damage = async (task: string) => {
    const key = keys.task(task);
    const whole = (await test.store.get(key))?.value ?? new Uint8Array();
    await test.store.commit({ put: [{ key, value: Buffer.from('no record') }] });
    return () => test.store.commit({ put: [{ key, value: whole }] });
  };
  const retention = () => test.retention({ tasks: 7 * DAY });

  it('keeps nothing of its kind, is told by each pass, and goes once it can be', async () => {
    const [broken, second] = [await ended(), await ended()];
    const mend = await damage(broken);
    test.pass(8 * DAY);
    await expect(retention().pass()).rejects.toThrow();
    expect(await test.record(second)).toBeUndefined();
    const third = await ended();
    test.pass(8 * DAY);
    await expect(retention().pass()).rejects.toThrow();
    expect(await test.record(third)).toBeUndefined();
    await mend();
    await retention().pass();
    expect(await test.record(broken)).toBeUndefined();
    expect(await told('"task deleted"')).toHaveLength(3);
    await retention().pass();
    await test.requireCounted(ann);
  });

  it('and is due no longer stays', async () => {
    const broken = await ended();
    const mend = await damage(broken);
    test.pass(8 * DAY);
    await expect(retention().pass()).rejects.toThrow();
    await mend();
    await test.retention({ tasks: 30 * DAY }).pass();
    expect(await test.record(broken)).toBeDefined();
    test.pass(30 * DAY);
    await test.retention({ tasks: 30 * DAY }).pass();
    expect(await test.record(broken)).toBeUndefined();
  });

  it('is more than is remembered: the pass ends, and nothing is passed over', async () => {
    setLimit(limits.deletionsLeft, 1);
    const tasks = [await ended(), await ended(), await ended()];
    const mends: (() => Promise<unknown>)[] = [];
    for (const task of tasks) mends.push(await damage(task));
    test.pass(8 * DAY);
    await expect(retention().pass()).rejects.toThrow();
    expect(await readRecord(test.store, keys.dueUpTo('tasks'))).toBeUndefined();
    for (const mend of mends) await mend();
    await retention().pass();
    for (const task of tasks) expect(await test.record(task)).toBeUndefined();
  });
});

it('what fails of one kind keeps no other from its turn', async () => {
  const task = await test.task(ann, { in: ann, out: ben });
  await test.cancel(ann, task);
  await test.store.commit({ put: [{ key: keys.task(task), value: Buffer.from('no record') }] });
  const length = await count(AUDIT_LOG);
  test.pass(8 * DAY);
  await expect(test.retention({ results: 7 * DAY, audit: 7 * DAY }).pass()).rejects.toThrow();
  expect((await forgottenOf(test.store, AUDIT_LOG)).position).toBe(length);
});

it('a stop in the middle of a pass ends it with its next step; the next run goes on', async () => {
  const ended = async () => test.cancel(ann, await test.task(ann, { in: ann, out: ben }));
  await Promise.all(Array.from({ length: 2 * limits.deletionsAtOnce.value + 1 }, ended));
  test.pass(8 * DAY);
  const retention = test.retention({ tasks: 7 * DAY });
  let stopped: PromiseLike<void> | undefined;
  test.beforeCommit(async () => {
    stopped = retention[Symbol.asyncDispose]();
  });
  await retention.pass();
  await stopped;
  expect((await test.store.scan(['task'])).entries).toHaveLength(limits.deletionsAtOnce.value + 1);
  await test.retention({ tasks: 7 * DAY }).pass();
  expect((await test.store.scan(['task'])).entries).toEqual([]);
});

it('an end between a commit and the removal of the file leaves nothing behind at the next start', async () => {
  const url = await test.upload(ann, 'secret');
  const dataId = await test.input(ann, url);
  const kept = await test.upload(ann, 'kept');
  // As if the process had ended: the commit is there, and nothing that follows it.
  vi.spyOn(test.blobs, 'removeGone').mockReturnValueOnce(undefined);
  await test.deleteData(ann, dataId);
  expect(test.files).toHaveLength(2);
  await test.sweep();
  expect(test.files).toEqual([kept.split('/')[3]]);
  expect(test.setAside).toBe(false);
  expect((await test.store.scan(keys.goneFiles())).entries).toEqual([]);
});

it('after whatever owners and operators delete, memory, log and rows count the same, and no file is without its blob', async () => {
  const step = fc.record({
    what: fc.constantFrom(
      'input',
      'again',
      'content',
      'output',
      'task',
      'assign',
      'cancel',
      'delete data',
      'delete task',
      'pass',
    ),
    who: fc.constantFrom(ann, ben),
    at: fc.nat(20),
  });
  const holders: readonly StorageHolder[] = [{ user: ann.subject }, { user: ben.subject }];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const [data, urls, tasks] = [[] as string[], [] as string[], [] as string[]];
      const pick = (list: readonly string[], at: number) => list[at % Math.max(1, list.length)] ?? '';
      const acts: Record<string, (who: typeof ann, at: number) => Promise<unknown>> = {
        input: async (who) => {
          urls.push(await test.upload(who, 'secret'));
          data.push(await test.input(who, urls.at(-1) ?? ''));
        },
        again: async (who, at) => data.push(await test.input(who, pick(urls, at))),
        content: async (who) => data.push(await test.input(who, 'data:text/plain;base64,AAAA')),
        output: async (who) => data.push(await test.output(who)),
        task: async (who) => tasks.push(await test.task(who, { in: who, out: who })),
        assign: (who, at) => test.assign(who, pick(tasks, at), { in: pick(data, at) }),
        cancel: (who, at) => test.cancel(who, pick(tasks, at)),
        'delete data': (who, at) => test.deleteData(who, pick(data, at)),
        'delete task': (who, at) => test.deleteTask(who, pick(tasks, at)),
        pass: async () => {
          test.pass(DAY);
          await test.retention({ tasks: 3 * DAY, results: DAY, files: 2 * DAY }).pass();
        },
      };
      await Promise.allSettled(steps.slice(0, 10).map(({ what, who, at }) => acts[what]?.(who, at)));
      for (const { what, who, at } of steps.slice(10)) await acts[what]?.(who, at).catch(() => undefined);
      await test.blobs.settled();
      for (const who of [ann, ben]) await test.requireCounted(who);
      const blobs = (await test.store.scan(['blob'])).entries.map(({ key }) => key.at(-1));
      for (const file of test.files) expect(blobs).toContain(file.split('.')[0]);
      // All of it goes in the end.
      for (const task of tasks)
        for (const who of [ann, ben]) await test.cancel(who, task).catch(() => undefined);
      test.pass(10 * DAY);
      await test.retention({ tasks: DAY, files: DAY }).pass();
      await test.blobs.settled();
      expect(test.files).toEqual([]);
      for (const prefix of ['open-task', 'last-need', 'deletion', 'gone-file', 'user-data', 'user-task'])
        expect((await test.store.scan([prefix])).entries).toEqual([]);
      // Functions, and data elsewhere, are no files and no tasks.
      for (const of of holders)
        expect(test.management.holdings.use(of)).toMatchObject({ bytes: 0, items: 0 });
    }),
    { numRuns: 12 },
  );
});
