/** A store that takes no writes for a while: when it does again, everything goes on by itself, and each task ends once. */
import { create } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import { type Batch, StoreError, type StoreErrorCode } from '@gaiwan/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeRecord, fileCommitment, keys, TASK_QUEUE } from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import { SchedulingTest, type TestWorker } from '../../testing/scheduling.ts';
import { subjectOf } from '../../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

/** How the first commit fails; those after it are refused until the store is back. */
const firsts = ['refused', 'written'] as const;

const withQueue = (op: string) => (batch: Batch) => batch.queue?.some((one) => one.op === op) === true;
/** One of the scheduler's checks, and all that it begins; its workers are heard, however long a commit takes. */
const check = () => test.passHeard(limits.leaseCheck.value);
/** Checks until it is so: a check begins what ends later. */
const untilSo = (is: () => unknown) =>
  expect
    .poll(
      async () => {
        await check();
        return is();
      },
      { interval: 5 },
    )
    .toBe(true);

/** The store failed, and the scheduler's checks find that it still does; then it is back. */
async function outage(): Promise<void> {
  await expect.poll(() => test.faulty.failures).toBeGreaterThan(0);
  for (let checks = 0; checks < 3; checks++) await check();
  test.faulty.recover();
  await check();
  expectReported('anchor-unavailable');
}

/** The operator reads it once. */
function expectReported(code: StoreErrorCode): void {
  expect(test.unforeseen.map((error) => error instanceof StoreError && error.code)).toEqual([code]);
  test.unforeseen.length = 0;
}

/** Ends each lease that it gets; says which. */
function serve(worker: TestWorker): string[] {
  const leased: string[] = [];
  void (async () => {
    for await (const { message } of worker.messages) {
      if (message?.case !== 'lease') continue;
      const { taskId = '', token = 0n } = message.value;
      leased.push(`${taskId} ${token}`);
      await worker.done(taskId, token, 'result');
    }
  })();
  return leased;
}

async function expectFinished(ids: readonly string[], attempt = 1): Promise<void> {
  for (const id of ids)
    expect(await test.reached(id, TaskStatus.Finished)).toMatchObject({ attempt, outcome: { ok: true } });
  expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
}

it('whose end nobody knows keeps what an attempt has written: a failed sync may be of the commit that names it', async () => {
  const [worker, id] = [test.worker(), await test.stage()];
  await worker.next('lease');
  test.faulty.code = 'sync-failed';
  test.faulty.fail('refused');
  await expect(worker.done(id, 1n, 'result')).rejects.toMatchObject({ code: 'sync-failed' });
  await worker.next('ack');
  await check();
  expect(test.blobs.discard).not.toHaveBeenCalled();
  expect(test.unforeseen.splice(0)).toHaveLength(1);
});

describe.each(firsts)('an outage whose first commit is %s', (first) => {
  it('at a lease leaves the backlog as it is', async () => {
    const worker = test.worker(undefined, 2);
    test.faulty.fail(first, withQueue('lease'));
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.push(await test.stage());
    const leased = serve(worker);
    await outage();
    await untilSo(() => leased.length === 5);
    await expectFinished(ids);
    expect(new Set(leased.map((one) => one.split(' ')[0]))).toEqual(new Set(ids));
  });

  it('while tasks are invoked leaves none behind', async () => {
    const worker = test.worker();
    const busy = await test.stage();
    await worker.next('lease');
    test.faulty.fail(first);
    const ids = [await test.stage(), await test.stage()];
    void worker.done(busy, 1n, '');
    await outage();
    serve(worker);
    await expectFinished([busy, ...ids]);
  });

  it('at an intent is answered when it is over', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    test.faulty.fail(first);
    const asked = intend(worker, id);
    await outage();
    await asked;
    expect((await worker.next('intentReply')).granted).toBe(true);
  });

  it('at the end of a task keeps its result', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    const seen: number[] = [];
    const watching = (async () => {
      for await (const { status } of test.events.subscribe(id, new AbortController().signal)) {
        seen.push(status);
        if (status === TaskStatus.Finished) return;
      }
    })();
    test.faulty.fail(first);
    void worker.done(id, 1n, 'result');
    await outage();
    await worker.next('ack');
    await watching;
    expect(seen).toEqual([TaskStatus.Finished]);
    await expectFinished([id]);
    expect(worker.attached.held.size).toBe(0);
  });

  it('at the end of the first of two runs begins the second', async () => {
    const [one, other] = [test.worker(), test.worker()];
    const id = await test.stage((task) => ({ ...task, repeat: true }));
    await one.next('lease');
    test.faulty.fail(first);
    void ran(one, id, 1n);
    await outage();
    await one.next('ack');
    await other.next('lease');
    await ran(other, id, 2n);
    await expectFinished([id]);
  });

  it('at the death of a worker gives its task to another, and counts the attempt', async () => {
    const [dying, id] = [test.worker(), await test.stage()];
    await dying.next('lease');
    test.faulty.fail(first);
    dying.die();
    const other = test.worker();
    await outage();
    expect(await other.next('lease')).toMatchObject({ taskId: id, token: 2n });
    await other.done(id, 2n, '');
    await expectFinished([id], 2);
  });

  it('while a lease is given back', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    test.faulty.fail(first);
    void worker.giveBack(id, 1n);
    await outage();
    expect(await worker.next('lease')).toMatchObject({ taskId: id, token: 2n });
    await worker.done(id, 2n, '');
    await expectFinished([id]);
  });

  it('while a task ends that nobody can run', async () => {
    test.worker();
    test.faulty.fail(first);
    const id = await test.stage((task) => ({ ...task, executor: 'mesapy' }));
    await outage();
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toMatchObject({ ok: false });
  });
});

