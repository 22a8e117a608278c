/** Finding functions, tasks and data: what the caller may see, each once; and a page costs the same however much others have. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { frontend, gaiwan, TaskStatus } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../domain/index.ts';
import { caller, ManagementTest } from '../../testing/management.ts';
import { readBy } from '../../testing/reads.ts';

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

type Found<T> = { readonly items: readonly T[]; readonly nextPageToken: string };
interface Named {
  readonly name: string;
}

async function find(
  who: typeof ann,
  filter: MessageInitShape<typeof gaiwan.FindFunctionsRequestSchema> = {},
): Promise<string[]> {
  const names: string[] = [];
  for (let pageToken = ''; ; ) {
    const request = create(gaiwan.FindFunctionsRequestSchema, { ...filter, pageToken });
    const found = (await test.management.functions.findFunctions(who, request)) as Found<Named>;
    names.push(...found.items.map(({ name }) => name));
    pageToken = found.nextPageToken;
    if (pageToken === '') return names.sort();
  }
}

const disable = (functionId: string, who = vendor) =>
  test.management.frontend.disableFunction(
    who,
    create(frontend.DisableFunctionRequestSchema, { functionId }),
  );
const enable = (functionId: string, who = vendor) =>
  test.management.functions.enableFunction(who, create(gaiwan.EnableFunctionRequestSchema, { functionId }));

describe('functions', () => {
  let open: string;
  beforeAll(async () => {
    open = await test.register(vendor, {
      public: true,
      name: 'mean-income',
      description: 'Averages of incomes',
    });
    await test.register(vendor, { name: 'mean-secret' });
    await test.register(vendor, { name: 'mean-both', userAllowlist: ['ann', 'north'] });
    await test.register(vendor, { name: 'mean-north', userAllowlist: ['north'] });
    await test.register(vendor, { public: true, name: 'median', userAllowlist: ['ann', 'north'] });
  });

  it('are those that one may use, each once, in pages of any size', async () => {
    for (const pageSize of [0, 1, 2]) {
      expect(await find(ann, { pageSize })).toEqual(['mean-both', 'mean-income', 'mean-north', 'median']);
      expect(await find(ben, { pageSize })).toEqual(['mean-income', 'median']);
      const all = ['mean-both', 'mean-income', 'mean-north', 'mean-secret', 'median'];
      expect(await find(vendor, { pageSize })).toEqual(all);
      expect(await find(admin, { pageSize })).toEqual(all);
      for (const who of [vendor, admin])
        expect(await find(who, { words: 'mean', pageSize })).toEqual(all.slice(0, 4));
    }
    expect(await find(ann, { list: gaiwan.FunctionList.REGISTERED })).toEqual([]);
    expect(await find(ann, { list: gaiwan.FunctionList.PUBLIC })).toEqual(['mean-income', 'median']);
    expect(await find(ann, { list: gaiwan.FunctionList.ALLOWED })).toEqual([
      'mean-both',
      'mean-north',
      'median',
    ]);
  });

  it.each([
    [{ name: 'mean-income' }, ['mean-income']],
    [{ name: 'MEAN-income' }, []],
    [{ namePrefix: 'MEAN-' }, ['mean-both', 'mean-income', 'mean-north']],
    [{ namePrefix: 'income' }, []],
    [{ words: 'income' }, ['mean-income']],
    [{ words: 'incomes av' }, ['mean-income']],
    [{ words: 'me' }, ['mean-both', 'mean-income', 'mean-north', 'median']],
    [{ words: 'mean-income' }, ['mean-income']],
    [{ words: 'ean' }, []],
    [{ words: 'median incomes' }, []],
    [{ owner: 'vendor', words: 'north' }, ['mean-north']],
    [{ owner: 'ann' }, []],
  ])('%j', async (filter, names) => expect(await find(ann, filter)).toEqual(names));

  it.each([
    [{ words: '---' }, 'bad-filter'],
    [{ words: 'x'.repeat(257) }, 'bad-filter'],
    [{ name: 'x'.repeat(257) }, 'bad-filter'],
    [{ list: 9 as gaiwan.FunctionList }, 'unknown-list'],
    [{ pageToken: '7:' }, 'bad-page-token'],
  ])('%j is refused', async (filter, code) => {
    const request = create(gaiwan.FindFunctionsRequestSchema, filter);
    await expect(test.management.functions.findFunctions(ann, request)).rejects.toMatchObject({ code });
  });

  it('are found as they are now: another version, disabled, deleted', async () => {
    const request = {
      functionId: open,
      name: 'mean-wage',
      public: true,
      executorType: 'builtin',
      usageQuota: -1,
    };
    await test.management.frontend.updateFunction(
      vendor,
      create(frontend.UpdateFunctionRequestSchema, request),
    );
    expect(await find(ann, { words: 'income' })).toEqual([]);
    expect(await find(ann, { words: 'wage' })).toEqual(['mean-wage']);
    await disable(open);
    for (const who of [ann, vendor]) expect(await find(who, { words: 'wage' })).toEqual([]);
    expect(await find(admin, { words: 'wage' })).toEqual(['mean-wage']);
    await enable(open);
    expect(await find(ann, { namePrefix: 'mean-w' })).toEqual(['mean-wage']);
    await test.management.frontend.deleteFunction(
      vendor,
      create(frontend.DeleteFunctionRequestSchema, { functionId: open }),
    );
    expect(await find(ann, { words: 'wage' })).toEqual([]);
    expect(await find(admin, { words: 'wage' })).toEqual([]);
    const left = await test.stored.store.scan(['function-term'], { limit: 1000 });
    expect(left.entries.filter(({ key }) => key.at(-1) === open)).toEqual([]);
  });
});

type Filter = MessageInitShape<typeof gaiwan.ListTasksRequestSchema>;
const tasksOf = async (who: typeof ann, filter: Filter = {}) => {
  const request = create(gaiwan.ListTasksRequestSchema, filter);
  const found = (await test.management.tasks.listTasks(who, request)) as Found<{ taskId: string }>;
  return found.items.map(({ taskId }) => taskId).sort();
};
const cancel = (who: typeof ann, taskId: string) =>
  test.management.frontend.cancelTask(who, create(frontend.CancelTaskRequestSchema, { taskId }));

describe('tasks', () => {
  it('are those of a status, a role and a function', async () => {
    const [one, other] = [
      await test.register(vendor, { public: true, name: 'One', outputs: [{ name: 'out' }] }),
      await test.register(vendor, { public: true, name: 'other' }),
    ];
    const mine = await test.createTask(ann, one, {}, { out: 'ben' });
    const bens = await test.createTask(ben, one, {}, { out: 'ann' });
    const ended = await test.createTask(ann, other);
    await cancel(ann, ended);
    const [creator, participant] = [gaiwan.TaskRole.CREATOR, gaiwan.TaskRole.PARTICIPANT];
    const cases: readonly [Filter, readonly string[]][] = [
      [{}, [mine, bens, ended]],
      [{ role: creator }, [mine, ended]],
      [{ role: participant }, [bens]],
      [{ functionId: one }, [mine, bens]],
      [{ functionNamePrefix: 'ONE' }, [mine, bens]],
      [{ functionNamePrefix: 'o' }, [mine, bens, ended]],
      [{ statuses: [TaskStatus.Created] }, [mine, bens]],
      [{ statuses: [TaskStatus.Canceled, TaskStatus.Created] }, [mine, bens, ended]],
      [{ statuses: [TaskStatus.Canceled], role: participant }, []],
      [{ statuses: [TaskStatus.Canceled], functionId: one }, []],
      [{ statuses: [TaskStatus.Staged] }, []],
    ];
    for (const [filter, expected] of cases)
      expect(await tasksOf(ann, filter), JSON.stringify(filter)).toEqual([...expected].sort());
  });

  it.each([
    [{ functionId: 'x' }],
    [{ role: 7 as gaiwan.TaskRole }],
    [{ functionNamePrefix: 'x'.repeat(257) }],
    [{ statuses: Array.from({ length: 17 }, () => 0) }],
  ])('%j is refused', async (filter) =>
    expect(tasksOf(ann, filter)).rejects.toMatchObject({ code: 'bad-filter' }),
  );

  it('leave nothing on any list when they are deleted', async () => {
    const functionId = await test.register(vendor, { public: true, name: 'gone' });
    const taskId = await test.createTask(ann, functionId);
    await cancel(ann, taskId);
    await test.management.tasks.deleteTask(ann, create(gaiwan.DeleteTaskRequestSchema, { taskId }));
    for (const prefix of ['user-task', 'user-task-in', 'task-row']) {
      const { entries } = await test.stored.store.scan([prefix], { limit: 1000 });
      expect(
        entries.filter(({ key }) => key.at(-1) === taskId),
        prefix,
      ).toEqual([]);
    }
  });
});

describe('data', () => {
  const list = async (filter: MessageInitShape<typeof gaiwan.ListDataRequestSchema> = {}) => {
    const request = create(gaiwan.ListDataRequestSchema, filter);
    return ((await test.management.data.listData(ben, request)) as Found<Named>).items
      .map(({ name }) => name)
      .sort();
  };

  it('are inputs or outputs, by name and by whether they have content', async () => {
    const register = (url: string) =>
      test.management.frontend.registerInputFile(
        ben,
        create(frontend.RegisterInputFileRequestSchema, {
          url,
          cmac: new Uint8Array(16),
          cryptoInfo: { schema: 'raw' },
        }),
      );
    await register('https://allowed.example/folder/Incomes.csv');
    await register('data:text/plain;base64,AAAA');
    await test.output(ben, 9);
    expect(await list()).toEqual(['', 'Incomes.csv', 'out']);
    expect(await list({ kind: gaiwan.DataKind.INPUT })).toEqual(['', 'Incomes.csv']);
    expect(await list({ kind: gaiwan.DataKind.OUTPUT })).toEqual(['out']);
    expect(await list({ written: true })).toEqual(['', 'Incomes.csv']);
    expect(await list({ written: false })).toEqual(['out']);
    expect(await list({ namePrefix: 'INCOMES' })).toEqual(['Incomes.csv']);
    expect(await list({ namePrefix: 'incomes.csv2' })).toEqual([]);
    expect(await list({ namePrefix: 'o', kind: gaiwan.DataKind.INPUT })).toEqual([]);
    await expect(list({ kind: 9 as gaiwan.DataKind })).rejects.toMatchObject({ code: 'bad-filter' });
  });
});

describe('what a page reads', () => {
  const request = (more: Filter) => create(gaiwan.ListTasksRequestSchema, more);
  const costs = async (functionId: string, taskId: string) => {
    const { tasks, functions } = test.management;
    const search = create(gaiwan.FindFunctionsRequestSchema, { words: 'needle', pageSize: 10 });
    const byName = create(gaiwan.FindFunctionsRequestSchema, { name: 'needle', pageSize: 10 });
    const works: Readonly<Record<string, () => Promise<unknown>>> = {
      list: () => tasks.listTasks(ann, request({ pageSize: 5 })),
      open: () => tasks.listTasks(ann, request({ statuses: [TaskStatus.Created], functionId, pageSize: 5 })),
      words: () => functions.findFunctions(ann, search),
      name: () => functions.findFunctions(ann, byName),
      get: () => test.management.frontend.getTask(ann, create(frontend.GetTaskRequestSchema, { taskId })),
      review: () => tasks.getManifest(ann, create(gaiwan.GetManifestRequestSchema, { taskId })),
      why: () => tasks.explainTask(ann, create(gaiwan.ExplainTaskRequestSchema, { taskId })),
    };
    const counted: Record<string, number> = {};
    for (const [name, work] of Object.entries(works))
      counted[name] = (await readBy(test.stored.store, work)).keys.length;
    return counted;
  };

  it('is the same however much there is of everything', async () => {
    const functionId = await test.register(vendor, { public: true, name: 'needle' });
    const taskId = await test.createTask(ann, functionId);
    for (let n = 0; n < 10; n++) await cancel(ann, await test.createTask(ann, functionId));
    const before = await costs(functionId, taskId);
    for (let n = 0; n < 40; n++) {
      const other = await test.register(vendor, {
        public: true,
        name: `nee-${n}`,
        description: 'a haystack',
      });
      for (const who of [ann, ben]) await cancel(who, await test.createTask(who, other));
    }
    expect(await costs(functionId, taskId)).toEqual(before);
    expect(before.list).toBeLessThan(20);
    expect(before.open).toBeLessThan(4 * limits.pageStep.value);
  });
});
