/** What the management service works with, and the readers that its parts share. */
import type { TaskLimits } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  type DataRecord,
  type FunctionRecord,
  type FunctionVersion,
  type IdPrefix,
  keys,
  logReadersOf,
  parseId,
  refuse,
  type TaskRecord,
} from '../../domain/index.ts';
import type {
  AccessControl,
  AccessQuestion,
  AuditLog,
  Blobs,
  Clock,
  TaskEvents,
  TaskScheduler,
} from '../../ports.ts';
import { readRecord, type Transaction, transact } from '../../state/transaction.ts';

export interface ManagementContext {
  readonly store: Store;
  readonly access: AccessControl;
  readonly scheduler: TaskScheduler;
  readonly events: TaskEvents;
  readonly blobs: Blobs;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** Fresh UUIDs. */
  readonly ids: () => string;
  /** Throws `PlatformError` for an external URL whose origin the operator did not allow. */
  readonly requireAllowedUrl: (url: URL) => void;
  /** What a task may use, and what it may ask for at most. */
  readonly taskLimits: TaskLimits;
  readonly taskMaxima: TaskLimits;
}

type Reader = <T>(key: readonly string[]) => Promise<T | undefined>;

/** Reads through a transaction (and then holds the commit to it) or plainly. */
export class Reading {
  readonly #read: Reader;

  constructor(from: Transaction | ManagementContext) {
    this.#read = 'store' in from ? (key) => readRecord(from.store, key) : (key) => from.read(key);
  }

  async data(text: string, ...kinds: readonly IdPrefix[]): Promise<DataRecord> {
    const id = parseId(text, ...kinds);
    const record = id && (await this.#read<DataRecord>(keys.data(id)));
    if (!record) throw refuse('unknown-data', `There is no ${kinds.join(' or ')} "${text.slice(0, 80)}".`);
    return record;
  }

  async function(text: string): Promise<FunctionRecord> {
    const id = parseId(text, 'function');
    const record = id && (await this.#read<FunctionRecord>(keys.function(id)));
    if (!record) throw refuse('unknown-function', `There is no function "${text.slice(0, 80)}".`);
    return record;
  }

  async version(hash: string): Promise<FunctionVersion> {
    const version = await this.#read<FunctionVersion>(keys.functionVersion(hash));
    if (!version) throw new Error(`function version ${hash} is missing in the store`);
    return version;
  }

  async task(text: string): Promise<TaskRecord> {
    const id = parseId(text, 'task');
    const record = id && (await this.#read<TaskRecord>(keys.task(id)));
    if (!record) throw refuse('unknown-task', `There is no task "${text.slice(0, 80)}".`);
    return record;
  }
}

export const inTransaction = <T>(
  context: ManagementContext,
  body: (tx: Transaction, read: Reading) => Promise<T>,
): Promise<T> => transact(context.store, context.clock, (tx) => body(tx, new Reading(tx)));

export const asResource = {
  data: ({ id, owners }: DataRecord): NonNullable<AccessQuestion['resource']> => ({
    type: 'Data',
    id,
    owners,
  }),
  function: ({
    id,
    owner,
    public: open,
    disabled,
    allowlist,
  }: FunctionRecord): NonNullable<AccessQuestion['resource']> => ({
    type: 'Function',
    id,
    owner,
    public: open,
    disabled,
    allowlist,
  }),
  task: (task: TaskRecord): NonNullable<AccessQuestion['resource']> => ({
    type: 'Task',
    id: task.id,
    creator: task.creator,
    participants: task.participants,
    logReaders: logReadersOf(task),
  }),
};
