import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataRecord, decodeRecord, fileCommitment, keys } from '../../domain/index.ts';
import { readRecord } from '../../state/transaction.ts';
import { KeepingTest } from '../../testing/keeping.ts';
import { caller } from '../../testing/management.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import type { BlobRecord } from '../storage/blob-records.ts';

const [ann, ben, carl, eve] = [caller('ann'), caller('ben'), caller('carl'), caller('eve')];
let test: KeepingTest;
beforeEach(async () => {
  test = await KeepingTest.open();
});
afterEach(() => test.close());

const get = (who: typeof ann, dataId: string) =>
  dataId.startsWith('output-')
    ? test.management.management.frontend.getOutputFile(
        who,
        create(frontend.GetOutputFileRequestSchema, { dataId }),
      )
    : test.management.management.frontend.getInputFile(
        who,
        create(frontend.GetInputFileRequestSchema, { dataId }),
      );
const getTask = (who: typeof ann, taskId: string) =>
  test.management.management.frontend.getTask(who, create(frontend.GetTaskRequestSchema, { taskId }));
const listed = async (who: typeof ann) =>
  (await test.management.management.data.listData(who, create(gaiwan.ListDataRequestSchema))).items?.map(
    ({ dataId }) => dataId,
  );
const bytesOf = ({ subject }: typeof ann) => test.management.holdings.use({ user: subject });
/** Of ann, with an output of ben. */
const finished = async () => {
  const [input, output] = [await test.input(ann, await test.upload(ann, 'secret')), await test.output(ben)];
  const task = await test.task(ann, { in: ann, out: ben });
  await test.assign(ann, task, { in: input });
  await test.assign(ben, task, { out: output });
  await test.invoke(task, ann, ben);
  await test.run(task);
  return { task, input, output };
};

