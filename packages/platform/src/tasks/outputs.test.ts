import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileCommitment, keys } from '../domain/index.ts';
import { refuse } from '../errors.ts';
import { readRecord, transact } from '../state/transaction.ts';
import { beginEpoch } from '../testing/epoch.ts';
import { SchedulingTest } from '../testing/scheduling.ts';
import { subjectOf } from '../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

describe('outputs', () => {
  const data = {
    id: 'output-1',
    epoch: 1,
    owners: [subjectOf('ann')],
    url: 'blob://gaiwan/0b8b7a5c-7b0e-4a56-9a0f-1f5a2a3a4a5a/out',
    crypto: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
  } as const;
  const stageWithOutput = async () => {
    await transact(test.store, test.clock, async (tx) => tx.put(keys.data(data.id), data));
    return test.stage((task) => ({
      ...task,
      outputs: [
        {
          name: 'out',
          owners: [subjectOf('ann')],
          data: { id: data.id, schema: data.crypto.schema, commitment: fileCommitment(data) },
        },
      ],
    }));
  };

  it('data that fills several slots is granted once', async () => {
    await transact(test.store, test.clock, async (tx) => tx.put(keys.data(data.id), data));
    const { schema } = data.crypto;
    const assigned = { id: data.id, schema, commitment: fileCommitment(data), tag: '00'.repeat(16) };
    const slot = (name: string) => ({ name, owners: [subjectOf('ann')], data: assigned });
    const worker = test.worker();
    await test.stage((task) => ({ ...task, inputs: ['a', 'b', 'c'].map(slot) }));
    const { inputs = [] } = await worker.next('lease');
    expect(inputs.map((input) => [input.slot, input.url, input.capability])).toEqual(
      ['a', 'b', 'c'].map((name) => [name, data.url, 'capability']),
    );
    expect(test.blobs.grant).toHaveBeenCalledOnce();
  });

  it("have an attempt's file adopted and its tag kept, in the commit of the result", async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    const { outputs } = await worker.next('lease');
    expect(outputs?.[0]).toMatchObject({ slot: 'out', url: data.url, capability: 'capability' });
    expect(test.blobs.grant).toHaveBeenCalledWith(data.url, 'write', `${id}-a1`);
    await worker.done(id, 1n, '', { out: new Uint8Array(16).fill(7) });
    await test.reached(id, TaskStatus.Finished);
    expect(test.adopt).toHaveBeenCalledWith(`${id}-a1`);
    expect(await readRecord(test.store, keys.data(data.id))).toMatchObject({
      tag: new Uint8Array(16).fill(7),
      task: id,
    });
  });

  const lost = async (id: string, why: string) => {
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(`"out"`) as string });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(why) as string });
  };
  const forget = () => transact(test.store, test.clock, async (tx) => tx.delete(keys.data(data.id)));

  it('whose record is gone fail the task before it is run, and after', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    await forget();
    await worker.done(id, 1n, '', { out: new Uint8Array(16) });
    await lost(id, 'its record is missing');
    worker.die();
    const waiting = await stageWithOutput();
    await forget();
    test.worker();
    await lost(waiting, "is missing in the platform's store");
  });

  it('without a tag, or without the file that an attempt should have written, fail the task', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    await worker.done(id, 1n, '', {});
    await lost(id, 'without a tag');
    await worker.next('ack');
    test.blobs.prepareAdoption.mockRejectedValueOnce(refuse('blob-missing', 'The file is gone.'));
    const another = await stageWithOutput();
    await worker.next('lease');
    await worker.done(another, 1n, '', { out: new Uint8Array(16) });
    await lost(another, 'The file is gone.');
    expect(await readRecord(test.store, keys.data(data.id))).not.toHaveProperty('tag');
  });

  it('are not encrypted where nobody can know whether their IV was used', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    await forget();
    const value = { taskId: id, token: 1n, dataId: data.id, contentSha256: new Uint8Array(32) };
    await worker.send({ case: 'intent', value: { $typeName: 'gaiwan.v1.Intent', ...value } });
    expect((await worker.next('intentReply')).granted).toBe(false);
  });

  it('get a key and IV for one content only: a second attempt with another content is refused', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    const intend = async (fill: number) => {
      const contentSha256 = new Uint8Array(32).fill(fill);
      await worker.send({
        case: 'intent',
        value: { $typeName: 'gaiwan.v1.Intent', taskId: id, token: 1n, dataId: data.id, contentSha256 },
      });
      return (await worker.next('intentReply')).granted;
    };
    expect([await intend(1), await intend(1), await intend(2)]).toEqual([true, true, false]);
  });

  it('of an older epoch are not encrypted: nobody knows what was written under their key and IV before', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    await beginEpoch(test.store, 2);
    const value = { taskId: id, token: 1n, dataId: data.id, contentSha256: new Uint8Array(32) };
    await worker.send({ case: 'intent', value: { $typeName: 'gaiwan.v1.Intent', ...value } });
    expect((await worker.next('intentReply')).granted).toBe(false);
  });

  it('are intended only by the worker that holds the lease', async () => {
    const [worker, id] = [test.worker(), await stageWithOutput()];
    await worker.next('lease');
    await worker.send({
      case: 'intent',
      value: {
        $typeName: 'gaiwan.v1.Intent',
        taskId: id,
        token: 9n,
        dataId: data.id,
        contentSha256: new Uint8Array(32),
      },
    });
    expect(await worker.next('intentReply')).toMatchObject({ granted: false });
  });
});
