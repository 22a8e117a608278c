/**
 * A control plane that hands a worker anything else than what a task's participants approved: every field of a lease and
 * every member of its manifest, altered one at a time.
 */
import { clone, create } from '@bufbuild/protobuf';
import { StagingMemory } from '@gaiwan/executors';
import { decryptPrivately } from '@gaiwan/files';
import {
  canonicalJson,
  type FunctionDefinition,
  type TaskManifest,
  TaskStatus,
  worker as wire,
} from '@gaiwan/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Alteration, alteredJson, alteredMessages, fieldsOf } from '../../testing/alterations.ts';
import {
  freshKey,
  LeaseTest,
  MemoryFiles,
  madeFor,
  PAIR,
  received,
  writingExecutor,
} from '../../testing/leases.ts';
import { SchedulingTest } from '../../testing/scheduling.ts';
import { ApprovedTask } from './approved-task.ts';
import { KeptResults } from './kept-results.ts';
import { LeaseRefused } from './lease-refused.ts';
import { type FromWorker, LeaseWork } from './lease-work.ts';

const decrypted = vi.hoisted(() => vi.fn());
vi.mock(import('@gaiwan/files'), async (original) => {
  const files = await original();
  return {
    ...files,
    decryptPrivately: (...given) => {
      decrypted();
      return files.decryptPrivately(...given);
    },
  };
});

let test: SchedulingTest;
let leases: LeaseTest;
/** Of a task that runs once, and of both runs of one that runs twice. */
const kinds = new Map<string, wire.Lease>();

beforeAll(async () => {
  test = await SchedulingTest.open();
  leases = new LeaseTest(test);
  const [worker, second] = [test.worker([PAIR], 1), test.worker([PAIR], 1)];
  await leases.stage();
  const once = received(await worker.next('lease'));
  await worker.done(once.taskId, once.token, '');
  await worker.next('ack');
  kinds.set('the only run', once);
  await leases.stage({ repeat: true });
  const first = received(await worker.next('lease'));
  kinds.set('the first of two runs', first);
  const digests = {
    returnValue: new Uint8Array(32),
    outputs: { 'out-gcm': new Uint8Array(32), 'out-teaclave': new Uint8Array(32) },
  };
  await worker.send({
    case: 'done',
    value: create(wire.DoneSchema, {
      taskId: first.taskId,
      token: first.token,
      result: { result: { case: 'Ok', value: {} } },
      report: { digests, runMs: 1 },
    }),
  });
  const again = received(await second.next('lease'));
  kinds.set('the second of two runs', again);
  await second.done(again.taskId, again.token, '');
  await second.next('ack');
  worker.die();
  second.die();
});
afterAll(() => test.close());

/** A worker that counts what it does. */
class Work {
  readonly files: MemoryFiles;
  readonly executor = writingExecutor();
  readonly sent: FromWorker[] = [];
  readonly reported: unknown[] = [];
  readonly work: LeaseWork;

  constructor(files = new MemoryFiles(), send = (message: FromWorker) => this.#grant(message)) {
    this.files = files;
    this.work = new LeaseWork({
      results: new KeptResults(),
      executors: [this.executor],
      files,
      folder: test.folder,
      send: (message) => {
        this.sent.push(message);
        send(message);
      },
      report: (error) => this.reported.push(error),
      memory: new StagingMemory(),
      onStuck: (error) => this.reported.push(error),
    });
    decrypted.mockClear();
  }

  #grant({ message }: FromWorker): void {
    if (message?.case !== 'intent') return;
    const { taskId = '', token = 0n, dataId = '' } = message.value;
    const reply = { case: 'intentReply' as const, value: { taskId, token, dataId, granted: true } };
    void this.work.receive(create(wire.ToWorkerSchema, { message: reply }));
  }

  /** The worker's answer. */
  async answer(lease: wire.Lease) {
    await this.work.receive(create(wire.ToWorkerSchema, { message: { case: 'lease', value: lease } }));
    const { message } = this.sent.at(-1) ?? {};
    if (message?.case !== 'done') throw new Error(`the answer is ${message?.case}`);
    return message.value;
  }

  get touched(): number {
    const { fetch, put } = this.files;
    return [fetch, put, this.executor.run, decrypted].reduce((sum, { mock }) => sum + mock.calls.length, 0);
  }
}

const keysOf = ({ inputs, outputs }: wire.Lease) => [...inputs, ...outputs].map(({ key }) => key);

