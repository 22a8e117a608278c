/** What went wrong with one task, in whatever step: within a minute it is taken up again, without a restart. */
import { create } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import { type Batch, StoreError, type StoreErrorCode } from '@gaiwan/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeRecord, fileCommitment, keys, TASK_QUEUE } from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import { SchedulingTest, type TestWorker } from '../../testing/scheduling.ts';
import { subjectOf } from '../../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(async () => {
  await test.close();
});

const minute = () => test.passHeard(limits.reconciliation.value);
/** One of the scheduler's checks; its workers are heard, however long a commit takes. */
const check = () => test.passHeard(limits.leaseCheck.value);
/** Checks until what waits for one is done. */
async function checkUntil(work: Promise<unknown>): Promise<void> {
  const settled = vi.fn();
  void work.then(() => settled());
  await expect
    .poll(async () => {
      await check();
      return settled.mock.calls.length;
    })
    .toBe(1);
}
const withQueue = (op: string) => (batch: Batch) => batch.queue?.some((one) => one.op === op) === true;

/** The first `times` commits that match fail, with an error that waiting does not mend unless told otherwise. */
function failTimes(
  times: number,
  matches: (batch: Batch) => boolean,
  code: StoreErrorCode = 'tampered',
): void {
  test.faulty.code = code;
  let left = times;
  test.faulty.fate = (batch) => (matches(batch) && left-- > 0 ? 'refused' : 'done');
}

/** Each was reported. */
function expectReported(...codes: StoreErrorCode[]): void {
  expect(test.unforeseen.map((error) => error instanceof StoreError && error.code)).toEqual(codes);
  test.unforeseen.length = 0;
}

async function finish(worker: TestWorker, id: string, token: bigint): Promise<void> {
  expect(await worker.next('lease')).toMatchObject({ taskId: id, token });
  await worker.done(id, token, 'result');
  expect(await test.reached(id, TaskStatus.Finished)).toMatchObject({ outcome: { ok: true } });
  expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
}

describe('a task', () => {
  it('whose lease could not be written', async () => {
    const worker = test.worker();
    failTimes(1, withQueue('lease'));
    const id = await test.stage();
    await expect.poll(() => test.faulty.failures).toBe(1);
    await minute();
    expectReported('tampered');
    await finish(worker, id, 1n);
  });

  it('whose result could be written as little as that it is lost', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    failTimes(2, (batch) => withQueue('remove')(batch) || withQueue('release')(batch));
    await expect(worker.done(id, 1n, 'result')).rejects.toMatchObject({ code: 'tampered' });
    await worker.next('ack');
    expect(worker.attached.held.size).toBe(0);
    await minute();
    expectReported('tampered');
    await finish(worker, id, 2n);
  });

  it('that a worker left and whose end of the lease could not be written', async () => {
    const [dying, id] = [test.worker(), await test.stage()];
    await dying.next('lease');
    failTimes(1, withQueue('release'));
    dying.die();
    const other = test.worker();
    await expect.poll(() => test.unforeseen.length).toBe(1);
    expectReported('tampered');
    await minute();
    await finish(other, id, 2n);
  });

  it('that nobody told the scheduler of, since its invocation was written without an acknowledgement', async () => {
    const id = await test.stage();
    test.scheduler.drop(await test.task(id));
    const worker = test.worker();
    await minute();
    await finish(worker, id, 1n);
  });

  it('whose cancellation was written without an acknowledgement, is taken from its worker', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    vi.spyOn(test.scheduler, 'drop').mockImplementationOnce(() => undefined);
    await test.cancel(id);
    await minute();
    expect(await worker.next('cancel')).toMatchObject({ taskId: id, token: 1n });
    expect(worker.attached.held.size).toBe(0);
  });

  it('that a worker is at stays with it', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    for (let minutes = 0; minutes < 3; minutes++) await minute();
    await worker.done(id, 1n, 'result');
    expect(await test.reached(id, TaskStatus.Finished)).toMatchObject({ attempt: 1, outcome: { ok: true } });
  });
});

describe('changes of others that a step loses against again and again', () => {
  const attempts = limits.transactionAttempts.value;

  it('do not cost a task its result', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    failTimes(attempts, withQueue('remove'), 'conflict');
    const done = worker.done(id, 1n, 'result');
    await expect.poll(() => test.faulty.failures).toBe(attempts);
    expect((await test.task(id)).status).toBe(TaskStatus.Running);
    await checkUntil(done);
    expect(await test.task(id)).toMatchObject({ attempt: 1, outcome: { ok: true } });
  });

  it('do not cost a task the right to encrypt', async () => {
    const output = {
      id: 'output-1',
      epoch: 1,
      owners: [subjectOf('ann')],
      url: 'blob://gaiwan/0b8b7a5c-7b0e-4a56-9a0f-1f5a2a3a4a5a/out',
      crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
    } as const;
    await test.store.commit({ put: [{ key: keys.data(output.id), value: encodeRecord(output) }] });
    const data = { id: output.id, schema: output.crypto.schema, commitment: fileCommitment(output) };
    const worker = test.worker();
    const id = await test.stage((task) => ({
      ...task,
      outputs: [{ name: 'out', owners: output.owners, data }],
    }));
    await worker.next('lease');
    failTimes(attempts, (batch) => batch.put?.some(({ key }) => key[0] === 'iv') === true, 'conflict');
    const value = create(wire.IntentSchema, {
      taskId: id,
      token: 1n,
      dataId: output.id,
      contentSha256: new Uint8Array(32),
    });
    const asked = worker.send({ case: 'intent', value });
    await expect.poll(() => test.faulty.failures).toBe(attempts);
    await checkUntil(asked);
    expect((await worker.next('intentReply')).granted).toBe(true);
  });
});
