/** Steps that Teaclave's calls and ours have in common. */
import {
  type Assignment,
  approveTask,
  checkIvFree,
  type IvRecord,
  ivName,
  keys,
  limits,
  manifestDigest,
  parseId,
  refuse,
  type TaskRecord,
} from '../../domain/index.ts';
import type { Caller } from '../ports.ts';
import type { Event, Transaction } from '../transaction.ts';
import { asResource, inTransaction, type ManagementContext, type Reading } from './context.ts';

type DataMaps = readonly { readonly dataName: string; readonly dataId: string }[];

/** `digest`: what the participant looked at. */
export async function approve(
  context: ManagementContext,
  caller: Caller,
  taskId: string,
  digest?: Uint8Array,
): Promise<object> {
  const task = await inTransaction(context, async (tx, read) => {
    const before = await read.task(taskId);
    context.access.require({
      caller,
      action: digest ? 'ApproveManifest' : 'ApproveTask',
      resource: asResource.task(before),
    });
    const next = approveTask(before, caller.id, digest);
    writeTask(tx, next, {
      type: 'task-approved',
      by: caller.id,
      digest: manifestDigest(before).hex,
    });
    return next;
  });
  context.events.publish(task);
  return {};
}

export function writeTask(tx: Transaction, task: TaskRecord, event: Event): void {
  tx.put(keys.task(task.id), task);
  tx.event({ ...event, task: task.id });
}

async function found(read: Reading, maps: DataMaps, kind: 'input' | 'output'): Promise<Assignment[]> {
  if (maps.length > limits.listEntries)
    throw refuse('too-many-entries', `At most ${limits.listEntries} assignments in one call.`);
  const assignments: Assignment[] = [];
  for (const { dataName, dataId } of maps) {
    if (parseId(dataId, kind) === undefined)
      throw refuse('bad-id', `Invalid external id: ${dataId.slice(0, 80)}`);
    assignments.push({ slot: dataName, data: await read.data(dataId, kind) });
  }
  return assignments;
}

type Fill = (
  task: TaskRecord,
  caller: string,
  inputs: readonly Assignment[],
  outputs: readonly Assignment[],
) => TaskRecord;

/** Puts data into slots, in one transaction: `fill` says whether that may be. Returns the task as it is then. */
export function fillSlots(
  context: ManagementContext,
  caller: Caller,
  {
    taskId,
    inputs,
    outputs,
  }: { readonly taskId: string; readonly inputs: DataMaps; readonly outputs: DataMaps },
  { action, fill, type }: { readonly action: string; readonly fill: Fill; readonly type: string },
): Promise<TaskRecord> {
  return inTransaction(context, async (tx, read) => {
    const task = await read.task(taskId);
    context.access.require({ caller, action, resource: asResource.task(task) });
    const next = fill(
      task,
      caller.id,
      await found(read, inputs, 'input'),
      await found(read, outputs, 'output'),
    );
    await reserveIvs(tx, read, outputs);
    const data = [...inputs, ...outputs].map(({ dataId }) => dataId);
    writeTask(tx, next, { type, by: caller.id, data });
    return next;
  });
}

/** From its assignment on, an output's key and IV are its own. */
async function reserveIvs(tx: Transaction, read: Reading, outputs: DataMaps): Promise<void> {
  for (const { dataId } of outputs) {
    const data = await read.data(dataId, 'output');
    const name = ivName(data.crypto);
    if (name === undefined) continue;
    checkIvFree(await tx.read<IvRecord>(keys.iv(name)), data.id);
    tx.put(keys.iv(name), { holder: data.id } satisfies IvRecord);
  }
}
