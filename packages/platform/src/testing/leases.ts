/** Real leases: of a task of two people with files of every schema, made by the scheduler; and what a worker needs for them. */
import { randomBytes } from 'node:crypto';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Executor, Stager } from '@gaiwan/executors';
import { encrypt, type FileKey, type Scheme } from '@gaiwan/files';
import {
  type Agreement,
  agreementBytes,
  authorityOfKey,
  type Digests,
  functionDefinitionBytes,
  type LogReader,
  manifestBytes,
  type SandboxUse,
  type Subject,
  type TaskLimits,
  type TaskManifest,
  worker as wire,
} from '@gaiwan/protocol';
import { vi } from 'vitest';
import {
  type DataRecord,
  defaultTaskLimits,
  fileCommitment,
  functionVersion,
  functionVersionHash,
  keys,
  manifestDigest,
  sha256,
  sha256Hex,
  storedName,
  TASK_QUEUE,
  type TaskRecord,
} from '../domain/index.ts';
import { shareOf } from '../fairness/share.ts';
import type { TaskFiles } from '../services/execution/task-files.ts';
import { transact } from '../state/transaction.ts';
import { perform } from '../tasks/engine/engine.ts';
import { withPresentKeys } from '../tasks/engine/present-keys.ts';
import { TestKey } from './keys.ts';
import type { SchedulingTest } from './scheduling.ts';
import { putAccounts, subjectOf } from './subjects.ts';

export const PAIR = 'custom:x/x';
const slot = (name: string) => ({ name, description: `of ${name}`, optional: false });

/** What the function makes of each output: its name, in capitals. */
export const madeFor = (name: string): Buffer => Buffer.from(name.toUpperCase());

const version = functionVersion(
  {
    name: 'f',
    description: 'does it',
    executorType: 'custom:x',
    arguments: [
      { key: 'n', defaultValue: '', allowOverwrite: true },
      { key: 'fixed', defaultValue: 'by the owner', allowOverwrite: false },
    ],
    inputs: ['in-gcm', 'in-raw', 'in-teaclave'].map(slot),
    outputs: ['out-gcm', 'out-teaclave'].map(slot),
  },
  Buffer.from('the code'),
);

export const freshKey = (scheme: Scheme): FileKey => ({
  scheme,
  key: randomBytes(scheme === 'aes-gcm-256' ? 32 : 16),
  ...(scheme !== 'teaclave-file-128' && { iv: randomBytes(12) }),
});

/** Keeps files by their URLs, and counts who asks for them. */
export class MemoryFiles implements TaskFiles {
  readonly kept = new Map<string, Uint8Array>();
  readonly fetch = vi.fn<TaskFiles['fetch']>(({ url }) =>
    Promise.resolve([this.kept.get(url) ?? new Uint8Array()]),
  );
  readonly put = vi.fn<TaskFiles['put']>(async ({ url }, { body }) => {
    // Chunks are reused by their source.
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(Uint8Array.from(part));
    this.kept.set(url, Buffer.concat(parts));
  });
}

/** A function that reads nothing, logs a line and writes every output. */
export function writingExecutor(): Executor & { readonly run: ReturnType<typeof vi.fn<Executor['run']>> } {
  const run = vi.fn<Executor['run']>(({ outputs, folder }) => {
    const staged = outputs.map((name) => {
      const stager = new Stager(folder);
      stager.write(madeFor(name));
      return [name, stager.finish()] as const;
    });
    return Promise.resolve({
      returnValue: Buffer.from('returned'),
      log: ['a line'],
      outputs: Object.fromEntries(staged),
    });
  });
  return { name: 'x', layers: ['process'], pairs: [PAIR], slots: 4, run, close: () => Promise.resolve() };
}

const small = functionVersion(
  { name: 'f', description: '', executorType: 'custom:x', arguments: [], inputs: [], outputs: [slot('out')] },
  Buffer.from('code'),
);

/** What a lease for one person with one output, `out`, can be like. */
export interface SmallLease {
  readonly limits?: TaskLimits;
  readonly logs?: readonly LogReader[];
  readonly repeat?: boolean;
  readonly sandboxes?: SandboxUse;
  readonly expected?: Digests;
  /** As the manifest has it; the definition says `f`, and `custom:x`. */
  readonly functionName?: string;
  readonly executorType?: string;
  /** Without its output. */
  readonly noFiles?: boolean;
  readonly participants?: readonly Subject[];
  /** Ann's: her approval is signed with it. */
  readonly key?: TestKey;
  /** Instead of the definition's bytes. */
  readonly definition?: Uint8Array;
  /** Approved by a standing agreement; what it says otherwise than one that fits. */
  readonly agreement?: Partial<Agreement>;
}

