/**
 * The scheduler's steps with a queued task, each one commit that holds only under its lease's token: a result that comes late, from a
 * worker that was given up, changes nothing.
 */
import { TaskStatus } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  type AgreementRecord,
  agreementEnd,
  checkEpochOfOutput,
  type DataRecord,
  decideIntent,
  encodeRecord,
  type FunctionRecord,
  type IvRecord,
  ivName,
  keys,
  namesOf,
  type TaskOutcome,
  type TaskRecord,
} from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { Blobs, Clock } from '../ports.ts';
import { goneAmong } from '../state/accounts.ts';
import { epochOf } from '../state/epoch.ts';
import type { Holdings } from '../state/holdings.ts';
import { type Event, readRecord, type Transaction, transact } from '../state/transaction.ts';
import { isDue } from './engine/engine.ts';
import { hasAttemptsLeft, type Obstacles, obstacleSentence } from './engine/guards.ts';
import type { Operation } from './engine/table.ts';
import { auditInputFaults } from './input-faults.ts';
import { attemptName, buildLease, type LeaseMessage } from './lease.ts';
import { type Answer, firstRunOf, inputFaultsOf, verdictOf } from './outcome.ts';
import { prepareOutputs } from './outputs.ts';
import { type Step, type StepTaken, takeStep } from './steps.ts';
import { returnUse } from './usage.ts';

export interface CommitsOptions {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly holdings: Holdings;
}

/** A lease that is to begin. */
export interface NewLease {
  readonly taskId: string;
  /** The item's token before. */
  readonly token: number;
  readonly worker: string;
}

export interface Leased {
  readonly task: TaskRecord;
  readonly lease?: LeaseMessage;
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

