/** A data folder from before the marks of lists is read as one that had them from its beginning. */
import { create } from '@bufbuild/protobuf';
import { frontend, gaiwan } from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodeRecord, keys } from '../domain/index.ts';
import { caller, ManagementTest } from '../testing/management.ts';
import { openListMarks } from './list-marks.ts';

let test: ManagementTest;
beforeAll(async () => {
  test = await ManagementTest.open();
});
afterAll(() => test.close());

const [ann, vendor] = [caller('ann'), caller('vendor', 'FunctionOwner', '')];
const made: readonly Key[] = [
  ['function-row'],
  ['function-term'],
  ['allowed-name'],
  ['data-name'],
  ['user-task-in'],
  ['group-user'],
  ['role-user'],
  ['user-name'],
];

/** All of them, as text; rows with what they hold. */
async function marks(): Promise<string[]> {
  const found: string[] = [];
  for (const prefix of [...made, ['task-row']])
    for await (const { key, value } of test.stored.store.entries(prefix))
      found.push(`${JSON.stringify(key)} ${Buffer.from(value).toString('hex')}`);
  return found.sort();
}

it('they are made once, as they would have been, also after a start that was cut off', async () => {
  const { store } = test.stored;
  const open = await test.register(vendor, {
    public: true,
    name: 'Mean-income',
    description: 'Of each district',
  });
  const disabled = await test.register(vendor, { name: 'disabled', userAllowlist: ['ann'] });
  await test.management.frontend.disableFunction(
    vendor,
    create(frontend.DisableFunctionRequestSchema, { functionId: disabled }),
  );
  await test.output(ann, 1);
  const taskId = await test.createTask(ann, open);
  const ended = await test.createTask(ann, open);
  await test.management.frontend.cancelTask(ann, create(frontend.CancelTaskRequestSchema, { taskId: ended }));
  const before = await marks();
  expect(before.length).toBeGreaterThan(20);

  for (const prefix of made)
    for await (const { key } of store.entries(prefix)) await store.commit({ delete: [key] });
  const row = { creator: ann.subject, functionName: 'Mean-income', status: 0 };
  await store.commit({ put: [{ key: keys.taskRow(taskId), value: encodeRecord(row) }] });
  expect(await marks()).not.toEqual(before);

  await openListMarks(store);
  expect(await marks()).toEqual(before);
  // As of a start that did not come to its end.
  await store.commit({ delete: [keys.listMarks(), keys.functionRow(open)] });
  await openListMarks(store);
  expect(await marks()).toEqual(before);

  // Afterwards no start reads it all again.
  await store.commit({ delete: [keys.functionRow(open)] });
  await openListMarks(store);
  expect(await store.get(keys.functionRow(open))).toBeUndefined();
  const request = create(gaiwan.ListTasksRequestSchema, { functionId: open });
  expect(await test.management.tasks.listTasks(ann, request)).toMatchObject({ items: [{}, {}] });
});
