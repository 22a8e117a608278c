/** What a worker is given for one attempt at a task. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { functionDefinitionBytes, type worker as wire } from '@gaiwan/protocol';
import { blobOfFile } from '../domain/data.ts';
import { finalApprovals, taskManifestBytes } from '../domain/manifest.ts';
import {
  type AgreementRecord,
  type DataRecord,
  type FunctionVersion,
  keys,
  type TaskRecord,
  type TaskSlot,
} from '../domain/records.ts';
import { PlatformError, refuse } from '../errors.ts';
import type { Blobs } from '../ports.ts';
import type { Transaction } from '../state/transaction.ts';

export type LeaseMessage = MessageInitShape<typeof wire.LeaseSchema>;
type FileSecret = MessageInitShape<typeof wire.FileSecretSchema>;
/** Of data, whichever slots it fills. */
type Secret = Omit<FileSecret, 'slot' | '$typeName' | '$unknown'>;

/** Names an attempt and its files: two leases, of one task or of two, never share one. */
export const attemptName = (taskId: string, token: number): string => `${taskId}-a${token}`;

const missing = (what: string, cause?: unknown) =>
  refuse('record-missing', `${what} is missing in the platform's store: the task cannot be done.`, { cause });

async function grantFor(what: string, grant: () => Promise<string>): Promise<string> {
  try {
    return await grant();
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'unknown-blob')) throw error;
    throw missing(`The file of ${what.replace(/^The/, 'the')}`, error);
  }
}

/**
 * The approved manifest, and the secrets without which nobody can do what it says.
 *
 * @throws PlatformError `record-missing`
 */
export async function buildLease(
  tx: Transaction,
  task: TaskRecord,
  token: number,
  blobs: Blobs,
): Promise<LeaseMessage> {
  const version = await tx.read<FunctionVersion>(keys.functionVersion(task.function.version));
  if (!version) throw missing(`The function's version ${task.function.version}`);
  const secretOf = async ({ name, data: assigned }: TaskSlot, access: 'read' | 'write'): Promise<Secret> => {
    const what = `The ${access === 'read' ? 'input' : 'output'} "${name}" (${assigned?.id})`;
    const data = assigned && (await tx.read<DataRecord>(keys.data(assigned.id)));
    if (!data) throw missing(what);
    const { url, crypto, salt = new Uint8Array() } = data;
    const blob = blobOfFile(data);
    const capability =
      blob === undefined
        ? ''
        : await grantFor(what, () => blobs.grant(blob, access, attemptName(task.id, token)));
    return { url, key: crypto.key, iv: crypto.iv, salt, capability };
  };
  const secrets = (slots: readonly TaskSlot[], access: 'read' | 'write') => {
    // The same data may fill a thousand slots.
    const known = new Map<string | undefined, Promise<Secret>>();
    return Promise.all(
      slots.map(async (slot): Promise<FileSecret> => {
        const secret = known.get(slot.data?.id) ?? secretOf(slot, access);
        known.set(slot.data?.id, secret);
        return { slot: slot.name, ...(await secret) };
      }),
    );
  };
  const { first } = task;
  const agreement = task.agreement && (await tx.read<AgreementRecord>(keys.agreement(task.agreement.id)));
  return {
    taskId: task.id,
    token: BigInt(token),
    manifest: taskManifestBytes(task),
    approvals: finalApprovals(task).map(({ participant, digest, signature }) => ({
      participant,
      ...(signature && { signature: { ...signature, time: BigInt(signature.time) } }),
      digest: new Uint8Array(Buffer.from(digest, 'hex')),
    })),
    ...(agreement && { agreement: agreement.bytes }),
    definition: functionDefinitionBytes(version.definition),
    payload: version.payload,
    inputs: await secrets(task.inputs, 'read'),
    outputs: await secrets(task.outputs, 'write'),
    share: [...(task.share ?? [])],
    priority: task.priority ?? 0,
    ...(first && { expected: { ...first.digests, outputs: { ...first.digests.outputs } } }),
  };
}
