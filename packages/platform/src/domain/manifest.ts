/** The manifest that participants approve. */
import {
  type Approval,
  ManifestError,
  type ManifestInput,
  type ManifestOutput,
  manifestBytes,
  missingApprovals,
  type Subject,
  type TaskManifest,
} from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { authorityIn } from './authority.ts';
import type { Stateless, TaskSlot } from './records.ts';
import { sha256 } from './sha256.ts';
import { emptySlots } from './slots.ts';

/** The manifest of a task whose slots are all filled. Throws `PlatformError` (nothing-to-approve) for another. */
export function taskManifest(task: Stateless): TaskManifest {
  const empty = emptySlots(task);
  if (empty.length > 0) {
    throw refuse('nothing-to-approve', `There is nothing to approve yet: no data in ${empty.join(', ')}.`, {
      subjects: empty,
    });
  }
  return {
    format: 'gaiwan-task-manifest/7',
    epoch: task.epoch,
    task: task.id,
    creator: task.creator,
    function: { ...task.function },
    executor: task.executor,
    arguments: task.arguments,
    inputs: task.inputs.flatMap(inputOf),
    outputs: task.outputs.flatMap(outputOf),
    participants: task.participants.map((subject) => ({ subject, authority: authorityIn(task, subject) })),
    limits: { ...task.limits },
    logs: task.logs,
    repeat: task.repeat,
    sandboxes: task.sandboxes ?? 'fresh',
    agreement: task.agreement?.digest ?? '',
  };
}

function inputOf({ name, owners, data }: TaskSlot): ManifestInput[] {
  if (!data) return [];
  const { id, schema, commitment, tag = '' } = data;
  const file = { slot: name, owners, id, commitment };
  return [schema === 'raw' ? { ...file, schema } : { ...file, schema, tag }];
}

function outputOf({ name, owners, data }: TaskSlot): ManifestOutput[] {
  if (!data) return [];
  const { id, schema, commitment } = data;
  if (schema === 'raw') throw new Error(`${id} is an output without a key`);
  return [{ slot: name, owners, id, schema, commitment }];
}

/** Canonical bytes. Throws `PlatformError` (nothing-to-approve, manifest-too-large). */
export function taskManifestBytes(task: Stateless): Uint8Array {
  const manifest = taskManifest(task);
  try {
    return manifestBytes(manifest);
  } catch (cause) {
    if (!(cause instanceof ManifestError && (cause.code === 'too-large' || cause.code === 'bad-form')))
      throw cause;
    throw refuse('manifest-too-large', `The task has no manifest that could be approved. ${cause.message}`, {
      cause,
    });
  }
}

interface ManifestDigest {
  readonly bytes: Uint8Array;
  readonly digest: Buffer;
  readonly hex: string;
}

/** A record never changes, and an operation asks several times; with a thousand slots each answer takes many milliseconds. */
const digests = new WeakMap<Stateless, ManifestDigest>();

/** Throws as `taskManifestBytes` does. */
export function manifestDigest(task: Stateless): ManifestDigest {
  const known = digests.get(task);
  if (known !== undefined) return known;
  const bytes = taskManifestBytes(task);
  const digest = sha256(bytes);
  const made = { bytes, digest, hex: digest.toString('hex') };
  digests.set(task, made);
  return made;
}

/**
 * Whom an invocation of the task as it is would wait for. A sole participant approves by invoking, unless it has a key: what it
 * approves is signed. Throws as `taskManifestBytes` does.
 */
export const missingUsers = (task: Stateless): Subject[] =>
  approvesByInvoking(task)
    ? []
    : missingApprovals(task.participants, task.approvals, manifestDigest(task).hex);

/** Who has approved the task as it was when they looked; changes of it void approvals. */
export const approvedUsers = ({ approvals }: Stateless): Subject[] =>
  approvals.map(({ participant }) => participant);

/** What a worker is shown: an approval of each participant. */
export const finalApprovals = (task: Stateless): readonly Approval[] =>
  approvesByInvoking(task) && task.invoked !== undefined
    ? [{ participant: task.creator, digest: task.invoked }]
    : task.approvals;

const approvesByInvoking = ({ participants, keyed = [], agreement }: Stateless): boolean =>
  participants.length === 1 && keyed.length === 0 && agreement === undefined;
