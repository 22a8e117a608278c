/** A5: what a list costs is what is on its page, whatever the records hold and whoever else has registered how much. */
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataRecord, encodeRecord, keys, limits, type TaskRow } from '../../domain/index.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { readBy as reads } from '../../testing/reads.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { readPage } from './pages.ts';

let test: ManagementTest;
beforeAll(async () => {
  test = await ManagementTest.open();
});
afterAll(() => test.close());

const [ann, ben, vendor, admin] = [
  caller('ann', 'DataOwner', 'north'),
  caller('ben', 'DataOwner', 'south'),
  caller('vendor', 'FunctionOwner', ''),
  caller('admin', 'PlatformAdmin', ''),
];

const readBy = (work: () => Promise<unknown>) => reads(test.stored.store, work);

describe('tasks', () => {
  it('are listed without a look at their records, with the state that they have', async () => {
    const functionId = await test.register(vendor, { public: true, name: 'a name' });
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push(await test.createTask(ann, functionId));
    const [first = '', second = ''] = ids;
    await test.management.frontend.cancelTask(
      ann,
      create(frontend.CancelTaskRequestSchema, { taskId: first }),
    );
    await test.management.frontend.invokeTask(
      ann,
      create(frontend.InvokeTaskRequestSchema, { taskId: second }),
    );
    let listed: unknown;
    const { keys: read } = await readBy(async () => {
      listed = await test.management.tasks.listTasks(ann, create(gaiwan.ListTasksRequestSchema));
    });
    expect(read).not.toContain('task');
    const items = (listed as { items: { taskId: string; status: number }[] }).items;
    expect(items.map(({ taskId }) => taskId).sort()).toEqual([...ids].sort());
    expect(items).toContainEqual({
      taskId: second,
      creator: 'ann',
      functionName: 'a name',
      functionId,
      status: 3,
    });
    expect(items).toContainEqual({
      taskId: first,
      creator: 'ann',
      functionName: 'a name',
      functionId,
      status: 20,
    });
  });
});

describe('data with content in its URL', () => {
  it('is listed without its content', async () => {
    const content = Buffer.alloc(1 << 20, 7).toString('base64');
    for (let n = 0; n < 4; n++) {
      const request = create(frontend.RegisterInputFileRequestSchema, {
        url: `data:text/plain;base64,${content}`,
        cmac: new Uint8Array(16),
        cryptoInfo: { schema: 'raw' },
      });
      await test.management.frontend.registerInputFile(ben, request);
    }
    const { bytes } = await readBy(async () =>
      expect(await test.management.data.listData(ben, create(gaiwan.ListDataRequestSchema))).toMatchObject({
        items: Array.from({ length: 4 }, () => ({ name: '', schema: 'raw' })),
      }),
    );
    expect(bytes).toBeLessThan(10_000);
  });
});

