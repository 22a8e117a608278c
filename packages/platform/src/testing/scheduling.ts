/** A scheduler over a real store in a temporary folder, with a clock and workers that a test drives by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import { fileRootKey, openEmbeddedStore, type Store } from '@gaiwan/store';
import { expect, vi } from 'vitest';
import {
  defaultTaskLimits,
  functionVersion,
  functionVersionHash,
  keys,
  TASK_QUEUE,
  type TaskRecord,
} from '../domain/index.ts';
import { Fairness, type FairnessOptions } from '../fairness/settings.ts';
import { shareOf } from '../fairness/share.ts';
import { limits } from '../limits.ts';
import type { Blobs } from '../ports.ts';
import { LocalTaskEvents, Scheduler } from '../services/scheduler/index.ts';
import type { AttachedWorker, ToWorker } from '../services/scheduler/workers.ts';
import type { Holdings } from '../state/holdings.ts';
import { OpenAttempts } from '../state/open-attempts.ts';
import { readRecord, transact } from '../state/transaction.ts';
import { perform } from '../tasks/engine/engine.ts';
import { takeStep } from '../tasks/steps.ts';
import { TestClock } from './clock.ts';
import { FaultyStore } from './faulty-store.ts';
import { openTestHoldings } from './holdings.ts';
import { putAccounts, subjectOf } from './subjects.ts';

type FromWorker = Parameters<Scheduler['receive']>[1]['message'];

export class SchedulingTest {
  readonly folder = mkdtempSync(join(tmpdir(), 'gaiwan-scheduler-'));
  readonly clock = new TestClock(1_000_000);
  readonly events = new LocalTaskEvents();
  /** Gets the attempts that were adopted. */
  readonly adopt = vi.fn<(attempt: string) => void>();
  readonly blobs = {
    grant: vi.fn<Blobs['grant']>(async () => 'capability'),
    discard: vi.fn<Blobs['discard']>(async () => undefined),
    prepareAdoption: vi.fn<Blobs['prepareAdoption']>(async (_tx, _url, attempt) => ({
      adopt: async () => this.adopt(attempt),
    })),
  };
  readonly attempts = new OpenAttempts();
  readonly unforeseen: unknown[] = [];
  store!: Store;
  /** What the scheduler has of it. */
  faulty!: FaultyStore;
  scheduler!: Scheduler;
  holdings!: Holdings;
  #tasks = 0;
  #workers = 0;
  readonly #attached: TestWorker[] = [];

  static async open(): Promise<SchedulingTest> {
    // Of the scheduler's checks alone: nobody looks but in `pass`.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const test = new SchedulingTest();
    test.store = await openEmbeddedStore({
      folder: join(test.folder, 'store'),
      rootKey: fileRootKey(join(test.folder, 'root.key')),
    });
    test.faulty = new FaultyStore(test.store);
    await putAccounts(test.store, [subjectOf('ann')]);
    await test.boot();
    return test;
  }

  /** A scheduler that knows only what the store knows, as after a restart of the platform. */
  async boot(fairness: FairnessOptions = {}): Promise<void> {
    this.holdings = await openTestHoldings(this.store);
    this.scheduler = new Scheduler({
      store: this.faulty,
      blobs: this.blobs as unknown as Blobs,
      attempts: this.attempts,
      events: this.events,
      clock: this.clock,
      fairness: new Fairness(fairness),
      holdings: this.holdings,
      report: (error) => this.unforeseen.push(error),
    });
    await this.scheduler.start();
  }

  /** Lets the scheduler check as often as it does in this time, and all that it begins go on. */
  async pass(ms: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(ms);
  }

  /** The same, while its workers are heard. */
  async passHeard(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= limits.heartbeat.value) {
      await this.pass(Math.min(left, limits.heartbeat.value));
      for (const worker of this.#attached) await worker.heartbeat();
    }
  }

  async close(): Promise<void> {
    this.scheduler.stop();
    vi.useRealTimers();
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
    expect(this.unforeseen).toEqual([]);
  }

  /** Commits an invoked task, as management does. `change` edits its record before. */
  async stage(change: (task: TaskRecord) => TaskRecord = (task) => task): Promise<string> {
    const version = functionVersion(
      {
        name: 'builtin-echo',
        description: '',
        executorType: 'builtin',
        arguments: [],
        inputs: [],
        outputs: [],
      },
      new Uint8Array(),
    );
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
    const created = perform('create', undefined, {
      id: `task-${++this.#tasks}`,
      epoch: 1,
      by: subjectOf('ann'),
      function: record,
      definition: version.definition,
      executor: 'builtin',
      arguments: '{}',
      inputs: [],
      outputs: [],
      limits: defaultTaskLimits,
    });
    const invocation = {
      by: subjectOf('ann'),
      function: record,
      used: 0,
      gone: [],
      takenOutputs: [],
      offered: true,
      twoWorkers: true,
      share: shareOf({ creator: subjectOf('ann') }),
      epoch: 1,
    };
    const task = change(perform('invoke', created, invocation));
    await transact(this.store, this.clock, async (tx) => {
      tx.put(keys.functionVersion(hash), version);
      tx.put(keys.task(task.id), task);
      tx.queue({ op: 'enqueue', queue: TASK_QUEUE, id: task.id });
    });
    this.scheduler.enqueue(task);
    return task.id;
  }

  /** Cancels it, as management does. */
  async cancel(id: string): Promise<void> {
    const task = await transact(this.store, this.clock, async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(id));
      if (!before) throw new Error(`no ${id}`);
      return takeStep(tx, { operation: 'cancel', before, given: {} }).task;
    });
    this.events.publish(task);
    this.scheduler.drop(task);
  }

  /** `results`: leases that it comes back with a result of. */
  worker(
    pairs: readonly string[] = ['builtin/builtin'],
    slots = 1,
    id = `w${this.#workers++}`,
    results: readonly { readonly taskId: string; readonly token: bigint }[] = [],
  ): TestWorker {
    const capabilities = [{ pairs: [...pairs], slots }];
    const hello = create(wire.HelloSchema, { workerId: id, capabilities, results: [...results] });
    const worker = new TestWorker(this.scheduler, this.scheduler.attach(hello));
    this.#attached.push(worker);
    return worker;
  }

  async task(id: string): Promise<TaskRecord> {
    const task = await readRecord<TaskRecord>(this.store, keys.task(id));
    if (!task) throw new Error(`no ${id}`);
    return task;
  }

  /** Waits until the task is in a state. */
  async reached(id: string, status: TaskRecord['status']): Promise<TaskRecord> {
    await expect.poll(async () => (await this.task(id)).status, { interval: 2 }).toBe(status);
    return this.task(id);
  }
}

