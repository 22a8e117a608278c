/**
 * Hands staged tasks to workers, by push, under leases with fencing tokens.
 *
 * The durable queue in the store is the truth; what is in memory here can be rebuilt from it. Every step is one
 * commit that holds only under the lease's token, so a result that comes late, from a worker that was given up,
 * changes nothing.
 */

import type { MessageShape } from '@bufbuild/protobuf';
import type { common, worker as wire } from '@gaiwan/protocol';
import { type Store, StoreError } from '@gaiwan/store';
import {
  cancelTask,
  type DataRecord,
  decideIntent,
  failTask,
  finishTask,
  type IvRecord,
  isQueued,
  ivName,
  keys,
  runTask,
  TASK_QUEUE,
  type TaskOutcome,
  type TaskRecord,
  TaskStatus,
} from '../../domain/index.ts';
import { PlatformError } from '../../errors.ts';
import { writeTask } from '../management/tasks.ts';
import type { Blobs, Clock, TaskEvents, TaskScheduler } from '../ports.ts';
import { blobId } from '../storage/blob-url.ts';
import { readRecord, type Transaction, transact } from '../transaction.ts';
import { attemptName, buildLease, type LeaseMessage } from './lease.ts';
import { AttachedWorker } from './workers.ts';

export interface SchedulerOptions {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly events: TaskEvents;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  /** Gets errors that nobody foresaw. */
  readonly report: (error: unknown) => void;
}

const LEASE_MS = 15_000;
const CHECK_MS = 1_000;
/** How often a task is handed out before it counts as failed. */
export const MAX_ATTEMPTS = 3;

type FromWorker = MessageShape<typeof wire.FromWorkerSchema>;
type Done = MessageShape<typeof wire.DoneSchema>;
type Intent = MessageShape<typeof wire.IntentSchema>;

interface Waiting {
  readonly taskId: string;
  /** The item's token before the next lease. */
  readonly token: number;
  /** What it needs, once the task was read. */
  readonly pair?: string;
}

export class Scheduler implements TaskScheduler {
  readonly #options: SchedulerOptions;
  readonly #waiting: Waiting[] = [];
  readonly #workers = new Set<AttachedWorker>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Takes up what the queue holds. Nobody can hold a lease yet: workers of a former process are gone with it. */
  async start(): Promise<void> {
    for (const { id, token, until } of await this.#options.store.queue(TASK_QUEUE)) {
      if (until === 0) this.#waiting.push({ taskId: id, token });
      else await this.#giveUp(id, token, false);
    }
    this.#timer = setInterval(() => this.#check(), CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const worker of this.#workers) worker.outbox.end();
  }

  staged(taskId: string): void {
    this.#waiting.push({ taskId, token: 0 });
    this.#pump();
  }