  /**
   * Undefined for a task that was cancelled meanwhile. Without a lease: what was approved may not run any more, or what the task needs is
   * missing, and the task has ended.
   */
  async lease(next: NewLease): Promise<Leased | undefined> {
    try {
      return await this.#lease(next);
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'record-missing')) throw error;
      return this.#abandon(next, error.message);
    }
  }

  #lease({ taskId, token: former, worker }: NewLease): Promise<Leased | undefined> {
    const { blobs } = this.#options;
    return this.#transact(async (tx) => {
      const before = await readDue(tx, 'lease', taskId);
      if (!before) return undefined;
      const obstacles = await obstaclesOf(tx, before);
      if (obstacleSentence(obstacles) !== undefined) {
        const gone = namesOf(obstacles.gone);
        return { task: record(tx, { operation: 'void', before, given: obstacles }, { gone }) };
      }
      const token = former + 1;
      const held = { token: former };
      const { task, event } = takeStep(tx, { operation: 'lease', before, given: {}, held });
      const lease = await buildLease(tx, task, token, blobs);
      tx.event({ ...event, worker, token, attempt: task.attempt });
      return { lease, task };
    });
  }

  /** Nobody could work on it, now or later: its participants are told why. */
  #abandon({ taskId, token: former }: NewLease, reason: string): Promise<Leased | undefined> {
    return this.#transact(async (tx) => {
      const before = await readDue(tx, 'lease', taskId);
      if (!before) return undefined;
      const leased = takeStep(tx, { operation: 'lease', before, given: {}, held: { token: former } });
      const [given, held] = [{ outcome: failed(reason) }, { token: former + 1 }];
      const end = { operation: 'finish', before: leased.task, given, held } as const;
      returnUse(tx, before, { ...leased.task, status: TaskStatus.Finished });
      return { task: record(tx, end, { token: former + 1, ok: 'no' }) };
    });
  }

  /** No worker can run it. Undefined for a task that was cancelled meanwhile. */
  refuse(taskId: string): Promise<TaskRecord | undefined> {
    return this.#transact(async (tx) => {
      const before = await readDue(tx, 'refuse', taskId);
      return before && record(tx, { operation: 'refuse', before, given: {} }, { ok: 'no' });
    });
  }

  /**
   * May the lease's holder encrypt this content under the data's key and IV? Where the answer is yes, no older copy of the data folder that
   * has forgotten it is accepted any more: the anchor has it, whatever its interval.
   */
  async intend(dataId: string, contentSha256: Uint8Array): Promise<boolean> {
    const intent = await this.#keepIntent(dataId, contentSha256);
    if (intent === 'kept') await this.#options.store.anchored();
    return intent !== 'refused';
  }

  #keepIntent(dataId: string, contentSha256: Uint8Array): Promise<'kept' | 'not needed' | 'refused'> {
    return this.#transact(async (tx) => {
      const data = await tx.read<DataRecord>(keys.data(dataId));
      // Without the record nobody can know whether the IV was used: no.
      if (!data) return 'refused';
      const name = ivName(data.crypto);
      if (name === undefined) return 'not needed';
      checkEpochOfOutput(dataId, data.epoch, await epochOf(tx));
      const former = await tx.read<IvRecord>(keys.iv(name));
      tx.put(keys.iv(name), decideIntent(former, dataId, Buffer.from(contentSha256).toString('hex')));
      return 'kept';
    }).catch((error: unknown) => {
      if (error instanceof PlatformError && (error.code === 'iv-reuse' || error.code === 'iv-older-epoch'))
        return 'refused';
      throw error;
    });
  }

  /**
   * The outcome, the outputs' tags and files, the item off the queue; or, after the first of two runs, the item free for another
   * worker. Undefined where the task has got another end.
   */
  finish(taskId: string, token: number, answer: Answer): Promise<TaskRecord | undefined> {
    return this.#transact(async (tx) => {
      const found = await readDue(tx, 'finish', taskId);
      if (!found) return undefined;
      const { ran } = answer;
      const faults = inputFaultsOf(found, answer);
      const before: TaskRecord = {
        ...found,
        ...(ran && { runs: [...(found.runs ?? []), ran] }),
        ...(faults.length > 0 && { inputFaults: [...(found.inputFaults ?? []), ...faults] }),
      };
      auditInputFaults(tx, taskId, faults, this.#options.clock.now());
      const held = { token };
      const how = { token, ...(ran && { runner: ran.runner, layers: ran.layers }) };
      const digests = firstRunOf(before, answer);
      if (digests && ran) {
        const given = { first: { worker: ran.worker, digests } };
        return record(tx, { operation: 'await second run', before, given, held }, how);
      }
      const verdict = { outcome: verdictOf(before, answer), attempt: attemptName(taskId, token) };
      const prepared = await prepareOutputs(tx, this.#options.blobs, before, verdict);
      // Of what is not kept nothing counts.
      const outcome = await this.#fit(tx, taskId, prepared.outcome);
      if (outcome.ok) await prepared.keep();
      const ok = outcome.ok ? 'yes' : 'no';
      return record(tx, { operation: 'finish', before, given: { outcome }, held }, { ...how, ok });
    });
  }

  /** The outcome counts for the task's creator; one that its quota has no room for is not kept. */
  async #fit(tx: Transaction, taskId: string, outcome: TaskOutcome): Promise<TaskOutcome> {
    try {
      await this.#options.holdings.grow(tx, keys.task(taskId), encodeRecord(outcome).length);
      return outcome;
    } catch (error) {
      if (!(error instanceof PlatformError && error.code === 'storage-quota')) throw error;
      return failed(NO_ROOM);
    }
  }

  /**
   * The lease is over without a result: again, or after too many attempts never. An attempt that is the platform's own
   * doing does not count. `reason`: of a task that this was the last attempt of; empty where nobody knows.
   */
  requeue(taskId: string, token: number, counts: boolean, reason = ''): Promise<TaskRecord | undefined> {
    return this.#transact(async (tx) => {
      const before = await readDue(tx, 'requeue', taskId);
      if (!before) return undefined;
      const [held, details] = [{ token }, { attempt: before.attempt }];
      return hasAttemptsLeft(before, counts)
        ? record(tx, { operation: 'requeue', before, given: { counts }, held }, details)
        : record(tx, { operation: 'fail', before, given: reason === '' ? {} : { reason }, held }, details);
    });
  }
}

/** Read by all participants: it says nothing of how much the creator, or its group, has. */
const NO_ROOM =
  'There is no room for the result: the creator of the task, or its group, has the platform keep as much as it may.';

/** The task, where the operation can still begin. */
async function readDue(
  tx: Transaction,
  operation: Operation,
  taskId: string,
): Promise<TaskRecord | undefined> {
  const task = await tx.read<TaskRecord>(keys.task(taskId));
  return task && isDue(operation, task) ? task : undefined;
}

/** What a task that was invoked has lost since. The commit is held to it. */
async function obstaclesOf(
  tx: Transaction,
  { epoch, participants, function: { id }, agreement: by }: TaskRecord,
): Promise<Obstacles> {
  const fn = await tx.read<FunctionRecord>(keys.function(id));
  const older = epoch === (await epochOf(tx)) ? {} : { olderEpoch: epoch };
  const agreement = by && (await tx.read<AgreementRecord>(keys.agreement(by.id)));
  const ended = agreement && agreementEnd(agreement, tx.now());
  return {
    ...older,
    gone: await goneAmong(tx, participants),
    ...(fn && { function: fn }),
    ...(ended !== undefined && { agreement: ended }),
  };
}

/** Takes the step and appends its event. */
function record<O extends Operation>(
  tx: Transaction,
  step: Step<O>,
  details: Omit<Event, 'type'>,
): TaskRecord {
  const { task, event }: StepTaken = takeStep(tx, step);
  tx.event({ ...event, ...details });
  return task;
}

const failed = (reason: string): TaskOutcome => ({ ok: false, reason });