describe('a page', () => {
  const marks = ['mark', 'eve'];
  const rowOf = (id: string) => keys.data(id);

  it('ends early where its rows are large, and the pages together have each row once', async () => {
    const { store } = test.stored;
    const owners = Array.from({ length: 1000 }, (_, n) => subjectOf(`${'x'.repeat(100)}${n}`));
    const put = Array.from({ length: 60 }, (_, n) => [
      { key: [...marks, `big-${n}`], value: new Uint8Array() },
      { key: rowOf(`big-${n}`), value: encodeRecord({ id: `big-${n}`, owners } as unknown as DataRecord) },
    ]);
    await store.commit({ put: put.flat() });
    const seen: string[] = [];
    let pages = 0;
    for (let pageToken = ''; ; pages++) {
      const page = await readPage<DataRecord>(store, marks, rowOf, { pageToken, pageSize: 0 });
      seen.push(...page.rows.map(({ id }) => id));
      const size = page.rows.reduce((sum, row) => sum + encodeRecord(row).length, 0);
      const step = encodeRecord({ owners }).length * limits.pageStep.value;
      expect(size).toBeLessThan(limits.pageBytes.value + 2 * step);
      if (page.next === '') break;
      pageToken = page.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(seen.sort()).toEqual(Array.from({ length: 60 }, (_, n) => `big-${n}`).sort());
  });

  it('leaves out what has no row', async () => {
    await test.stored.store.commit({ put: [{ key: ['mark', 'gone', 'x'], value: new Uint8Array() }] });
    const page = await readPage<TaskRow>(test.stored.store, ['mark', 'gone'], keys.taskRow, {
      pageToken: '',
      pageSize: 0,
    });
    expect(page).toEqual({ rows: [], next: '' });
  });
});

describe('functions', () => {
  const { REGISTERED, ALLOWED, PUBLIC } = gaiwan.FunctionList;
  type Page = { functionIds: string[]; nextPageToken: string };
  const page = async (who: typeof ann, list: gaiwan.FunctionList, pageToken = '', pageSize = 0) => {
    const request = create(gaiwan.ListFunctionIdsRequestSchema, {
      userId: who.id,
      list,
      pageToken,
      pageSize,
    });
    return (await test.management.functions.listFunctionIds(who, request)) as Page;
  };
  const all = async (who: typeof ann, list: gaiwan.FunctionList, pageSize = 0) => {
    const ids: string[] = [];
    for (let pageToken = ''; ; ) {
      const { functionIds, nextPageToken } = await page(who, list, pageToken, pageSize);
      ids.push(...functionIds);
      pageToken = nextPageToken;
      if (pageToken === '') return ids.sort();
    }
  };

  it('are listed in pages: own, allowed by name and by group (once), public; all to an administrator', async () => {
    const byName = await test.register(vendor, { userAllowlist: ['ann'] });
    const byGroup = await test.register(vendor, { userAllowlist: ['north'] });
    const byBoth = await test.register(vendor, { userAllowlist: ['north', 'ann'] });
    const others = await test.register(vendor, { userAllowlist: ['south', 'ben'] });
    const open = await test.register(vendor, { public: true });
    for (const pageSize of [0, 1, 2]) {
      expect(await all(ann, ALLOWED, pageSize)).toEqual([byName, byGroup, byBoth].sort());
      expect(await all(ben, ALLOWED, pageSize)).toEqual([others]);
      const registered = await all(vendor, REGISTERED, pageSize);
      expect(registered).toEqual(expect.arrayContaining([byName, byGroup, byBoth, others, open]));
      expect(await all(ann, PUBLIC, pageSize)).toContain(open);
      expect(await all(ann, PUBLIC, pageSize)).not.toContain(byName);
      expect(await all(admin, ALLOWED, pageSize)).toEqual(registered);
    }
    const change = { functionId: open };
    await test.management.frontend.disableFunction(
      vendor,
      create(frontend.DisableFunctionRequestSchema, change),
    );
    expect(await all(ann, PUBLIC)).not.toContain(open);
    await test.management.functions.enableFunction(
      vendor,
      create(gaiwan.EnableFunctionRequestSchema, change),
    );
    expect(await all(ann, PUBLIC)).toContain(open);
    await test.management.frontend.deleteFunction(
      vendor,
      create(frontend.DeleteFunctionRequestSchema, change),
    );
    expect(await all(ann, PUBLIC)).not.toContain(open);
    expect(await all(admin, ALLOWED)).not.toContain(open);
  });

  it('of others cost a list nothing', async () => {
    const costs = () => readBy(() => Promise.all([page(ann, ALLOWED), page(ann, REGISTERED)]));
    const before = await costs();
    const other = caller('carl', 'FunctionOwner', '');
    for (let n = 0; n < 30; n++) await test.register(other, { public: true, name: `f${n}` });
    expect(await costs()).toEqual(before);
    expect((await readBy(() => page(admin, ALLOWED))).keys).not.toContain('function');
  });

  it('are in one of three lists, whose page tokens are not those of another', async () => {
    await expect(page(ann, gaiwan.FunctionList.UNSPECIFIED)).rejects.toMatchObject({ code: 'unknown-list' });
    for (const token of ['x', 'own:x', 'group:x', 'other:', '\n'])
      await expect(page(ann, ALLOWED, token)).rejects.toMatchObject({ code: 'bad-page-token' });
    const none = caller('vendor', 'FunctionOwner', '');
    await expect(page(none, ALLOWED, 'group:')).rejects.toMatchObject({ code: 'bad-page-token' });
  });
});