  async cancel(taskId: string): Promise<void> {
    const task = await this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (!before) throw new Error(`${taskId} is not in the store`);
      const next = cancelTask(before);
      writeTask(tx, next, { type: 'task-canceled' });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId });
      return next;
    });
    const index = this.#waiting.findIndex((waiting) => waiting.taskId === taskId);
    if (index >= 0) this.#waiting.splice(index, 1);
    for (const worker of this.#workers) {
      const held = worker.held.get(taskId);
      if (!held) continue;
      worker.held.delete(taskId);
      worker.outbox.push({ message: { case: 'cancel', value: { taskId, token: BigInt(held.token) } } });
    }
    this.#options.events.publish(task);
  }

  /** Serves one worker until its stream ends. */
  attach(hello: MessageShape<typeof wire.HelloSchema>): AttachedWorker {
    const worker = new AttachedWorker(
      hello.workerId,
      hello.executors,
      hello.slots,
      this.#options.clock.now(),
    );
    this.#workers.add(worker);
    this.#pump();
    return worker;
  }

  /** The stream is gone, and with it the worker's right to its tasks. */
  detach(worker: AttachedWorker): void {
    if (!this.#workers.delete(worker)) return;
    worker.outbox.end();
    for (const { taskId, token } of worker.held.values()) this.#background(this.#giveUp(taskId, token));
    worker.held.clear();
  }

  async receive(worker: AttachedWorker, { message }: FromWorker): Promise<void> {
    const now = this.#options.clock.now();
    worker.heard = now;
    switch (message.case) {
      case 'heartbeat':
        return this.#extend(worker, now);
      case 'intent':
        return this.#intent(worker, message.value);
      case 'done':
        return this.#done(worker, message.value);
      default:
    }
  }

  /** Gives waiting tasks to free slots, first come, first served among those that a worker can run. */
  #pump(): void {
    for (let index = 0; index < this.#waiting.length; ) {
      const waiting = this.#waiting[index] as Waiting;
      let best: AttachedWorker | undefined;
      let anyFree = false;
      for (const worker of this.#workers) {
        if (worker.free <= 0) continue;
        anyFree = true;
        if (waiting.pair !== undefined && !worker.pairs.has(waiting.pair)) continue;
        if (!best || worker.free > best.free) best = worker;
      }
      if (!anyFree) return;
      if (!best) {
        index++;
        continue;
      }
      this.#waiting.splice(index, 1);
      best.free--;
      this.#background(this.#lease(best, waiting));
    }
  }

  async #lease(worker: AttachedWorker, waiting: Waiting): Promise<void> {
    const { taskId, token: before } = waiting;
    const token = before + 1;
    const until = this.#options.clock.now() + LEASE_MS;
    let leased: { lease: LeaseMessage; task: TaskRecord } | { pair: string } | undefined;
    try {
      leased = await this.#transact(async (tx) => {
        const found = await tx.read<TaskRecord>(keys.task(taskId));
        // Cancelled meanwhile.
        if (!found || !isQueued(found)) return undefined;
        const pair = `${found.function.executorType}/${found.executor}`;
        if (!worker.pairs.has(pair)) return { pair };
        const task = runTask(found);
        const lease = await buildLease(tx, task, token, this.#options.blobs, this.#options.allowedOrigins);
        tx.queue({ op: 'lease', queue: TASK_QUEUE, id: taskId, token: before, until });
        writeTask(tx, task, { type: 'task-leased', worker: worker.id, token, attempt: task.attempt });
        return { lease, task };
      });
    } catch (error) {
      worker.free++;
      // Somebody else has the item, or it is gone; or the store fails, and then the item is taken up at the next start.
      if (!(error instanceof PlatformError && error.code === 'busy')) this.#options.report(error);
      return;
    }
    if (leased === undefined || 'pair' in leased) {
      worker.free++;
      if (leased && !waiting.pair) {
        const able = [...this.#workers].some((other) => other.pairs.has(leased.pair));
        if (able) {
          this.#waiting.push({ ...waiting, pair: leased.pair });
        } else if (!(await this.#refuseUnable(taskId, leased.pair))) {
          this.#waiting.push({ ...waiting, pair: leased.pair });
        }
      }
      return this.#pump();
    }
    this.#options.events.publish(leased.task);
    // The worker may have gone while the lease was being committed.
    if (!this.#workers.has(worker)) return this.#giveUp(taskId, token);
    worker.held.set(taskId, { taskId, token, until });
    worker.outbox.push({ message: { case: 'lease', value: leased.lease } });
  }

  /** No attached worker can run it: the answer is Teaclave's, at once rather than never. */
  async #refuseUnable(taskId: string, pair: string): Promise<boolean> {
    const [type, executor] = pair.split('/');
    const task = await this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (!before || !isQueued(before)) return undefined;
      const next = finishTask(before, {
        ok: false,
        reason: `function not available: (${type}, ${executor})`,
      });
      writeTask(tx, next, { type: 'task-finished', ok: 'no' });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId });
      return next;
    });
    if (task) this.#options.events.publish(task);
    return true;
  }

  async #extend(worker: AttachedWorker, now: number): Promise<void> {
    const due = [...worker.held.values()].filter(({ until }) => until - now < LEASE_MS / 2);
    for (const held of due) {
      held.until = now + LEASE_MS;
      const operation = {
        op: 'extend',
        queue: TASK_QUEUE,
        id: held.taskId,
        token: held.token,
        until: held.until,
      } as const;
      // A conflict: the lease ended meanwhile, which whoever ended it has told the worker.
      this.#background(this.#options.store.commit({ queue: [operation] }).catch(ignoreConflict));
    }
  }

  async #intent(worker: AttachedWorker, { taskId, token, dataId, contentSha256 }: Intent): Promise<void> {
    let granted = false;
    if (worker.held.get(taskId)?.token === Number(token)) {
      granted = await this.#transact(async (tx) => {
        const data = await tx.read<DataRecord>(keys.data(dataId));
        const name = data && ivName(data.crypto);
        if (name === undefined) return true;
        const record = await tx.read<IvRecord>(keys.iv(name));
        tx.put(keys.iv(name), decideIntent(record, dataId, Buffer.from(contentSha256).toString('hex')));
        return true;
      }).catch((error: unknown) => {
        if (error instanceof PlatformError && error.code === 'iv-reuse') return false;
        throw error;
      });
    }
    worker.outbox.push({ message: { case: 'intentReply', value: { taskId, token, dataId, granted } } });
  }

  async #done(worker: AttachedWorker, { taskId, token, result }: Done): Promise<void> {
    const current = worker.held.get(taskId)?.token === Number(token);
    // The slot is free now; what follows is ours.
    worker.free++;
    this.#pump();
    let task: TaskRecord | undefined;
    try {
      if (current) task = await this.#finish(taskId, Number(token), outcomeOf(result));
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'busy')) throw error;
    }
    if (current) worker.held.delete(taskId);
    worker.outbox.push({ message: { case: 'ack', value: { taskId, token } } });
    if (task) this.#options.events.publish(task);
  }

  /** One commit: the outcome, the outputs' tags, the item off the queue. */
  async #finish(taskId: string, token: number, outcome: TaskOutcome): Promise<TaskRecord | undefined> {
    const { store, blobs } = this.#options;
    const known = await readRecord<TaskRecord>(store, keys.task(taskId));
    if (outcome.ok) {
      for (const { data } of known?.outputs ?? []) {
        const record = data && (await readRecord<DataRecord>(store, keys.data(data.id)));
        if (record && blobId(record.url) !== undefined) await blobs.adopt(record.url, attemptName(token));
      }
    }
    return this.#transact(async (tx) => {
      const task = await tx.read<TaskRecord>(keys.task(taskId));
      if (task?.status !== TaskStatus.Running) return undefined;
      let verdict = outcome;
      if (outcome.ok) {
        for (const { name, data } of task.outputs) {
          const record = data && (await tx.read<DataRecord>(keys.data(data.id)));
          const tag = outcome.tags[name];
          if (!record || !tag) continue;
          if (record.tag && Buffer.compare(record.tag, tag) !== 0)
            verdict = { ok: false, reason: 'Cannot overwrite output file cmac' };
          else tx.put(keys.data(record.id), { ...record, tag, task: taskId });
        }
      }
      const next = finishTask(task, verdict);
      writeTask(tx, next, { type: 'task-finished', token, ok: verdict.ok ? 'yes' : 'no' });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId, token });
      return next;
    });
  }

  /**
   * The lease is over without a result: again, or after too many attempts never. An attempt counts unless it ended
   * because the platform itself did (`counts` false).
   */
  async #giveUp(taskId: string, token: number, counts = true): Promise<void> {
    const task = await this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (!before || !isQueued(before)) return undefined;
      if (counts && before.attempt >= MAX_ATTEMPTS) {
        const failed = failTask(before, 'Runtime Error: Executor Timeout');
        writeTask(tx, failed, { type: 'task-failed', attempt: before.attempt });
        tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId, token });
        return failed;
      }
      const attempt = counts ? before.attempt : before.attempt - 1;
      const again: TaskRecord = { ...before, attempt, status: TaskStatus.Staged };
      writeTask(tx, again, { type: 'task-requeued', attempt: before.attempt });
      tx.queue({ op: 'release', queue: TASK_QUEUE, id: taskId, token });
      return again;
    });
    if (!task) return;
    this.#options.events.publish(task);
    if (task.status === TaskStatus.Staged) {
      this.#waiting.push({ taskId, token });
      this.#pump();
    }
  }

  /** A worker that has gone silent has lost its leases, whether it knows or not. */
  #check(): void {
    const now = this.#options.clock.now();
    for (const worker of this.#workers) {
      if (now - worker.heard > LEASE_MS) this.detach(worker);
    }
  }

  #transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return transact(this.#options.store, this.#options.clock, body);
  }

  #background(work: Promise<unknown>): void {
    work.catch(this.#options.report);
  }
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof StoreError && (error.code === 'conflict' || error.code === 'closed'))) throw error;
}

function outcomeOf(result: MessageShape<typeof common.TaskResultSchema> | undefined): TaskOutcome {
  if (result?.result.case === 'Ok') {
    const { returnValue, tagsMap, log } = result.result.value;
    return { ok: true, returnValue, tags: tagsMap, log };
  }
  return {
    ok: false,
    reason: result?.result.case === 'Err' ? result.result.value.reason : 'The worker sent no result.',
  };
}