/** Made without a scheduler. */
export function smallLease({
  limits = defaultTaskLimits,
  logs = [],
  repeat = false,
  sandboxes = 'fresh',
  expected,
  functionName = 'f',
  executorType = 'custom:x',
  participants = [subjectOf('ann')],
  key: own,
  noFiles = false,
  definition = functionDefinitionBytes(small.definition),
  agreement,
}: SmallLease = {}): wire.Lease {
  const key = freshKey('aes-gcm-128');
  const output = {
    id: 'output-1',
    owners: [subjectOf('ann')],
    url: 'blob://gaiwan/0b8b7a5c-7b0e-4a56-9a0f-1f5a2a3a4a5a/out',
    crypto: cryptoOf(key),
  };
  const said = {
    format: 'gaiwan-task-manifest/7',
    epoch: 1,
    task: 'task-1',
    creator: subjectOf('ann'),
    function: {
      id: 'function-1',
      version: sha256Hex(definition),
      name: functionName,
      executorType,
      owner: subjectOf('vendor'),
    },
    executor: 'x',
    arguments: '{}',
    inputs: [],
    outputs: noFiles
      ? []
      : [
          {
            slot: 'out',
            id: output.id,
            owners: [subjectOf('ann')],
            schema: key.scheme,
            commitment: fileCommitment(output),
          },
        ],
    participants: participants.map((subject) => ({
      subject,
      authority: own && subject === subjectOf('ann') ? authorityOfKey(own.account.id) : 'password',
    })),
    limits,
    logs,
    repeat,
    sandboxes,
  } as const;
  const agreed = agreement && agreementLike(said, agreement);
  const named = agreed ? sha256Hex(agreed) : '';
  const manifest = manifestBytes({ ...said, agreement: named });
  return received({
    taskId: 'task-1',
    token: 1n,
    manifest,
    approvals: [approvalOf(subjectOf('ann'), manifest, own, named)],
    ...(agreed && { agreement: agreed }),
    definition,
    payload: small.payload,
    outputs: noFiles ? [] : [{ slot: 'out', url: output.url, key: output.crypto.key, iv: output.crypto.iv }],
    ...(expected && { expected: { ...expected, outputs: { ...expected.outputs } } }),
  });
}

/** Of tasks like this one. */
const agreementLike = (said: Omit<TaskManifest, 'agreement'>, change: Partial<Agreement>): Uint8Array =>
  agreementBytes({
    format: 'gaiwan-agreement/1',
    epoch: said.epoch,
    agreement: 'agreement-1',
    function: { id: said.function.id, version: said.function.version },
    executor: said.executor,
    arguments: [],
    inputs: [],
    outputs: said.outputs.map(({ slot: name, owners }) => ({ slot: name, owners })),
    participants: said.participants,
    callers: [said.creator],
    limits: said.limits,
    logs: said.logs,
    repeat: said.repeat,
    sandboxes: said.sandboxes,
    uses: 1,
    from: 0,
    until: 1,
    ...change,
  });

/** `agreement`: its digest, where that is what the participant has signed. */
function approvalOf(participant: Subject, manifest: Uint8Array, key: TestKey | undefined, agreement = '') {
  const digest = sha256(manifest);
  const signature =
    agreement === ''
      ? key?.approve(participant, 'task-1', digest.toString('hex'))
      : key?.approveAgreement(participant, 'agreement-1', agreement);
  return {
    participant,
    digest: new Uint8Array(digest),
    ...(signature && { signature: { ...signature, time: BigInt(signature.time) } }),
  };
}

/** Of ann and ben: ann makes the task and owns the output under GCM; each has an input, and ben a raw one too. */
export class LeaseTest {
  readonly test: SchedulingTest;
  readonly files = new MemoryFiles();
  /** By data id. */
  readonly fileKeys = new Map<string, FileKey>();
  /** Ben's. Ann has none. */
  readonly key = new TestKey();
  #count = 0;

  constructor(test: SchedulingTest) {
    this.test = test;
  }

