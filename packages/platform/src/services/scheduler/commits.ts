/**
 * The durable steps of a queued task, each one commit that holds only under its lease's token: a result that comes
 * late, from a worker that was given up, changes nothing.
 */
import { TaskStatus } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  awaitSecondRun,
  cancelTask,
  type DataRecord,
  decideIntent,
  failTask,
  finishTask,
  type IvRecord,
  isQueued,
  ivName,
  keys,
  pairOf,
  requeueTask,
  runTask,
  TASK_QUEUE,
  type TaskOutcome,
  type TaskRecord,
} from '../../domain/index.ts';
import { PlatformError } from '../../errors.ts';
import { writeTask } from '../management/task-steps.ts';
import type { Blobs, Clock } from '../ports.ts';
import { blobId } from '../storage/blob-url.ts';
import { readRecord, type Transaction, transact } from '../transaction.ts';
import type { Waiting } from './backlog.ts';
import { attemptName, buildLease, type LeaseMessage } from './lease.ts';
import { type Answer, firstRunOf, verdictOf } from './outcome.ts';

/** How often a task is handed out before it counts as failed. */
export const MAX_ATTEMPTS = 3;

export interface CommitsOptions {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
}

export class TaskCommits {
  readonly #options: CommitsOptions;
  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  #transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return transact(this.#options.store, this.#options.clock, body);
  }

  read(taskId: string): Promise<TaskRecord | undefined> {
    return readRecord<TaskRecord>(this.#options.store, keys.task(taskId));
  }

  /** Undefined for a task that was cancelled meanwhile. */
  lease(
    { taskId, token: before }: Waiting,
    worker: string,
    until: number,
  ): Promise<{ readonly lease: LeaseMessage; readonly task: TaskRecord } | undefined> {
    const { blobs } = this.#options;
    return this.#transact(async (tx) => {
      const found = await tx.read<TaskRecord>(keys.task(taskId));
      if (!found || !isQueued(found)) return undefined;
      const task = runTask(found);
      const token = before + 1;
      const lease = await buildLease(tx, task, token, blobs);
      tx.queue({ op: 'lease', queue: TASK_QUEUE, id: taskId, token: before, until });
      writeTask(tx, task, { type: 'task-leased', worker, token, attempt: task.attempt });
      return { lease, task };
    });
  }

  /** A conflict: the lease ended meanwhile, which whoever ended it has told the worker. */
  async extend(taskId: string, token: number, until: number): Promise<void> {
    await this.#options.store.commit({
      queue: [{ op: 'extend', queue: TASK_QUEUE, id: taskId, token, until }],
    });
  }

  cancel(taskId: string): Promise<TaskRecord> {
    return this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (!before) throw new Error(`${taskId} is not in the store`);
      const next = cancelTask(before);
      writeTask(tx, next, { type: 'task-canceled' });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId });
      return next;
    });
  }

  /** No worker can run it: the answer is Teaclave's. Undefined for a task that was cancelled meanwhile. */
  refuse(taskId: string): Promise<TaskRecord | undefined> {
    return this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (!before || !isQueued(before)) return undefined;
      const pair = `(${pairOf(before).replace('/', ', ')})`;
      const reason = before.first
        ? `The task is to run on two different workers, and only one can run ${pair}.`
        : `function not available: ${pair}`;
      const next = finishTask(before, { ok: false, reason });
      writeTask(tx, next, { type: 'task-finished', ok: 'no' });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId });
      return next;
    });
  }

  /** May the lease's holder encrypt this content under the data's key and IV? */
  intend(dataId: string, contentSha256: Uint8Array): Promise<boolean> {
    return this.#transact(async (tx) => {
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

  /**
   * The outcome, the outputs' tags, the item off the queue; or, after the first of two runs, the item free for another
   * worker. Undefined where the task has got another end.
   */
  async finish(taskId: string, token: number, answer: Answer): Promise<TaskRecord | undefined> {
    const { store, blobs } = this.#options;
    const known = await this.read(taskId);
    if (known?.status !== TaskStatus.Running) return undefined;
    if (!firstRunOf(known, answer) && verdictOf(known, answer).ok) {
      for (const { data } of known.outputs) {
        const record = data && (await readRecord<DataRecord>(store, keys.data(data.id)));
        if (record && blobId(record.url) !== undefined) await blobs.adopt(record.url, attemptName(token));
      }
    }
    return this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (before?.status !== TaskStatus.Running) return undefined;
      const { ran } = answer;
      const task = ran ? { ...before, runs: [...(before.runs ?? []), ran] } : before;
      const how = ran && { runner: ran.runner, layers: ran.layers };
      const digests = firstRunOf(task, answer);
      if (digests && ran) {
        const next = awaitSecondRun(task, { worker: ran.worker, digests });
        writeTask(tx, next, { type: 'task-ran-first', token, ...how });
        tx.queue({ op: 'release', queue: TASK_QUEUE, id: taskId, token });
        return next;
      }
      const verdict = await this.#keepTags(tx, task, verdictOf(task, answer));
      const next = finishTask(task, verdict);
      writeTask(tx, next, { type: 'task-finished', token, ok: verdict.ok ? 'yes' : 'no', ...how });
      tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId, token });
      return next;
    });
  }

  async #keepTags(tx: Transaction, task: TaskRecord, verdict: TaskOutcome): Promise<TaskOutcome> {
    if (!verdict.ok) return verdict;
    let kept: TaskOutcome = verdict;
    for (const { name, data } of task.outputs) {
      const record = data && (await tx.read<DataRecord>(keys.data(data.id)));
      const tag = verdict.tags[name];
      if (!record || !tag) continue;
      if (record.tag && Buffer.compare(record.tag, tag) !== 0)
        kept = { ok: false, reason: 'Cannot overwrite output file cmac', log: verdict.log };
      else tx.put(keys.data(record.id), { ...record, tag, task: task.id });
    }
    return kept;
  }

  /**
   * The lease is over without a result: again, or after too many attempts never. An attempt that is the platform's own
   * doing does not count.
   */
  requeue(taskId: string, token: number, counts: boolean): Promise<TaskRecord | undefined> {
    return this.#transact(async (tx) => {
      const before = await tx.read<TaskRecord>(keys.task(taskId));
      if (before?.status !== TaskStatus.Running) return undefined;
      if (counts && before.attempt >= MAX_ATTEMPTS) {
        const failed = failTask(before, 'Runtime Error: Executor Timeout');
        writeTask(tx, failed, { type: 'task-failed', attempt: before.attempt });
        tx.queue({ op: 'remove', queue: TASK_QUEUE, id: taskId, token });
        return failed;
      }
      const again = requeueTask(before, counts ? before.attempt : before.attempt - 1);
      writeTask(tx, again, { type: 'task-requeued', attempt: before.attempt });
      tx.queue({ op: 'release', queue: TASK_QUEUE, id: taskId, token });
      return again;
    });
  }
}