async function expectRefused(lease: wire.Lease): Promise<void> {
  const work = new Work();
  const { taskId, token, result, report } = await work.answer(lease);
  expect(result?.result).toMatchObject({
    case: 'Err',
    value: { reason: expect.stringMatching(/^The worker refused the task: [A-Z"].*[.]$/s) },
  });
  expect(report).toBeUndefined();
  expect({ taskId, token }).toEqual({ taskId: lease.taskId, token: lease.token });
  expect(work.reported).toEqual([expect.any(LeaseRefused)]);
  expect(work.touched).toBe(0);
  for (const key of keysOf(lease)) expect(key.every((byte) => byte === 0)).toBe(true);
}

const alterationsOf = (lease: wire.Lease): Alteration<wire.Lease>[] =>
  [...alteredMessages(wire.LeaseSchema, { ...lease })].map((alteration) => ({
    ...alteration,
    value: received(alteration.value),
  }));

const explain = (what: string) => (error: unknown) => {
  throw new Error(what, { cause: error });
};

/** What docs/manifest.md says is not bound. */
function isUnbound({ field, what }: Alteration<unknown>, kind: string): boolean {
  if (['token', 'priority'].includes(field) || field.startsWith('share') || field.endsWith('.capability'))
    return true;
  if (what.endsWith(' reversed')) return true;
  // Of the second of two runs: other digests make it fail, none make it another first run.
  if (kind !== 'the second of two runs') return false;
  return what === 'expected removed' || (field.startsWith('expected.') && what.endsWith('flipped'));
}

describe.each(['the only run', 'the first of two runs', 'the second of two runs'])(
  'a lease for %s',
  (kind) => {
    let lease: wire.Lease;
    beforeEach(() => {
      const found = kinds.get(kind);
      if (!found) throw new Error(kind);
      lease = received(found);
    });

    it('is worked on as it is', async () => {
      const work = new Work(leases.files);
      const { result } = await work.answer(lease);
      expect(work.reported).toEqual([]);
      expect(work.files.fetch).toHaveBeenCalledTimes(3);
      expect(decrypted).toHaveBeenCalledTimes(2);
      expect(work.executor.run).toHaveBeenCalledOnce();
      expect(result?.result?.case).toBe(kind === 'the second of two runs' ? 'Err' : 'Ok');
      for (const key of keysOf(lease)) expect(key.every((byte) => byte === 0)).toBe(true);
    });

    it('is refused with any field altered, and nothing is fetched, decrypted or run', async () => {
      const all = alterationsOf(lease);
      const empty = kind === 'the second of two runs' ? [] : ['expected.returnValue', 'expected.outputs'];
      const fields = fieldsOf(wire.LeaseSchema).filter((field) => !empty.includes(field));
      expect([...new Set(all.map(({ field }) => field))].sort()).toEqual(fields.sort());
      expect(all.length).toBeGreaterThan(100);
      const bound = all.filter((alteration) => !isUnbound(alteration, kind));
      expect(bound.length).toBeGreaterThan(100);
      for (const { what, value } of bound) await expectRefused(value).catch(explain(what));
    });

    it('says the same to the worker with any unbound field altered', () => {
      const { manifest, payload, inputs, outputs } = ApprovedTask.check(lease);
      const plain = <File extends object>(files: readonly File[]) =>
        files.map((file) => ({ ...file, capability: '' }));
      for (const { what, value } of alterationsOf(lease).filter((alteration) =>
        isUnbound(alteration, kind),
      )) {
        const task = ApprovedTask.check(value);
        expect(task.manifest, what).toEqual(manifest);
        expect(task.payload, what).toEqual(payload);
        expect(plain(task.inputs), what).toEqual(plain(inputs));
        expect(plain(task.outputs), what).toEqual(plain(outputs));
      }
    });

    it.each(['manifest', 'definition'] as const)(
      'is refused with any member of its %s altered',
      async (part) => {
        const value: TaskManifest | FunctionDefinition = JSON.parse(Buffer.from(lease[part]).toString());
        const all = [...alteredJson(value)];
        const members = new Set(all.map(({ field }) => field.split('.')[0]));
        expect([...members].filter(Boolean).sort()).toEqual(Object.keys(value).sort());
        for (const { what, value: other } of all) {
          const altered = received({ ...lease, [part]: Buffer.from(canonicalJson(other)) });
          await expectRefused(altered).catch(explain(what));
        }
      },
    );
  },
);

describe('a lease with parts of other files and tasks', () => {
  const leased = (kind: string) => {
    const lease = kinds.get(kind);
    if (!lease) throw new Error(kind);
    return received(lease);
  };

  it('is refused with another key of the right kind, as somebody would hand over who wants to read a result', async () => {
    const lease = leased('the only run');
    for (const file of lease.outputs)
      file.key = freshKey(file.iv.length > 0 ? 'aes-gcm-256' : 'teaclave-file-128').key;
    await expectRefused(lease);
  });

  it('is refused with the manifest, the approvals or the files of another task', async () => {
    const other = leased('the first of two runs');
    for (const part of ['manifest', 'approvals', 'inputs', 'outputs'] as const)
      await expectRefused({ ...leased('the only run'), [part]: clone(wire.LeaseSchema, other)[part] });
  });

  it('is refused with what a first run made, where the task is run once', async () => {
    const { expected } = leased('the second of two runs');
    if (!expected) throw new Error('there was a first run');
    await expectRefused({ ...leased('the only run'), expected });
  });

  it('is refused with the secrets of two slots exchanged', async () => {
    const lease = leased('the only run');
    const [one, two, three] = lease.inputs;
    if (!one || !two || !three) throw new Error('three inputs');
    [one.slot, three.slot] = [three.slot, one.slot];
    await expectRefused(lease);
  });
});

describe('a platform whose scheduler', () => {
  /** A worker of the scheduler behind a stream that alters leases. */
  function attach(alter: (lease: wire.Lease) => void): Work {
    const hello = create(wire.HelloSchema, { workerId: 'w', capabilities: [{ pairs: [PAIR], slots: 1 }] });
    const attached = test.scheduler.attach(hello);
    const work = new Work(leases.files, (message) => {
      void test.scheduler.receive(attached, create(wire.FromWorkerSchema, message));
    });
    const stream = async () => {
      for await (const said of attached.outbox) {
        const message = create(wire.ToWorkerSchema, said);
        if (message.message.case === 'lease') {
          const lease = received(message.message.value);
          alter(lease);
          message.message.value = lease;
        }
        void work.work.receive(message);
      }
    };
    const streaming = stream();
    onTestFinished(async () => {
      test.scheduler.detach(attached);
      await streaming;
    });
    return work;
  }

  it('hands over what was approved gets the task done, and nobody but the owner can read its output', async () => {
    attach(() => undefined);
    const { id, outputs } = await leases.stage();
    expect((await test.reached(id, TaskStatus.Finished)).outcome).toMatchObject({
      ok: true,
      log: ['a line'],
    });
    for (const { name, data } of outputs) {
      const key = leases.fileKeys.get(data?.id ?? '');
      const ciphertext = leases.files.kept.get(`https://files.example/${data?.id}.bin`);
      if (!key || !ciphertext) throw new Error(name);
      const parts: Uint8Array[] = [];
      await decryptPrivately([ciphertext], (part) => void parts.push(Uint8Array.from(part)), { key });
      expect(Buffer.concat(parts)).toEqual(madeFor(name));
    }
  });

  const tricks: Readonly<Record<string, (lease: wire.Lease) => void>> = {
    'changes what the function may use'(lease) {
      rewrite(lease, '"files":1023', '"files":1022');
    },
    'gives it other arguments'(lease) {
      rewrite(lease, '3}', '4}');
    },
    'runs other code'(lease) {
      lease.payload = Buffer.from('other code');
    },
    'wants to read the result'(lease) {
      for (const { key } of lease.outputs) key.fill(7);
    },
    'sends the result elsewhere'(lease) {
      for (const file of lease.outputs) file.url = `${file.url}2`;
    },
    'did not wait for everybody'(lease) {
      lease.approvals.pop();
    },
  };
  it.each(Object.entries(tricks))('%s has it ended with the refusal', async (_what, alter) => {
    const work = attach(alter);
    const { id } = await leases.stage();
    expect((await test.reached(id, TaskStatus.Finished)).outcome).toEqual({
      ok: false,
      reason: expect.stringMatching(/^The worker refused the task: /),
      log: [],
    });
    expect(work.reported).toEqual([expect.any(LeaseRefused)]);
    expect(decrypted).not.toHaveBeenCalled();
    expect(work.executor.run).not.toHaveBeenCalled();
  });
});

function rewrite(lease: wire.Lease, from: string, to: string): void {
  const text = Buffer.from(lease.manifest).toString();
  if (!text.includes(from)) throw new Error(`no ${from}`);
  lease.manifest = Buffer.from(text.replace(from, to));
}