  async #input(owner: Subject, scheme: Scheme | 'raw'): Promise<DataRecord> {
    const id = `input-${++this.#count}`;
    const url = `https://files.example/${id}.bin`;
    const content = Buffer.from(`content of ${id}`);
    if (scheme === 'raw') {
      this.files.kept.set(url, content);
      const none = new Uint8Array();
      const crypto = { schema: scheme, key: none, iv: none };
      return { id, owners: [owner], url, crypto, tag: new Uint8Array(16), salt: randomBytes(32) };
    }
    const key = freshKey(scheme);
    const ciphertext = Buffer.alloc(8192);
    const { tag, size } = await encrypt([content], sinkOf(ciphertext), { key, name: storedName(url) });
    this.files.kept.set(url, ciphertext.subarray(0, size));
    return { id, owners: [owner], url, crypto: cryptoOf(key), tag };
  }

  #output(owner: Subject, scheme: Scheme): DataRecord {
    const id = `output-${++this.#count}`;
    const key = freshKey(scheme);
    this.fileKeys.set(id, key);
    return { id, epoch: 1, owners: [owner], url: `https://files.example/${id}.bin`, crypto: cryptoOf(key) };
  }

  /** Approved by both, invoked and queued. */
  async stage(options: { readonly repeat?: boolean } = {}): Promise<TaskRecord> {
    const { test } = this;
    const [ann, ben] = [subjectOf('ann'), subjectOf('ben')];
    await putAccounts(test.store, [ann, ben]);
    const inputs = {
      'in-gcm': await this.#input(ann, 'aes-gcm-128'),
      'in-raw': await this.#input(ben, 'raw'),
      'in-teaclave': await this.#input(ben, 'teaclave-file-128'),
    };
    const outputs = {
      'out-gcm': this.#output(ann, 'aes-gcm-256'),
      'out-teaclave': this.#output(ben, 'teaclave-file-128'),
    };
    const hash = functionVersionHash(version.definition);
    const record = {
      id: 'function-1',
      owner: subjectOf('vendor'),
      version: hash,
      public: true,
      groups: [],
      people: [],
      quota: -1,
    };
    const owned = (slots: Readonly<Record<string, DataRecord>>) =>
      Object.entries(slots).map(([name, { owners }]) => ({ name, owners }));
    let task = perform('create', undefined, {
      id: `task-of-two-${++this.#count}`,
      epoch: 1,
      by: ann,
      function: record,
      definition: version.definition,
      executor: 'x',
      arguments: '{"n":3}',
      inputs: owned(inputs),
      outputs: owned(outputs),
      limits: defaultTaskLimits,
    });
    task = withPresentKeys(task, [{ subject: ben, key: this.key.account.id }]);
    const asked = { logs: ['creator'], repeat: options.repeat ?? false };
    task = perform('set options', task, { by: ann, options: asked, maxima: defaultTaskLimits });
    const of = (user: Subject, slots: Readonly<Record<string, DataRecord>>) =>
      Object.entries(slots)
        .filter(([, { owners }]) => owners.includes(user))
        .map(([name, data]) => ({ slot: name, data }));
    for (const by of [ann, ben])
      task = perform('assign', task, { by, inputs: of(by, inputs), outputs: of(by, outputs) });
    const digest = manifestDigest(task).hex;
    task = perform('approve', task, { by: ann });
    task = perform('approve', task, { by: ben, signature: this.key.approve(ben, task.id, digest) });
    task = perform('invoke', task, {
      by: ann,
      function: record,
      used: 0,
      gone: [],
      takenOutputs: [],
      offered: true,
      twoWorkers: true,
      share: shareOf({ creator: ann }),
      epoch: 1,
    });
    const staged = task;
    await transact(test.store, test.clock, async (tx) => {
      tx.put(keys.functionVersion(hash), version);
      for (const data of [...Object.values(inputs), ...Object.values(outputs)])
        tx.put(keys.data(data.id), data);
      tx.put(keys.task(staged.id), staged);
      tx.queue({ op: 'enqueue', queue: TASK_QUEUE, id: staged.id });
    });
    test.scheduler.enqueue(staged);
    return staged;
  }
}

const cryptoOf = ({ scheme, key, iv = new Uint8Array() }: FileKey) => ({ schema: scheme, key, iv });

const sinkOf = (space: Buffer) => ({
  write(bytes: Uint8Array, position: number): void {
    space.set(bytes, position);
  },
});

/** As a worker gets it. */
export const received = (lease: MessageInitShape<typeof wire.LeaseSchema>): wire.Lease =>
  fromBinary(wire.LeaseSchema, toBinary(wire.LeaseSchema, create(wire.LeaseSchema, lease)));