describe('data', () => {
  it('goes with its file, its place in lists and its part of the quota, and leaves a digest', async () => {
    const dataId = await test.input(ann, await test.upload(ann, 'secret'));
    const record = await readRecord<DataRecord>(test.store, keys.data(dataId));
    expect(test.files).toHaveLength(1);
    const answer = await test.deleteData(ann, dataId);
    const commitment = record && fileCommitment(record);
    expect(answer).toMatchObject({ deleted: true, waitingFor: [] });
    expect(Buffer.from(answer.digest ?? []).toString('hex')).toBe(commitment);
    await test.blobs.settled();
    expect([test.files, await listed(ann)]).toEqual([[], []]);
    expect(bytesOf(ann)).toMatchObject({ bytes: 0, items: 0 });
    await test.requireCounted(ann);
    await expect(get(ann, dataId)).rejects.toMatchObject({
      code: 'data-deleted',
      wire: 'invalid data id',
      message: expect.stringMatching(
        `${dataId} is gone since 2026-.*: ann deleted it. SHA-256 ${commitment}`,
      ),
    });
    // Others are told nothing: not even that it was there.
    await expect(get(eve, dataId)).rejects.toMatchObject({ code: 'unknown-data' });
    await expect(test.deleteData(ann, dataId)).rejects.toMatchObject({ code: 'data-deleted' });
  });

  it('of a data: URL, or elsewhere, goes as well', async () => {
    const content = await test.input(ann, 'data:text/plain;base64,AAAA');
    const elsewhere = await test.input(ann, 'https://allowed.example/x');
    for (const id of [content, elsewhere]) await test.deleteData(ann, id);
    expect((await test.store.scan(['content'])).entries).toEqual([]);
    expect(bytesOf(ann)).toMatchObject({ bytes: 0, items: 0 });
  });

  it('is deleted by nobody but its owner', async () => {
    const dataId = await test.input(ann, await test.upload(ann, 'secret'));
    for (const who of [eve, caller('admin', 'PlatformAdmin', '')])
      await expect(test.deleteData(who, dataId)).rejects.toMatchObject({ code: 'access-denied' });
    expect(test.files).toHaveLength(1);
  });

  it('is not deleted while a task that is open names it', async () => {
    const dataId = await test.input(ann, await test.upload(ann, 'secret'));
    const other = await test.input(ann, await test.upload(ann, 'other'));
    const [first, second] = [
      await test.task(ben, { in: ann, out: ben }),
      await test.task(ben, { in: ann, out: ben }),
    ];
    for (const task of [first, second]) await test.assign(ann, task, { in: dataId });
    const refused = await test.deleteData(ann, dataId).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'data-needed', grpc: 9 });
    expect((refused as { subjects: string[] }).subjects.sort()).toEqual([first, second].sort());
    await test.cancel(ben, first);
    await expect(test.deleteData(ann, dataId)).rejects.toMatchObject({ subjects: [second] });
    await test.management.management.tasks.replaceData(
      ann,
      create(gaiwan.ReplaceDataRequestSchema, {
        taskId: second,
        inputs: [{ dataName: 'in', dataId: other }],
      }),
    );
    expect(await test.deleteData(ann, dataId)).toMatchObject({ deleted: true });
    await expect(test.deleteData(ann, other)).rejects.toMatchObject({ code: 'data-needed' });
  });

  it('and an assignment that is committed meanwhile: the deletion sees it, or is seen', async () => {
    const [dataId, other] = [
      await test.input(ann, 'https://allowed.example/x'),
      await test.input(ann, 'https://allowed.example/y'),
    ];
    const task = await test.task(ben, { in: ann, out: ben });
    test.beforeCommit(() => test.assign(ann, task, { in: dataId }));
    await expect(test.deleteData(ann, dataId)).rejects.toMatchObject({
      code: 'data-needed',
      subjects: [task],
    });
    const later = await test.task(ben, { in: ann, out: ben });
    test.beforeCommit(() => test.deleteData(ann, other));
    await expect(test.assign(ann, later, { in: other })).rejects.toMatchObject({ code: 'data-deleted' });
  });

  it('and a registration of its file that is committed meanwhile: one of them sees the other', async () => {
    const url = await test.upload(ann, 'secret');
    const first = await test.input(ann, url);
    let second = '';
    test.beforeCommit(async () => {
      second = await test.input(ann, url);
    });
    await test.deleteData(ann, first);
    await test.blobs.settled();
    expect(test.files).toHaveLength(1);
    test.beforeCommit(() => test.deleteData(ann, second));
    await expect(test.input(ann, url)).rejects.toMatchObject({ code: 'unknown-blob' });
    await test.blobs.settled();
    expect(test.files).toEqual([]);
  });

  it('that has one file with other data leaves it to that', async () => {
    const url = await test.upload(ann, 'secret');
    const [first, second] = [await test.input(ann, url), await test.input(ann, url)];
    await test.deleteData(ann, first);
    await test.blobs.settled();
    expect(test.files).toHaveLength(1);
    await test.deleteData(ann, second);
    await test.blobs.settled();
    expect(test.files).toEqual([]);
    await test.requireCounted(ann);
  });

  it('that is an output of one task and an input of others goes one after the other', async () => {
    const { output, input } = await finished();
    const copy = await test.fromOutput(ben, output);
    // Once more is the same.
    expect(await test.fromOutput(ben, output)).toBe(copy);
    await test.deleteData(ben, output);
    await test.deleteData(ann, input);
    await test.blobs.settled();
    expect(test.files).toHaveLength(1);
    await test.deleteData(ben, copy);
    await test.blobs.settled();
    expect(test.files).toEqual([]);
    for (const who of [ann, ben]) await test.requireCounted(who);
  });

  it('of several goes when all have said so who are there', async () => {
    const dataId = await test.fusion(ann, ben, carl);
    const files = async () =>
      (await test.store.scan(['blob'])).entries
        .map(({ value }) => decodeRecord<BlobRecord>(value))
        .filter(({ data }) => data === dataId);
    expect(await files()).toMatchObject([{ references: 1 }]);
    expect(await test.deleteData(ann, dataId)).toMatchObject({ deleted: false, waitingFor: ['ben', 'carl'] });
    // Twice is once.
    expect(await test.deleteData(ann, dataId)).toMatchObject({ waitingFor: ['ben', 'carl'] });
    await expect(test.deleteData(eve, dataId)).rejects.toMatchObject({ code: 'access-denied' });
    expect(await get(ben, dataId)).toMatchObject({ owner: ['ann', 'ben', 'carl'] });
    // Another account has carl's name now.
    await putAccounts(test.store, [subjectOf('carl', 1)]);
    expect(await test.deleteData(ben, dataId)).toMatchObject({ deleted: true, waitingFor: [] });
    for (const who of [ann, ben])
      await expect(get(who, dataId)).rejects.toMatchObject({ code: 'data-deleted' });
    expect((await test.store.scan(['deletion'])).entries).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it('never gives its key and IV free', async () => {
    const { output } = await finished();
    const ivs = async () => (await test.store.scan(['iv'])).entries.map(({ key }) => key.join(' ')).sort();
    const before = await ivs();
    expect(before).toHaveLength(2);
    await test.deleteData(ben, output);
    expect(await ivs()).toEqual(before);
  });
});

