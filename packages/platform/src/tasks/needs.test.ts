import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keys, type TaskRecord } from '../domain/index.ts';
import { readRecord, transact } from '../state/transaction.ts';
import { TestStore } from '../testing/store.ts';
import { noteNeeds } from './needs.ts';

let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

it('what a task begins to name is agreed to be deleted by nobody any more', async () => {
  const commit = (work: Parameters<typeof transact<void>>[2]) => transact(test.store, test.clock, work);
  await commit(async (tx) => void tx.put(keys.deletion('output-1'), { by: ['ann'] }));
  // Of a task it looks at these alone.
  const task = {
    id: 'task-1',
    status: TaskStatus.Created,
    inputs: [{ name: 'in', owners: [], data: { id: 'output-1' } }],
    outputs: [],
  } as unknown as TaskRecord;
  await commit(async (tx) => noteNeeds(tx, undefined, task));
  expect(await readRecord(test.store, keys.deletion('output-1'))).toBeUndefined();
});