type Of<Case extends NonNullable<ToWorker['message']>['case']> = Extract<
  NonNullable<ToWorker['message']>,
  { case: Case }
>['value'];

export class TestWorker {
  readonly attached: AttachedWorker;
  readonly #scheduler: Scheduler;
  readonly #received: AsyncIterator<ToWorker>;

  constructor(scheduler: Scheduler, attached: AttachedWorker) {
    this.#scheduler = scheduler;
    this.attached = attached;
    this.#received = attached.outbox[Symbol.asyncIterator]();
  }

  /** All that it gets from now on. */
  get messages(): AsyncIterable<ToWorker> {
    return { [Symbol.asyncIterator]: () => this.#received };
  }

  /** The next message, which must be of this kind. */
  async next<Case extends 'lease' | 'cancel' | 'intentReply' | 'ack'>(kind: Case): Promise<Of<Case>> {
    const { value } = (await this.#received.next()) as { value: ToWorker | undefined };
    expect(value?.message?.case).toBe(kind);
    return value?.message?.value as Of<Case>;
  }

  /** The next message of this kind. */
  async nextOf<Case extends 'lease' | 'ack'>(kind: Case): Promise<Of<Case>> {
    for (;;) {
      const { value } = (await this.#received.next()) as { value: ToWorker | undefined };
      expect(value).toBeDefined();
      if (value?.message?.case === kind) return value.message.value as Of<Case>;
    }
  }

  send(message: FromWorker): Promise<void> {
    return this.#scheduler.receive(this.attached, create(wire.FromWorkerSchema, { message }));
  }

  /** `lost`: why the attempt is; empty: it has not begun. */
  giveBack(taskId: string, token: bigint, lost = ''): Promise<void> {
    return this.send({ case: 'giveBack', value: { $typeName: 'gaiwan.v1.GiveBack', taskId, token, lost } });
  }

  done(taskId: string, token: bigint, returnValue: string, tagsMap = {}): Promise<void> {
    const value = { returnValue: Buffer.from(returnValue), tagsMap, log: [] };
    const report = { runner: 'builtin', runMs: 1 };
    return this.send({
      case: 'done',
      value: create(wire.DoneSchema, { taskId, token, result: { result: { case: 'Ok', value } }, report }),
    });
  }

  heartbeat(): Promise<void> {
    return this.send({ case: 'heartbeat', value: create(wire.HeartbeatSchema) });
  }

  /** Its process ends. */
  die(): void {
    this.#scheduler.detach(this.attached);
    this.#scheduler.gone(this.attached.id);
  }

  /** Its connection is lost. */
  lose(): void {
    this.#scheduler.detach(this.attached);
  }
}