it.each(['disk-full', 'io'] as const)('a store that fails with %s is waited for likewise', async (code) => {
  const worker = test.worker();
  test.faulty.code = code;
  test.faulty.fail('refused');
  const ids = [await test.stage(), await test.stage()];
  await expect.poll(() => test.faulty.failures).toBeGreaterThan(0);
  await check();
  test.faulty.recover();
  await check();
  expectReported(code);
  serve(worker);
  await expectFinished(ids);
});

it('a lease that loses against changes of others again and again is tried later', async () => {
  const worker = test.worker();
  test.faulty.code = 'conflict';
  test.faulty.fate = (batch) => (withQueue('lease')(batch) ? 'refused' : 'done');
  const id = await test.stage();
  await expect.poll(() => test.faulty.failures).toBe(limits.transactionAttempts.value);
  test.faulty.recover();
  serve(worker);
  await check();
  await expectFinished([id]);
});

it('nor do others wait for it', async () => {
  const worker = test.worker();
  test.faulty.code = 'conflict';
  let contested: string | undefined;
  let probes = 0;
  test.faulty.fate = (batch) => {
    if (Object.keys(batch).length === 0) probes++;
    const leased = batch.queue?.find(({ op }) => op === 'lease')?.id;
    contested ??= leased;
    return leased !== undefined && leased === contested ? 'refused' : 'done';
  };
  const first = await test.stage();
  await expect.poll(() => test.faulty.failures).toBe(limits.transactionAttempts.value);
  const leased = serve(worker);
  const others = [await test.stage(), await test.stage()];
  for (const id of others) await test.reached(id, TaskStatus.Finished);
  expect(leased.map((one) => one.split(' ')[0])).toEqual(others);
  // The store takes writes: it is not asked whether it does.
  expect(probes).toBe(0);
  test.faulty.recover();
  await check();
  await expectFinished([first]);
});

describe('an error that waiting does not mend', () => {
  const permanently = (code: StoreErrorCode) => {
    test.faulty.code = code;
    test.faulty.fate = () => 'refused';
  };

  it('refuses an intent rather than never to answer it', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    permanently('tampered');
    await intend(worker, id);
    expect((await worker.next('intentReply')).granted).toBe(false);
    expectReported('tampered');
  });

  it('takes a task whose result cannot be stored from its worker', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    test.faulty.code = 'too-large';
    test.faulty.fate = (batch) => (withQueue('remove')(batch) ? 'refused' : 'done');
    await worker.done(id, 1n, 'result');
    await worker.next('ack');
    expect(await worker.next('lease')).toMatchObject({ taskId: id, token: 2n });
    expectReported('too-large');
    test.faulty.recover();
    await worker.done(id, 2n, 'smaller');
    await expectFinished([id], 2);
  });
});

/** Ends a run of a task that is run twice. */
function ran(worker: TestWorker, taskId: string, token: bigint): Promise<void> {
  const digests = { returnValue: new Uint8Array(32).fill(7), outputs: {} };
  const result = { result: { case: 'Ok' as const, value: { returnValue: Buffer.from('x') } } };
  const report = { runner: 'builtin', layers: ['process'], digests, runMs: 1 };
  return worker.send({ case: 'done', value: create(wire.DoneSchema, { taskId, token, result, report }) });
}

const output = {
  id: 'output-1',
  epoch: 1,
  owners: [subjectOf('ann')],
  url: 'blob://gaiwan/0b8b7a5c-7b0e-4a56-9a0f-1f5a2a3a4a5a/out',
  crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
} as const;

async function stageWithOutput(): Promise<string> {
  const { id, owners, crypto } = output;
  await test.store.commit({ put: [{ key: keys.data(id), value: encodeRecord(output) }] });
  const data = { id, schema: crypto.schema, commitment: fileCommitment(output) };
  return test.stage((task) => ({ ...task, outputs: [{ name: 'out', owners, data }] }));
}

function intend(worker: TestWorker, taskId: string): Promise<void> {
  const value = { taskId, token: 1n, dataId: output.id, contentSha256: new Uint8Array(32) };
  return worker.send({ case: 'intent', value: { $typeName: 'gaiwan.v1.Intent', ...value } });
}
