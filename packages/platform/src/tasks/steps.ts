/**
 * An operation on a task made durable: its record, its item in the work queue, its hold on its outputs, and what the event log says, in
 * one transaction.
 */
import type { QueueOperation } from '@gaiwan/store';
import { isQueued, keys, TASK_QUEUE, type TaskRecord } from '../domain/index.ts';
import type { Event, Transaction } from '../state/transaction.ts';
import { perform } from './engine/engine.ts';
import { type Before, type Input, type Operation, type Row, table } from './engine/table.ts';
import { noteNeeds } from './needs.ts';
import { noteLists } from './task-lists.ts';
import { returnUse } from './usage.ts';

export interface Step<O extends Operation> {
  readonly operation: O;
  readonly before: Before<O>;
  readonly given: Input<O>;
  /** The lease of the task's item: of the scheduler's operations. */
  readonly held?: Held;
}

export interface Held {
  /** The fencing token; of a lease that begins, the one of the lease before. */
  readonly token: number;
}

/**
 * What the queue says of an item that is leased: how long the lease lasts is the scheduler's to know, by whether the worker is heard, and
 * after a restart nobody holds one.
 */
const LEASED = 1;

export interface StepTaken {
  readonly task: TaskRecord;
  readonly event: Event;
  /** Of the task's record. */
  readonly bytes: number;
}

/**
 * Writes the task after an operation. The event is the caller's to append, with what only the caller knows. The commit is a conflict
 * where the lease has ended.
 *
 * @throws PlatformError as `perform` does; nothing is written then.
 */
export function takeStep<O extends Operation>(
  tx: Pick<Transaction, 'append' | 'delete' | 'expectAbsent' | 'mark' | 'now' | 'put' | 'queue'>,
  { operation, before, given, held }: Step<O>,
): StepTaken {
  const row: Row<Before<O>, Input<O>> = table[operation];
  const task = perform(operation, before, given);
  if (before === undefined) tx.expectAbsent(keys.task(task.id));
  const bytes = tx.put(keys.task(task.id), task);
  noteNeeds(tx, before, task);
  returnUse(tx, before, task);
  noteLists(tx, before, task);
  const wasQueued = before !== undefined && isQueued(before);
  const queued = queueOperation(row.queue, task.id, wasQueued, held);
  if (queued) tx.queue(queued);
  // As long as its item is in the queue, nobody else is to write what it writes.
  for (const { data } of task.outputs) {
    if (data && queued?.op === 'enqueue') tx.mark(keys.reservedOutput(data.id));
    if (data && queued?.op === 'remove') tx.delete(keys.reservedOutput(data.id));
  }
  return { task, event: { type: row.event, task: task.id }, bytes };
}

function queueOperation(
  op: Row<unknown, unknown>['queue'],
  id: string,
  wasQueued: boolean,
  held: Held | undefined,
): QueueOperation | undefined {
  const queue = TASK_QUEUE;
  if (op === undefined || (op === 'remove' && !wasQueued)) return undefined;
  if (op === 'enqueue') return { op, queue, id };
  if (op === 'remove') return { op, queue, id, ...(held && { token: held.token }) };
  if (held === undefined) throw new Error(`${op} of ${id} needs the token of its lease`);
  const { token } = held;
  return op === 'lease' ? { op, queue, id, token, until: LEASED } : { op, queue, id, token };
}