describe('a task', () => {
  it('with a result goes when all of its participants have said so; what it wrote stays', async () => {
    const { task, output } = await finished();
    await expect(test.deleteTask(eve, task)).rejects.toMatchObject({ code: 'access-denied' });
    expect(await test.deleteTask(ann, task)).toMatchObject({ deleted: false, waitingFor: ['ben'] });
    expect(await getTask(ben, task)).toMatchObject({ result: { result: { case: 'Ok' } } });
    const before = await test.record(task);
    expect(await test.deleteTask(ben, task)).toMatchObject({ deleted: true, waitingFor: [] });
    expect(await test.record(task)).toBeUndefined();
    for (const who of [ann, ben])
      await expect(getTask(who, task)).rejects.toMatchObject({
        code: 'task-deleted',
        wire: 'invalid task id',
        message: expect.stringContaining(`manifest ${before?.invoked}`),
      });
    await expect(getTask(eve, task)).rejects.toMatchObject({ code: 'unknown-task' });
    const list = await test.management.management.tasks.listTasks(ann, create(gaiwan.ListTasksRequestSchema));
    expect(list.items).toEqual([]);
    expect(await get(ben, output)).toMatchObject({ cmac: new Uint8Array(16).fill(2) });
    for (const prefix of ['task', 'task-row', 'user-task', 'open-task'])
      expect((await test.store.scan([prefix])).entries).toEqual([]);
    await test.requireCounted(ann);
  });

  it('without a result goes by its creator’s word alone, and by nobody else’s', async () => {
    const task = await test.task(ann, { in: ann, out: ben });
    await expect(test.deleteTask(ann, task)).rejects.toMatchObject({ code: 'task-open' });
    await test.cancel(ann, task);
    expect(await test.deleteTask(ben, task)).toMatchObject({ deleted: false, waitingFor: ['ann'] });
    expect(await test.deleteTask(ann, task)).toMatchObject({ deleted: true });
    await test.requireCounted(ann);
  });

  it('that waits or runs is not deleted', async () => {
    const [input, output] = [await test.input(ann, await test.upload(ann, 'x')), await test.output(ann)];
    const task = await test.task(ann, { in: ann, out: ann });
    await test.assign(ann, task, { in: input, out: output });
    await test.invoke(task, ann);
    await expect(test.deleteTask(ann, task)).rejects.toMatchObject({ code: 'task-open' });
    for (const id of [input, output])
      await expect(test.deleteData(ann, id)).rejects.toMatchObject({ code: 'data-needed' });
    await test.run(task, { ok: false, returned: 'no' });
    for (const id of [input, output]) expect(await test.deleteData(ann, id)).toMatchObject({ deleted: true });
    await test.blobs.settled();
    expect(test.files).toEqual([]);
  });
});

it('the audit log and the event log say what was deleted', async () => {
  const dataId = await test.input(ann, await test.upload(ann, 'secret'));
  await test.deleteData(ann, dataId);
  const { entries } = await test.management.audit.search('delete_data', { limit: 10, most: 100 });
  expect(entries).toMatchObject([{ subject: ann.subject, result: true }]);
  const events = (await test.store.log('events')).map(
    ({ value }) => JSON.parse(Buffer.from(value).toString()) as object,
  );
  expect(events.at(-1)).toMatchObject({
    type: 'data-deleted',
    data: dataId,
    by: ann.subject,
    reason: 'owners',
  });
});
