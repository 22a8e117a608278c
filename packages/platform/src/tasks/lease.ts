/** What a worker is given for one attempt at a task. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { worker as wire } from '@gaiwan/protocol';
import { blobId } from '../domain/blob-url.ts';
import { storedName } from '../domain/data.ts';
import {
  type DataRecord,
  type FunctionVersion,
  keys,
  type TaskRecord,
  type TaskSlot,
} from '../domain/records.ts';
import type { Blobs } from '../ports.ts';
import type { Transaction } from '../state/transaction.ts';

export type LeaseMessage = MessageInitShape<typeof wire.LeaseSchema>;
type StagedFile = MessageInitShape<typeof wire.StagedFileSchema>;

/** Names an attempt's files: two leases never share one. */
export const attemptName = (token: number): string => `a${token}`;

export async function buildLease(
  tx: Transaction,
  task: TaskRecord,
  token: number,
  blobs: Blobs,
  allowedOrigins: readonly string[],
): Promise<LeaseMessage> {
  const version = await tx.read<FunctionVersion>(keys.functionVersion(task.function.version));
  if (!version) throw new Error(`function version ${task.function.version} is missing in the store`);
  const file = async (slot: TaskSlot, access: 'read' | 'write'): Promise<StagedFile> => {
    const data = await tx.read<DataRecord>(keys.data(slot.data?.id ?? ''));
    if (!data) throw new Error(`data ${slot.data?.id} is missing in the store`);
    const { url, crypto } = data;
    return {
      slot: slot.name,
      url,
      crypto: { schema: crypto.schema, key: crypto.key, iv: crypto.iv },
      cmac: access === 'read' ? (data.tag ?? new Uint8Array()) : new Uint8Array(),
      name: url.startsWith('data:') ? '' : storedName(url),
      capability: blobId(url) === undefined ? '' : await blobs.grant(url, access, attemptName(token)),
      dataId: data.id,
    };
  };
  return {
    taskId: task.id,
    token: BigInt(token),
    attempt: task.attempt,
    functionName: task.function.name,
    executorType: task.function.executorType,
    executor: task.executor,
    arguments: task.arguments,
    payload: version.payload,
    inputs: await Promise.all(task.inputs.filter(({ data }) => data).map((slot) => file(slot, 'read'))),
    outputs: await Promise.all(task.outputs.filter(({ data }) => data).map((slot) => file(slot, 'write'))),
    limits: {
      timeMs: task.limits.timeMs,
      memoryMib: task.limits.memoryMiB,
      outputBytes: BigInt(task.limits.outputBytes),
      cpuMs: task.limits.cpuMs,
      logBytes: task.limits.logBytes,
      files: task.limits.files,
    },
    allowedOrigins: [...allowedOrigins],
    keepLog: task.logs.length > 0,
    ...(task.repeat && {
      repeat: task.first
        ? { expected: { ...task.first.digests, outputs: { ...task.first.digests.outputs } } }
        : {},
    }),
  };
}
