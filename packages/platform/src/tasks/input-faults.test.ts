import { create } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCommitment, keys } from '../domain/index.ts';
import { transact } from '../state/transaction.ts';
import { auditedIn } from '../testing/audit.ts';
import { SchedulingTest } from '../testing/scheduling.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';
import { taskReport } from './view.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const [ann, ben] = [subjectOf('ann'), subjectOf('ben')];
const data = {
  id: 'input-1',
  owners: [ann, ben],
  url: 'https://files.example/in',
  crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
  tag: new Uint8Array(16),
} as const;

it('what a worker finds wrong with an input is in the record, the report and the owners’ audit log', async () => {
  await putAccounts(test.store, [ann, ben]);
  await transact(test.store, test.clock, async (tx) => tx.put(keys.data(data.id), data));
  const { id: dataId, owners, crypto } = data;
  const assigned = {
    id: dataId,
    schema: crypto.schema,
    commitment: fileCommitment(data),
    tag: '00'.repeat(16),
  };
  const inputs = [{ name: 'in', owners, data: assigned }];
  const id = await test.stage((task) => ({ ...task, participants: owners, inputs }));
  const worker = test.worker();
  await worker.next('lease');
  const fault = { slot: 'in', code: 'bad-file', reason: 'it was changed', leftOut: false };
  const value = create(wire.DoneSchema, {
    taskId: id,
    token: 1n,
    result: { result: { case: 'Err', value: { reason: 'it was changed' } } },
    // Of a slot that the task has not: whatever a worker says, only the task's own data and owners are told.
    inputFaults: [fault, { ...fault, slot: 'stray' }],
  });
  await worker.send({ case: 'done', value });
  const task = await test.reached(id, TaskStatus.Finished);
  const told = [{ ...fault, dataId, owners }];
  expect(task.inputFaults).toEqual(told);
  expect(taskReport(task, ben).inputFaults).toEqual([{ ...fault, dataId, owners: ['ann', 'ben'] }]);
  const all = await auditedIn(test.store);
  const lines = all.filter(({ message }) => message.startsWith('input_fault'));
  expect(lines.map(({ user }) => user).sort()).toEqual(['{ user: ann }', '{ user: ben }']);
  for (const { message, result } of lines) {
    expect(result).toBe(false);
    for (const part of [id, dataId, '"in"', 'it was changed']) expect(message).toContain(part);
  }
});
